"""The ledger port: the values that cross it and what every implementation promises.

A method returns only after its own commit; what it returned survives the loss of any process (P1).

What every message meets is a named tuple: half the cost of a frozen dataclass to make, and to send from the door's
process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol
from zlib import crc32

from gateway.errors import Problem
from gateway.ledger.alerts.port import AlertLedger
from gateway.ledger.bodies.port import BodyLedger
from gateway.ledger.byhand.port import ByHandLedger
from gateway.ledger.clients.port import ClientLedger
from gateway.ledger.doubts.port import DoubtLedger
from gateway.ledger.drift.port import DriftLedger
from gateway.ledger.groups.port import GroupLedger
from gateway.ledger.indicators.port import IndicatorLedger
from gateway.ledger.keeping.port import KeepingLedger
from gateway.ledger.payments.port import PaymentBegun, PaymentLedger
from gateway.ledger.proof.port import ProofLog
from gateway.ledger.replays.port import ReplayJobs
from gateway.ledger.saved.port import SavedViews
from gateway.ledger.services.port import ServiceLedger
from gateway.ledger.sought.port import SoughtLedger
from gateway.ledger.steering.port import SteeringPort
from gateway.ledger.users.port import UsersLedger
from gateway.message import AfterEnd, Decision, DeliveryId, DeliveryState, MessageId, Work
from gateway.security.seal import Sealed

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Snapshot(NamedTuple):
    """What makes a full snapshot comparable with another of the same dossier."""

    status: str
    sequence: int | None
    time: datetime | None


class NewDelivery(NamedTuple):
    """One obligation to be recorded with its message."""

    id: DeliveryId
    destination: str
    operation: str
    route: str
    mapping: str | None
    lane: bool
    snapshot: Snapshot | None = None
    step_statuses: frozenset[str] = frozenset()
    stored_only: bool = False
    """For a client that asks for its answers: delivered when stored."""


class NewMessage(NamedTuple):
    """A message ready to be recorded: judged, hashed, sealed and routed."""

    id: MessageId
    source: str
    source_id: str
    type: str
    subject: str
    time: datetime | None
    sequence: str | None
    client: str
    accepted_at: datetime
    causation_id: str | None
    correlation_id: str
    traceparent: str | None
    content_hash: bytes
    sealed: Sealed
    body_form: str
    warnings: tuple[Problem, ...]
    deliveries: tuple[NewDelivery, ...]
    sought: bytes = b""
    """Keyed hashes of the numbers it can be found by, see `gateway.security.seek`."""


class Recorded(NamedTuple):
    """The certain answer for one message: its id, and whether it was there before."""

    id: MessageId
    duplicate: bool


class Fresh(NamedTuple):
    """A delivery as it was just recorded, with its message; the rest as in `gateway.message.Delivery`."""

    message: NewMessage
    delivery: NewDelivery
    known_taken: bool
    first_contact: bool = False


class Pending(NamedTuple):
    """A delivery that is due, or will be `due_in` seconds after the commit, for whoever publishes it."""

    id: DeliveryId
    destination: str
    due_in: float = 0.0
    lane_hash: int = 0
    """See `lane_hash`."""
    again: bool = False
    """It was tried before: whatever was published of it has been worked off."""
    fresh: Fresh | None = None
    """What there is to deliver, where it was recorded just now."""


def lane_hash(subject: str) -> int:
    """A number of 31 bits by which a destination is spread over partitions: all of one dossier go the same way."""
    return crc32(subject.encode()) & 0x7FFFFFFF


class Due(NamedTuple):
    """A delivery that is due, as the outbox knows it."""

    id: DeliveryId
    lane_hash: int


class Begin(NamedTuple):
    """What is committed before the first byte goes out."""

    delivery_id: DeliveryId
    fence: int
    """The attempt number this will be: attempts so far + 1."""
    started_at: datetime
    lease: timedelta
    """By the ledger's clock, from the commit on: who has not settled by then has lost the delivery."""
    mapping_version: str | None
    keys: Mapping[str, str] = _NOTHING
    request_digest: bytes | None = None
    may_repeat: bool = False
    payment: PaymentBegun | None = None


