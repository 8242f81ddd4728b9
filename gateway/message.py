"""The nouns of the gateway as frozen values: message, delivery, attempt, decision. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple, NewType, Protocol, get_args

from gateway.errors import Problem

MessageId = NewType("MessageId", str)
DeliveryId = NewType("DeliveryId", str)

TYPE_PREFIX = "vn.lienthong."

AfterEnd = Literal["hold", "continue", "until_accepted"]
"""Whether a dead or refused head holds its lane; `until_accepted`: only while the system never took the subject."""


class DeliveryState(StrEnum):
    """Where an obligation stands; see `TRANSITIONS` for how it moves."""

    HELD = "held"  # an earlier delivery of the same lane is not finished
    PENDING = "pending"  # due; in the outbox or on the broker
    DELIVERING = "delivering"  # an attempt is under way
    WAITING = "waiting"  # failed for now, next try scheduled
    UNCERTAIN = "uncertain"  # it may have happened: being asked for, or waits for a person
    DELIVERED = "delivered"  # the system took it
    REFUSED = "refused"  # the system understood and said no; sender told
    DEAD = "dead"  # no retry can help, or tries are used up; parked for a person
    SUPERSEDED = "superseded"  # a newer snapshot made it unnecessary
    CANCELLED = "cancelled"  # an operator discarded it, with reason


S = DeliveryState
OPEN = frozenset({S.HELD, S.PENDING, S.DELIVERING, S.WAITING, S.UNCERTAIN})
ACTIVE = frozenset({S.PENDING, S.DELIVERING, S.WAITING, S.UNCERTAIN})
"""At most one delivery of a lane is in one of these."""

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    S.HELD: frozenset({S.PENDING, S.SUPERSEDED, S.CANCELLED}),
    S.PENDING: frozenset({S.DELIVERING, S.SUPERSEDED, S.CANCELLED}),
    S.DELIVERING: frozenset({S.DELIVERED, S.REFUSED, S.WAITING, S.UNCERTAIN, S.DEAD, S.PENDING, S.SUPERSEDED}),
    S.WAITING: frozenset({S.PENDING, S.SUPERSEDED, S.CANCELLED, S.DEAD}),
    S.UNCERTAIN: frozenset({S.DELIVERED, S.PENDING, S.REFUSED, S.DEAD, S.SUPERSEDED}),
    S.DEAD: frozenset({S.SUPERSEDED, S.CANCELLED}),
    S.DELIVERED: frozenset(),
    S.REFUSED: frozenset(),
    S.SUPERSEDED: frozenset(),
    S.CANCELLED: frozenset(),
}
"""delivering -> pending: a failure of the destination, which uses no try; delivering or uncertain -> superseded: a
newer snapshot was waiting when the attempt failed, or was found not to have been taken. A replay leaves its original
`dead` and marks it `replaced_by`."""


PersonRole = Literal["viewer", "operator", "administrator"]
"""What a person may do, each with all of the one before: look at lists; open bodies and steer; set things up."""
ROLES: tuple[PersonRole, ...] = get_args(PersonRole)


@dataclass(frozen=True, slots=True)
class Client:
    """Who is calling.

    A sending system, and what it may speak for (`sources`, `agencies`, `types`; empty means all); or a person, who has
    a `role` and sees what everybody sent.
    """

    name: str
    sources: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    role: PersonRole | None = None

    @property
    def administrator(self) -> bool:
        return self.role == "administrator"

    @property
    def sees_all(self) -> bool:
        """A person; a sending system sees what is its own."""
        return self.role is not None

    def has(self, role: PersonRole) -> bool:
        """Whether it is a person of this role, or of one with more rights."""
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(role)


class Event(NamedTuple):
    """One CloudEvent as read at the door: attributes, the document in canonical form, and the bytes as received.

    `data` is NFC-normalised with nulls dropped; `body` is what came over the wire (`body_form` "event": the whole
    structured event; "data": only the data part, in binary mode).
    """

    source: str
    id: str
    type: str
    subject: str
    time: datetime | None
    data: Mapping[str, Any]
    body: bytes
    body_form: str = "event"
    sequence: str | None = None
    traceparent: str | None = None
    warnings: tuple[Problem, ...] = ()


class Accepted(NamedTuple):
    """The certain answer: stored under `id`; `duplicate` when the same event was already there."""

    id: MessageId
    duplicate: bool
    warnings: tuple[Problem, ...] = ()


class Delivery(NamedTuple):
    """One message on its way to one destination, as the worker needs it."""

    id: DeliveryId
    message_id: MessageId
    destination: str
    operation: str
    route: str
    attempts: int
    """Attempts begun so far; the next one's number is the fence."""
    tries: int
    """Attempts the retry schedule counts."""
    error_code: str | None = None
    error_tries: int = 0
    """How often in a row `error_code` was the answer."""
    done: frozenset[str] = frozenset()
    may_repeat: bool = False
    known_taken: bool = False
    """The destination took this subject before (this lane was delivered to once)."""
    first_contact: bool = False
    """Nothing of this lane was ever taken, nor sent without a clear answer: what the destination has of this subject it
    has from somebody else."""
    pinned_version: str | None = None
    """A replay "as then": the mapping version it must go through, whatever is in force; None: the one in force."""


class Envelope(Protocol):
    """The sealed body of one message; see `gateway.security.seal.Envelope`."""

    def open(self) -> bytes: ...

    def digest(self, content: bytes) -> bytes: ...

    def seal_answer(self, answer: bytes, delivery_id: str) -> tuple[str, bytes]: ...


class Work(NamedTuple):
    """A delivery together with the message it carries; `envelope` opens the bytes as received."""

    delivery: Delivery
    type: str
    subject: str
    source: str
    source_id: str
    client: str
    correlation_id: str
    accepted_at: datetime
    envelope: Envelope
    body_form: str = "event"
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt did not go through, in words an operator can act on. Never holds personal data."""

    kind: str
    """transient | uncertain | refused | permanent | mapping | unclassified"""
    code: str
    vi: str
    en: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The system took it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Failed for now; next try at `until`. `unclear`: it may have been taken, so the lane stays quiet until then."""

    until: datetime
    fault: Fault
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have happened and must not be repeated blindly; waits for proof or a person."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Refused:
    """The system understood and said no."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Dead:
    """No retry can help, or the tries are used up."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Returned:
    """The destination as a whole cannot take anything now: back to pending, no try used."""

    until: datetime
    fault: Fault


Decision = Delivered | Waiting | Uncertain | Refused | Dead | Returned
