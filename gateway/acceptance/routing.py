"""The content-based router: which destinations a message goes to, and what the lane must know of it.

Answers and national-side events go to clients: each client is a destination of its own, `onestop/<client>`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from uuid_utils import uuid7

from gateway.acceptance.codes import agency
from gateway.ledger.port import NewDelivery, Snapshot
from gateway.message import DeliveryId, Event
from gateway.settings import ClientSettings, RouteSettings

ONESTOP = "onestop"
"""The adapter that carries messages to the province's own systems, and the first part of their destinations' names."""


class Router:
    """Message type and content -> routes (EIP recipient list); frozen at start."""

    def __init__(self, routes: Sequence[RouteSettings], clients: Sequence[ClientSettings] = ()) -> None:
        self._routes: dict[str, list[tuple[str, RouteSettings]]] = defaultdict(list)
        """By message type, each with its name in the ledger."""
        for route in routes:
            self._routes[route.type].append((route_name(route), route))
        self._modes = {one.name: one.reply_mode for one in clients}
        self._listeners = [one for one in clients if one.national_events]

    @property
    def types(self) -> frozenset[str]:
        """Message types that lead somewhere in this installation."""
        return frozenset(self._routes)

    def deliveries(self, event: Event) -> tuple[NewDelivery, ...]:
        """One obligation per route of the event's type whose conditions its content meets."""
        routes = self._routes.get(event.type, ())
        return tuple(
            [
                _delivery(name, route, event)
                for name, route in routes
                if not route.when or _meets(route.when, event.data)
            ]
        )

    def to_client(self, client: str) -> tuple[NewDelivery, ...]:
        """How an answer reaches a client. One that asks for its answers has them delivered when they are stored.

        Nobody waits for the answers to what the gateway itself asked: they are kept, and that is all.
        """
        mode = self._modes.get(client, "poll" if client else "")
        if not mode:
            return ()
        return (
            NewDelivery(
                id=DeliveryId(str(uuid7())),
                destination=f"{ONESTOP}/{client}",
                operation=mode,
                route=client_route(client, mode),
                mapping=None,
                lane=mode != "poll",
                stored_only=mode == "poll",
            ),
        )

    def to_listeners(self, agency_code: str) -> tuple[NewDelivery, ...]:
        """To every client that hears what national systems tell of dossiers of this agency."""
        unit = agency.parse(agency_code)
        hearing = [one.name for one in self._listeners if _covers(one.agencies, unit)]
        return tuple(delivery for name in hearing for delivery in self.to_client(name))


def client_route(client: str, mode: str) -> str:
    """How the way to a client is named in the ledger."""
    return f"> {ONESTOP}/{client} {mode}"


def _covers(grants: Sequence[str], unit: agency.Agency | None) -> bool:
    """An empty grant is all; what names no agency that can be read goes to those only."""
    known = (agency.parse(grant) for grant in grants)
    return not grants or (unit is not None and any(grant is not None and grant.covers(unit) for grant in known))


def _meets(conditions: Mapping[str, str], data: Mapping[str, Any]) -> bool:
    return all(data.get(field) == value for field, value in conditions.items())


def route_name(route: RouteSettings) -> str:
    """How a route is named in the ledger: type, destination and operation say it all."""
    return f"{route.type} > {route.destination} {route.operation}"


def _delivery(name: str, route: RouteSettings, event: Event) -> NewDelivery:
    return NewDelivery(
        id=DeliveryId(str(uuid7())),
        destination=route.destination,
        operation=route.operation,
        route=name,
        mapping=route.mapping,
        lane=route.lane,
        snapshot=_snapshot(event) if route.supersedes else None,
        step_statuses=step_statuses(event.data),
    )


def _snapshot(event: Event) -> Snapshot:
    sequence = event.sequence
    number = int(sequence) if sequence is not None and sequence.isascii() and sequence.isdigit() else None
    return Snapshot(status=str(event.data.get("status", "")), sequence=number, time=event.time)


def step_statuses(data: Mapping[str, Any]) -> frozenset[str]:
    """The statuses that a document of progress tells of."""
    steps = data.get("steps")
    if not isinstance(steps, list):
        return frozenset()
    return frozenset(str(step.get("status")) for step in steps if isinstance(step, dict))