class Settlement(NamedTuple):
    """How an attempt went, and what follows from it. Applied whole or not at all."""

    delivery_id: DeliveryId
    fence: int
    decision: Decision
    at: datetime
    """By the clock of this process. What is to be later (the next try, a lane's quiet) is as much later than the commit
    as it is later than this."""
    after_dead: AfterEnd
    after_refused: AfterEnd
    replies: tuple[NewMessage, ...] = ()
    answer_digest: bytes | None = None
    answer: tuple[str, bytes] | None = None
    """Sealed answer of the system: (ring key id, ciphertext)."""
    facts: Mapping[str, str] = _NOTHING
    warnings: tuple[Mapping[str, str], ...] = ()
    clear_at: datetime | None = None
    """After a call without a clear answer the lane stays quiet until then."""
    payment: str | None = None
    """The reference of the payment this attempt was to open."""
    receipt: bytes | None = None
    """The log's entry about this attempt, where it got an answer."""
    audit: AuditEntry | None = None
    """What the audit is to know of it beside; few attempts have any."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """A delivery that may have happened, with the keys its last attempt went out with."""

    delivery_id: DeliveryId
    fence: int
    destination: str
    operation: str
    route: str
    keys: Mapping[str, str]
    since: datetime
    message_id: MessageId
    correlation_id: str
    asked: int = 0
    """How often its system was asked about this attempt."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A delivery whose attempt was begun by a process that is gone."""

    delivery_id: DeliveryId
    fence: int
    destination: str
    operation: str
    route: str
    tries: int
    started_at: datetime
    message_id: MessageId
    correlation_id: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and why."""

    actor: str
    action: str
    target: str
    reason: str
    ok: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    """Messages whose content is looked at: whoever is named in them can ask who saw it (`who_saw`)."""
    people: bytes = b""
    """Or the keyed hashes themselves, where somebody was looked for by a number."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it was received; `open_body` unseals its bytes."""

    id: MessageId
    subject: str
    accepted_at: datetime
    body_form: str
    open_body: Callable[[], bytes] = field(repr=False)
    type: str = ""
    client: str = ""
    source: str = ""
    correlation_id: str = ""
    time: datetime | None = None
    sequence: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Messages, newest first, and the place to go on from; None when there is nothing older."""

    messages: Sequence[StoredMessage]
    next: int | None


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A dead delivery with the message it could not carry, and the mapping it was to go through."""

    delivery_id: DeliveryId
    mapping: str | None
    pinned_version: str | None
    message: StoredMessage


MESSAGE_STATES = ("accepted", "completed", "attention")
"""States of a message as a whole; the filter `state` of messages takes them as well as those of deliveries."""

HANDOVER = 2.0
"""Seconds for which the process that committed something due is the one to publish it."""

OnPending = Callable[[Sequence[Pending]], None]
OnReply = Callable[[str], None]
"""Hears the id of a message that was just answered."""
OnNews = Callable[[str, str], None]
"""Hears what was committed: ("replied", id of the message) or ("destination", its name)."""


