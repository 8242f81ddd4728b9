"""Where new deliveries stand: their places in lanes that are locked, or made, by the transaction that records them.

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from gateway.ledger import statements as sql
from gateway.ledger.hot import on_postgresql
from gateway.ledger.lanes import Arrival, Lane, Member, arrive
from gateway.ledger.many import Ask
from gateway.ledger.port import NewDelivery, NewMessage
from gateway.message import DeliveryState

Places = dict[str, tuple[Lane, Arrival]]
"""By delivery, for those that have a lane."""
Laned = Sequence[tuple[str, NewDelivery]]


def places_of(connection: Connection, messages: Sequence[NewMessage], now: datetime) -> tuple[Places, list[Lane]]:
    """On SQLite the place of each delivery that has a lane, and the lanes that must be written back.

    Nobody else writes meanwhile, so a lane that is not there is written once, as it is to be.
    """
    laned = _laned(messages)
    if not laned:
        return {}, []
    keys = sorted({key for key, _ in laned})
    stood = read_lanes(connection, sql.lock_lanes_by_key.run(connection, {"keys": keys, "now": now}))
    _read_passed(connection, stood, laned)
    made = {key: Lane.made(key, now) for key in keys if key not in stood}
    places = _arrivals(laned, stood | made)
    sql.insert_lanes.run(connection, [lane.as_new() for lane in made.values()])
    for key, number in sql.lane_ids.run(connection, {"keys": list(made)}) if made else ():
        made[key].id = number
    return places, list(stood.values())


def drafted(connection: Connection, messages: Iterable[NewMessage], now: datetime) -> Draft | None:
    """On PostgreSQL the lanes of these messages, as they would be were all of it new; None where they have none."""
    if not on_postgresql(connection):
        return None
    laned = _laned(messages)
    return Draft(laned, now) if laned else None


class Draft:
    """Lanes that are written by the statement that inserts their messages: one round trip less for each commit.

    Most lanes, and nearly all messages, are new: such a lane is written once, as it is to be. One that was there is
    locked by that statement and given back as it stands; and one that was made for a message which turns out to be
    there already (a destination was connected since) is written once more, without that message.
    """

    def __init__(self, laned: Laned, now: datetime) -> None:
        self._now = now
        self._keys = {new.id: key for key, new in laned}
        self._lanes = {key: Lane.made(key, now) for key in sorted({key for key, _ in laned})}
        self._places = _arrivals(laned, self._lanes)
        self._stood: dict[str, Lane] = {}

    def lane_rows(self) -> list[dict[str, Any]]:
        """For `statements.insert_messages_and_lanes`, in the order in which lanes are locked."""
        return [lane.as_new() for lane in self._lanes.values()]

    def take(self, told: Iterable[Sequence[Any]]) -> None:
        """What that statement gave back of lanes."""
        for row in map(LaneRow._make, told):
            if row.made:
                self._lanes[row.key].id = row.id
            else:
                self._stood[row.key] = Lane.from_row(row)

    def places(self, connection: Connection, messages: Sequence[NewMessage]) -> tuple[Places, list[Lane]]:
        """As `places_of`, for those of the messages that were new indeed."""
        laned = _laned(messages)
        wanted = {key for key, _ in laned}
        stood = {key: lane for key, lane in self._stood.items() if key in wanted}
        read_members(connection, sql.lane_members, {lane.id: lane for lane in stood.values()})
        _read_passed(connection, stood, laned)
        again = stood | self._made_in_vain({new.id for _, new in laned})
        later = [(key, new) for key, new in laned if key in again]
        return self._places | _arrivals(later, again), list(again.values())

    def _made_in_vain(self, new: Collection[str]) -> dict[str, Lane]:
        """Lanes that were made for something else than what was new, as if they had just been made."""
        if len(new) == len(self._keys):
            return {}
        keys = {key for one, key in self._keys.items() if one not in new and key not in self._stood}
        return {key: Lane.made(key, self._now, self._lanes[key].id) for key in keys}


class LaneRow(NamedTuple):
    """A lane as `statements.insert_messages_and_lanes` gives it back; `made`: it was not there before."""

    made: bool
    id: int
    key: str
    next_position: int
    accepted_once: bool
    clear_at: datetime | None
    latest_sequence: int | None
    latest_time: datetime | None
    step_statuses: str
    now: datetime


def read_lanes(connection: Connection, rows: Any) -> dict[str, Lane]:
    """Lanes from locked rows, members included; the members are read after the lock is held."""
    lanes = {row.id: Lane.from_row(row) for row in rows}
    read_members(connection, sql.lane_members, lanes)
    return {lane.key: lane for lane in lanes.values()}


def read_members(connection: Connection, statement: Ask, lanes: dict[int, Lane]) -> None:
    """Give these locked lanes the members that the statement finds; no lanes, no question."""
    if not lanes:
        return
    for row in statement.run(connection, {"lanes": list(lanes)}):
        lanes[row.lane_id].members[row.id] = Member(
            row.id, DeliveryState(row.state), row.position, row.route, row.in_lane, row.snapshot, row.snapshot_status
        )


def _read_passed(connection: Connection, lanes: dict[str, Lane], laned: Laned) -> None:
    """Dead snapshots that a new one of their lane makes needless."""
    snapshots = [lanes[key] for key, new in laned if new.snapshot is not None and key in lanes]
    read_members(connection, sql.passed_snapshots, {lane.id: lane for lane in snapshots})


def lane_keys(messages: Iterable[NewMessage]) -> list[str]:
    """The lanes of these messages, in the order in which lanes are locked."""
    return sorted({key for key, _ in _laned(messages)})


def _laned(messages: Iterable[NewMessage]) -> Laned:
    """What has a lane, with its key: destination and dossier, within which order is kept."""
    return [
        (f"{new.destination} {message.subject}", new) for message in messages for new in message.deliveries if new.lane
    ]


def _arrivals(laned: Laned, lanes: dict[str, Lane]) -> Places:
    return {new.id: (lanes[key], arrive(lanes[key], new)) for key, new in laned}
