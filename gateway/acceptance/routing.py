"""The content-based router: which destinations a message goes to, and what the lane must know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from uuid_utils import uuid7

from gateway.ledger.port import NewDelivery, Snapshot
from gateway.message import DeliveryId, Event
from gateway.settings import RouteSettings


class Router:
    """Message type -> routes (EIP recipient list); frozen at start."""

    def __init__(self, routes: Sequence[RouteSettings]) -> None:
        self._routes: dict[str, list[RouteSettings]] = defaultdict(list)
        for route in routes:
            self._routes[route.type].append(route)

    @property
    def types(self) -> frozenset[str]:
        """Message types that lead somewhere in this installation."""
        return frozenset(self._routes)

    def deliveries(self, event: Event) -> tuple[NewDelivery, ...]:
        """One obligation per route of the event's type."""
        return tuple(_delivery(route, event) for route in self._routes.get(event.type, ()))


def route_name(route: RouteSettings) -> str:
    """How a route is named in the ledger: type, destination and operation say it all."""
    return f"{route.type} > {route.destination} {route.operation}"


def _delivery(route: RouteSettings, event: Event) -> NewDelivery:
    return NewDelivery(
        id=DeliveryId(str(uuid7())),
        destination=route.destination,
        operation=route.operation,
        route=route_name(route),
        mapping=route.mapping,
        lane=route.lane,
        snapshot=_snapshot(event) if route.supersedes else None,
        step_statuses=_step_statuses(event.data),
    )


def _snapshot(event: Event) -> Snapshot:
    sequence = event.sequence
    number = int(sequence) if sequence is not None and sequence.isascii() and sequence.isdigit() else None
    return Snapshot(status=str(event.data.get("status", "")), sequence=number, time=event.time)


def _step_statuses(data: Mapping[str, Any]) -> frozenset[str]:
    steps = data.get("steps")
    if not isinstance(steps, list):
        return frozenset()
    return frozenset(str(step.get("status")) for step in steps if isinstance(step, dict))
