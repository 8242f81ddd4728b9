"""The balance sheet: what messages say they owe against the deliveries that are there, to the unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, cast, func, literal, null, select, union_all

from gateway.ledger.keeping.tables import removed
from gateway.ledger.tables import delivery, message
from gateway.ledger.types import BigKey
from gateway.message import OPEN, DeliveryState
from mappings.convert import VIETNAM

ENDED = ("delivered", "refused", "dead", "superseded", "cancelled")
NUMBERS = ("accepted", *ENDED, "open", "balance")
"""Columns of the sheet, in the order in which they add up."""

Line = dict[str, int]

_became = func.nullif(removed.c.state, "accepted")
_gone = select(removed.c.destination, null(), _became, cast(func.sum(removed.c.count), BigKey)).group_by(
    removed.c.destination, removed.c.state
)


def balance(connection: Connection, day: str | None) -> dict[str, Any]:
    """Obligations by destination and state, which must add up: accepted = ended + dead + open. Of a day, by type too.

    `accepted` is what the messages say they owe, the states are counted row by row from the newest delivery of each
    obligation: a lost or doubled delivery shows as a balance that is not zero. What was counted of rows that were
    removed meanwhile is added. Of the whole ledger the type is not asked for: what is owed is then read from an index
    alone, without the messages.
    """
    by: dict[str, dict[str, Line]] = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(NUMBERS, 0)))
    for destinations, type_, state, count in _counted(connection, day):
        for destination in destinations.split():
            name = "accepted" if state is None else "open" if DeliveryState(state) in OPEN else state
            by[destination][type_ or ""][name] += count
    rows = []
    for destination in sorted(by):
        types = by[destination]
        for line in types.values():
            line["balance"] = line["accepted"] - line["open"] - sum(line[name] for name in ENDED)
        row: dict[str, Any] = {"destination": destination, **_total(types)}
        if day is not None:
            row["types"] = [{"type": type_, **types[type_]} for type_ in sorted(types)]
        rows.append(row)
    return {"day": day, **{name: sum(row[name] for row in rows) for name in NUMBERS}, "by": rows}


def _total(lines: Mapping[str, Line]) -> Line:
    return {name: sum(line[name] for line in lines.values()) for name in NUMBERS}


def _counted(connection: Connection, day: str | None) -> Any:
    """(destinations, type, state or None for what is owed, how many).

    One statement, so that both sides are counted in one snapshot: two of PostgreSQL's see what came in between.
    """
    newest = delivery.c.replaced_by.is_(None)
    if day is None:
        owed = select(message.c.destinations, null(), null(), func.count()).group_by(message.c.destinations)
        found = select(delivery.c.destination, null(), delivery.c.state, func.count()).where(newest)
        return connection.execute(union_all(owed, found.group_by(delivery.c.destination, delivery.c.state), _gone))
    of_day = accepted_on(day)
    owed = (
        select(message.c.destinations, message.c.type, null(), func.count())
        .where(of_day)
        .group_by(message.c.destinations, message.c.type)
    )
    found = (
        select(delivery.c.destination, message.c.type, delivery.c.state, func.count())
        .join(message, message.c.id == delivery.c.message_id)
        .where(of_day, newest)
        .group_by(delivery.c.destination, message.c.type, delivery.c.state)
    )
    gone = select(removed.c.destination, removed.c.type, _became, removed.c.count).where(removed.c.day == day)
    return connection.execute(union_all(owed, found, gone))


def accepted_on(day: str) -> ColumnElement[bool]:
    """The message was accepted on a Vietnamese calendar day."""
    start, end = day_bounds(day)
    return (message.c.accepted_at >= start) & (message.c.accepted_at < end)


def day_bounds(day: str) -> tuple[datetime, datetime]:
    """The moments at which a Vietnamese calendar day begins and ends."""
    start = datetime.combine(date.fromisoformat(day), time(), VIETNAM)
    return start, start + timedelta(days=1)


def unbalanced(destination: str | None) -> ColumnElement[bool]:
    """The message owes (a destination, or all of them together) more or fewer deliveries than there are."""
    found = select(func.count()).where(delivery.c.message_id == message.c.id, delivery.c.replaced_by.is_(None))
    if destination is not None:
        found = found.where(delivery.c.destination == destination)
    differs: ColumnElement[bool] = found.correlate(message).scalar_subquery() != _owed(destination)
    return differs


def _owed(destination: str | None) -> Any:
    """How many words stand in `destinations`, or how often this one does."""
    text = message.c.destinations
    if destination is None:
        spaces = func.length(text) - func.length(func.replace(text, literal(" "), literal("")))
        return case((text == "", 0), else_=spaces + 1)
    apart = literal(" ").op("||")(func.replace(text, literal(" "), literal("  "))).op("||")(literal(" "))
    word = f" {destination} "
    return (func.length(apart) - func.length(func.replace(apart, literal(word), literal("")))) / len(word)
