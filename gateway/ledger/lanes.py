"""The rules of a lane as pure functions over what was read under its lock (architecture: lanes, P3).

A lane is one (destination, subject). At most one of its deliveries is active; later ones are held; a newer snapshot
takes the lowest place it frees by superseding older ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any, TypeVar

from gateway.ledger.clock import seconds_until
from gateway.ledger.port import NewDelivery, Snapshot
from gateway.message import AfterEnd, DeliveryState

S = DeliveryState
T = TypeVar("T")
_SUPERSEDABLE = frozenset({S.HELD, S.PENDING, S.WAITING, S.DEAD})


@dataclass(slots=True)
class Member:
    """A delivery of a lane that matters: its holder, a snapshot that waits, or a dead one the lane went on without."""

    id: str
    state: DeliveryState
    position: int
    route: str
    in_lane: bool
    snapshot: bool
    status: str | None

    @property
    def holds(self) -> bool:
        """Whether nothing else of the lane may go while this one stands where it stands."""
        return self.in_lane and self.state is not S.HELD


@dataclass(slots=True)
class Lane:
    """A lane as read under its lock; changed in memory, written back once."""

    id: int
    key: str
    next_position: int
    accepted_once: bool
    clear_at: datetime | None
    now: datetime
    """The ledger's clock when the lane was locked; `clear_at` is by the same."""
    latest_sequence: int | None
    latest_time: datetime | None
    step_statuses: set[str]
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def quiet_for(self) -> float:
        """Seconds until an unclear call has had time to land."""
        return seconds_until(self.clear_at, self.now)

    @property
    def contact(self) -> tuple[bool, bool]:
        """`known_taken` and `first_contact` of its deliveries, as in `gateway.message.Delivery`."""
        return self.accepted_once, not self.accepted_once and self.clear_at is None

    @classmethod
    def from_row(cls, row: Any) -> Lane:
        """From a row of the `lane` table."""
        return cls(
            id=row.id,
            key=row.key,
            next_position=row.next_position,
            accepted_once=row.accepted_once,
            clear_at=row.clear_at,
            now=row.now,
            latest_sequence=row.latest_sequence,
            latest_time=row.latest_time,
            step_statuses=set(row.step_statuses.split()),
        )

    @classmethod
    def made(cls, key: str, now: datetime, number: int = 0) -> Lane:
        """One that nothing has come to yet; 0: and that has no number yet."""
        return cls(
            id=number,
            key=key,
            next_position=1,
            accepted_once=False,
            clear_at=None,
            now=now,
            latest_sequence=None,
            latest_time=None,
            step_statuses=set(),
        )

    def as_new(self) -> dict[str, Any]:
        """For `statements.insert_lanes`."""
        return {
            "key": self.key,
            "next_position": self.next_position,
            "accepted_once": False,
            "latest_sequence": self.latest_sequence,
            "latest_time": self.latest_time,
            "step_statuses": " ".join(sorted(self.step_statuses)),
        }

    def as_parameters(self) -> dict[str, Any]:
        """For `statements.update_lane`."""
        return {
            "b_id": self.id,
            "next_position": self.next_position,
            "accepted_once": self.accepted_once,
            "clear_at": self.clear_at,
            "latest_sequence": self.latest_sequence,
            "latest_time": self.latest_time,
            "step_statuses": " ".join(sorted(self.step_statuses)),
        }


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a new delivery stands, and what it moved out of the way."""

    state: DeliveryState
    position: int
    superseded: tuple[Member, ...] = ()
    released: tuple[Member, ...] = ()

    @property
    def in_lane(self) -> bool:
        """A delivery born superseded holds nothing and waits for nothing."""
        return self.state is not S.SUPERSEDED


def arrive(lane: Lane, new: NewDelivery) -> Arrival:
    """Give a new delivery its place in the lane, which is changed accordingly."""
    lane.step_statuses |= new.step_statuses
    if new.snapshot is None:
        return _enter(lane, new, _next_position(lane))
    if _older_than_latest(lane, new.snapshot):
        return Arrival(S.SUPERSEDED, _next_position(lane))
    lane.latest_sequence = _later(lane.latest_sequence, new.snapshot.sequence)
    lane.latest_time = _later(lane.latest_time, new.snapshot.time)
    older = _giving_way(lane, new.route, new.snapshot.status)
    superseded = tuple(member for member in older if member.state is not S.REFUSED)
    released = tuple(member for member in older if member.state is S.REFUSED)
    for member in superseded + released:
        del lane.members[member.id]
    # Only what stands in the lane frees a place: what the lane went on without has none any more.
    freed = [member.position for member in superseded + released if member.in_lane]
    return _enter(lane, new, min(freed) if freed else _next_position(lane), superseded, released)


def _enter(
    lane: Lane,
    new: NewDelivery,
    position: int,
    superseded: tuple[Member, ...] = (),
    released: tuple[Member, ...] = (),
) -> Arrival:
    state = S.HELD if occupied(lane.members.values()) else S.PENDING
    status = new.snapshot.status if new.snapshot else None
    lane.members[new.id] = Member(new.id, state, position, new.route, True, new.snapshot is not None, status)
    return Arrival(state, position, superseded, released)


def _giving_way(lane: Lane, route: str, status: str) -> list[Member]:
    """The snapshots that a newer one of this status makes needless, newest first.

    In the lane the first that must stay ends it: ahead of that one, the newer would be overwritten by the older.
    """
    mine = [member for member in lane.members.values() if member.snapshot and member.route == route]
    mine.sort(key=lambda member: member.position, reverse=True)
    standing = takewhile(lambda m: _gives_way(lane, m, status), (m for m in mine if m.in_lane))
    return [*standing, *(m for m in mine if not m.in_lane and _gives_way(lane, m, status))]


def _gives_way(lane: Lane, member: Member, status: str) -> bool:
    if member.state is S.REFUSED:
        return True
    return member.state in _SUPERSEDABLE and replaceable(lane, member.status, status)


def replaceable(lane: Lane, older_status: str | None, newer_status: str | None) -> bool:
    """A snapshot whose status differs goes only if a stored progress step tells of it (else the status were lost)."""
    return older_status == newer_status or older_status in lane.step_statuses


def successor(lane: Lane, leaving: Any, state: DeliveryState) -> Member | None:
    """The held newer snapshot that makes `leaving`, which failed into `state`, needless; None if there is none."""
    if not leaving.snapshot:
        return None
    held = (m for m in lane.members.values() if m.state is S.HELD and m.snapshot and m.route == leaving.route)
    following = min(held, key=lambda m: m.position, default=None)  # one past it would be overwritten by it
    if following is None:
        return None
    # As on arrival: a refused one gives way to whatever was corrected, for its own status will never be taken.
    fits = state is S.REFUSED or replaceable(lane, leaving.snapshot_status, following.status)
    return following if fits else None


def holds_after(rule: AfterEnd, lane: Lane) -> bool:
    """Whether a dead or refused delivery goes on holding its lane."""
    return rule == "hold" or (rule == "until_accepted" and not lane.accepted_once)


def occupied(members: Iterable[Member]) -> bool:
    """Whether one of these holds its lane."""
    return any(member.holds for member in members)


def _later(known: T | None, told: T | None) -> T | None:
    """What the newest snapshot tells of itself; one that tells nothing takes nothing away."""
    return known if told is None else told


def _next_position(lane: Lane) -> int:
    position = lane.next_position
    lane.next_position += 1
    return position


def _older_than_latest(lane: Lane, snapshot: Snapshot) -> bool:
    """By `sequence` where both have one, else by `time`, else by order of acceptance (never older)."""
    if snapshot.sequence is not None and lane.latest_sequence is not None:
        return snapshot.sequence < lane.latest_sequence
    if snapshot.time is not None and lane.latest_time is not None:
        return snapshot.time < lane.latest_time
    return False
