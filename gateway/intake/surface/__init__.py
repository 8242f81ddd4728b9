"""The HTTP surface as data, an area a file: read by the app, by `/openapi.json` and by `/docs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake.surface import (
    catalogue,
    clients,
    indicators,
    keys,
    messages,
    pages,
    payments,
    people,
    proof,
    reconciliation,
    replays,
    steering,
    troubles,
    users,
    watch,
)
from gateway.intake.surface.route import Route

ROUTES: tuple[Route, ...] = (
    *messages.ROUTES,
    *troubles.ROUTES,
    *replays.ROUTES,
    *steering.ROUTES,
    *watch.ROUTES,
    *reconciliation.ROUTES,
    *payments.ROUTES,
    *people.ROUTES,
    *proof.ROUTES,
    *keys.ROUTES,
    *users.ROUTES,
    *indicators.ROUTES,
    *clients.ROUTES,
    *catalogue.ROUTES,
    *pages.ROUTES,
)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    **messages.SCHEMAS,
    **troubles.SCHEMAS,
    **replays.SCHEMAS,
    **steering.SCHEMAS,
    **watch.SCHEMAS,
    **reconciliation.SCHEMAS,
    **people.SCHEMAS,
    **keys.SCHEMAS,
    **users.SCHEMAS,
    **indicators.SCHEMAS,
    **clients.SCHEMAS,
    **catalogue.SCHEMAS,
}
"""What each command takes, by the name of its route; published in `/openapi.json`."""