class Ledger(
    AlertLedger,
    BodyLedger,
    ByHandLedger,
    ClientLedger,
    DoubtLedger,
    DriftLedger,
    GroupLedger,
    IndicatorLedger,
    KeepingLedger,
    PaymentLedger,
    ProofLog,
    ReplayJobs,
    SavedViews,
    ServiceLedger,
    SoughtLedger,
    SteeringPort,
    UsersLedger,
    Protocol,
):
    """The record of truth. Every method returns after its own commit.

    On PostgreSQL several processes share it, and leases, due times and offers follow the database's clock alone.
    """

    def on_pending(self, listener: OnPending) -> None:
        """Call `listener` after each commit with the deliveries that it made pending."""

    def on_reply(self, listener: OnReply) -> None:
        """Call `listener` after each settlement that stored an answer, whichever process made it."""

    def on_news(self, listener: OnNews) -> None:
        """Call `listener` for what this process and others commit. News may be lost (a cut connection): look, too."""

    async def tell_news(self, kind: str, words: Sequence[str]) -> None:
        """Tell the other processes that share this ledger; nothing where there are none. No blanks within a word."""

    async def accept(self, messages: Sequence[NewMessage]) -> list[Recorded]:
        """Record messages with their deliveries, all or none. Raises `ConflictError`, `LedgerUnavailable`."""

    async def take_due(
        self, destination: str, limit: int, *, offer_for: float | None = None
    ) -> tuple[list[Due], float | None]:
        """What is due (oldest first; waiting ones become pending), and in how many seconds the next one will be.

        `offer_for` (where several processes look): only what nobody offers just now, and it is the caller's to offer
        for so many seconds. Two who look at the same time never take the same. What a commit makes due at once is
        offered by the process that committed it, for `HANDOVER` seconds. On SQLite `offer_for` changes nothing.
        """

    async def withdraw(self, ids: Sequence[DeliveryId]) -> None:
        """These are not on the broker any more (their destination takes nothing): they may be offered again."""

    async def hold_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease; False while somebody else holds it. Whoever does not renew it in time loses it."""

    async def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens if it is somebody else's by now."""

    async def read_pack(self, ids: Sequence[DeliveryId]) -> list[Work]:
        """The named deliveries that are still pending, with their messages, in the order asked for.

        What was recorded moments ago may have moved on since; its attempt will not begin then.
        """

    async def begin_attempt(self, begin: Begin) -> bool:
        """Commit the start of an attempt; False when the delivery is not pending any more (a duplicate)."""

    async def checkpoint(self, delivery_id: DeliveryId, part: str, fence: int, answer_digest: bytes) -> None:
        """Remember that one part of a document was answered."""

    async def settle(self, settlement: Settlement) -> bool:
        """Record the outcome, promote the next of the lane, store the replies; False when the fence is lost."""

    async def abandoned(self, *, at_start: bool = False) -> list[Abandoned]:
        """Attempts whose lease has ended.

        `at_start`: where one process owns the ledger (SQLite) and it has just started, every attempt under way is
        abandoned. Where others may live it changes nothing.
        """

    async def unproven(self, limit: int, after: str = "", due_by: datetime | None = None) -> list[Unproven]:
        """Deliveries in state `uncertain` behind `after`, oldest first, with the keys of their last attempt.

        Only those to be asked about: not yet asked, or to be asked again by `due_by` (None: now).
        """

    async def resolve(self, settlement: Settlement) -> bool:
        """Settle an uncertain delivery by proof; False when it is not uncertain at that attempt any more."""

    async def latest_message(self, subject: str, type_: str) -> StoredMessage | None:
        """The newest message of a type about a dossier."""

    async def replies_of(self, message_id: str) -> list[StoredMessage]:
        """The answers to a message, oldest first, as they were recorded."""

    async def promote_orphans(self) -> int:
        """Promote the head of every lane that has held deliveries and no holder; how many."""

    async def replay(
        self, delivery_id: DeliveryId, new_id: DeliveryId, entry: AuditEntry, *, as_then: bool = False
    ) -> None:
        """A new delivery in place of a dead one, at its position. Raises `NotFoundError`, `StateError`.

        `as_then`: it goes through the mapping version that the dead one went through, not the one in force.
        """

    async def discard(self, delivery_id: DeliveryId, entry: AuditEntry) -> DeliveryState:
        """Cancel a delivery that is not under way; the state it had. Raises `NotFoundError`, `StateError`."""

    async def record_audit(self, entry: AuditEntry) -> None:
        """Write one audit row (also for what failed)."""

    async def outbox_depth(self, destination: str | None = None) -> int:
        """Deliveries waiting to be offered and due."""

    async def message_view(self, message_id: str) -> dict[str, Any] | None:
        """One message with deliveries, attempts, warnings and replies, as JSON-able values."""

    async def delivery_view(self, delivery_id: str) -> dict[str, Any] | None:
        """One delivery, as lists show it."""

    async def message_body(self, message_id: str) -> bytes | None:
        """The bytes as received."""

    async def stored_messages(self, type_: str, before: int | None, limit: int) -> StoredPage:
        """Messages of a type as received, newest first; a page may be short and still name a next one."""

    async def dead_messages(self, code: str, after: DeliveryId | None, limit: int) -> list[DeadMessage]:
        """Deliveries dead of one cause that nobody replaced, with their messages, oldest first."""

    async def dossier_view(self, code: str) -> dict[str, Any] | None:
        """Everything about one dossier in time order, and what each destination last confirmed."""

    async def messages_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: newest first, keyset paged. A page may be short and still name a next one."""

    async def deliveries_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: newest first, keyset paged."""

    async def balance(self, day: str | None = None) -> dict[str, Any]:
        """Counts of obligations per destination and state (of one day, Asia/Ho_Chi_Minh), which must add up."""

    async def board(self) -> list[dict[str, Any]]:
        """Per destination: counts by state, oldest open, last success and failure."""

    async def dead_groups(self) -> list[dict[str, Any]]:
        """Dead deliveries grouped by cause."""

    async def audit_page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """Audit entries, newest first."""

    async def ready(self) -> str | None:
        """None when the ledger can store now, else what is wrong."""

    async def close(self) -> None:
        """Finish what is queued, then let go of the storage."""
