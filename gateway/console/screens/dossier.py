"""The passport of one dossier: everything in and out in time order, what each side said last; printable."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.acceptance.canonical import tidy_code
from gateway.console.asking import Asked, Way
from gateway.console.parts import Parts
from gateway.console.rendering import Page

# No ledger holds these, and PostgreSQL refuses to be asked for them.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def ways(parts: Parts) -> tuple[Way, ...]:
    """The page."""

    async def show(asked: Asked) -> Page:
        code = tidy_code(asked.part("code"))
        view = None if _UNSTORABLE.search(code) else await parts.ledger.dossier_view(code)
        if view is None:
            return Page("problems/no_dossier.html", {"sought": code}, 404)
        payments = await parts.ledger.payments_page({"subject": code}, None, 50)
        messages = view["messages"]
        values = {
            "code": view["code"],
            "messages": messages,
            "confirmed": view["last_confirmed"],
            "last_said": [one for one in reversed(messages) if not one["causation_id"]][:1],
            "standing": _standing(messages),
            "payments": payments["items"],
        }
        return Page("dossier.html", values)

    return (Way("GET", "/dossiers/{code}", show),)


def _standing(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """Where the dossier stands: what needs somebody, else what is on its way, else how the newest message ended."""
    outcomes = [one["outcome"] for one in messages]
    if not outcomes:
        return None
    worst = next((outcome for outcome in ("attention", "open") if outcome in outcomes), None)
    newest = next((one["outcome"] for one in reversed(messages) if not one["causation_id"]), outcomes[-1])
    return str(worst or newest)
