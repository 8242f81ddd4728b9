"""The rules of a lane as pure functions over what was read under its lock (architecture: lanes, P3).

A lane is one (destination, subject). At most one of its deliveries is active; later ones are held; a newer snapshot
takes the lowest place it frees by superseding older ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.ledger.port import NewDelivery, Snapshot
from gateway.message import AfterEnd, DeliveryState

S = DeliveryState
_SUPERSEDABLE = frozenset({S.HELD, S.PENDING, S.WAITING, S.DEAD})


@dataclass(slots=True)
class Member:
    """A delivery that stands in a lane: its holder, or a snapshot that waits."""

    id: str
    state: DeliveryState
    position: int
    route: str
    snapshot: bool
    status: str | None


@dataclass(slots=True)
class Lane:
    """A lane as read under its lock; changed in memory, written back once."""

    id: int
    key: str
    next_position: int
    accepted_once: bool
    clear_at: datetime | None
    latest_sequence: int | None
    latest_time: datetime | None
    step_statuses: set[str]
    members: dict[str, Member] = field(default_factory=dict)

    @classmethod
    def from_row(cls, row: Any) -> Lane:
        """From a row of the `lane` table."""
        return cls(
            id=row.id,
            key=row.key,
            next_position=row.next_position,
            accepted_once=row.accepted_once,
            clear_at=row.clear_at,
            latest_sequence=row.latest_sequence,
            latest_time=row.latest_time,
            step_statuses=set(row.step_statuses.split()),
        )

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
    if new.snapshot is not None and _older_than_latest(lane, new.snapshot):
        return Arrival(S.SUPERSEDED, _next_position(lane))
    superseded: tuple[Member, ...] = ()
    released: tuple[Member, ...] = ()
    if new.snapshot is not None:
        lane.latest_sequence = new.snapshot.sequence
        lane.latest_time = new.snapshot.time
        mine = [member for member in lane.members.values() if member.snapshot and member.route == new.route]
        superseded = tuple(
            m for m in mine if m.state in _SUPERSEDABLE and replaceable(lane, m.status, new.snapshot.status)
        )
        released = tuple(m for m in mine if m.state is S.REFUSED)
    for member in superseded + released:
        del lane.members[member.id]
    freed = [member.position for member in superseded + released]
    position = min(freed) if freed else _next_position(lane)
    state = S.HELD if _occupied(lane.members.values()) else S.PENDING
    lane.members[new.id] = Member(
        new.id, state, position, new.route, new.snapshot is not None, new.snapshot.status if new.snapshot else None
    )
    return Arrival(state, position, superseded, released)


def replaceable(lane: Lane, older_status: str | None, newer_status: str | None) -> bool:
    """A snapshot whose status differs goes only if a stored progress step tells of it (else the status were lost)."""
    return older_status == newer_status or older_status in lane.step_statuses


def successor(lane: Lane, leaving: Any) -> Member | None:
    """The held newer snapshot that makes a failed `leaving` one needless, if there is one."""
    if not leaving.snapshot:
        return None
    held = (m for m in lane.members.values() if m.state is S.HELD and m.snapshot and m.route == leaving.route)
    fit = [m for m in held if replaceable(lane, leaving.snapshot_status, m.status)]
    return min(fit, key=lambda m: m.position, default=None)


def holds_after(rule: AfterEnd, lane: Lane) -> bool:
    """Whether a dead or refused delivery goes on holding its lane."""
    return rule == "hold" or (rule == "until_accepted" and not lane.accepted_once)


def _occupied(members: Iterable[Member]) -> bool:
    return any(member.state is not S.HELD for member in members)


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
