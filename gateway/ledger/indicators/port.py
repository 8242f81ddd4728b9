"""What the ledger promises about indicators, and the values that cross: facts of a dossier, and sums of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gateway.message import TYPE_PREFIX

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry

RECEIVED = (
    "received", "online", "online_by_account", "fee_bearing", "paid_online", "paid_declared", "digitised", "reusable",
    "reused", "synchronised",
)  # fmt: skip
"""Counts that belong to the day on which a dossier was received."""
FINISHED = ("finished", "judged", "in_time", "results", "electronic_results", "working_seconds")
"""Counts that belong to the day on which it was finished. `judged`: it had a due date to be in time for."""
COUNTS = (*RECEIVED, *FINISHED)
OFFERED = ("offered_received", "offered_online")
"""Of those received, what was received for a procedure that the register says was offered online by that day."""

SNAPSHOT = f"{TYPE_PREFIX}dossier.recorded.v1"
SETTLED = f"{TYPE_PREFIX}payment.settled.v1"
"""The types that tell something about a dossier."""

UNKNOWN_LEVEL = "unknown"


class ToCount(NamedTuple):
    """A message that may tell something about a dossier; its body opens when asked for."""

    seq: int
    id: str
    type: str
    subject: str
    time: datetime | None
    sequence: int | None
    accepted_at: datetime
    body_form: str
    open_body: Callable[[], bytes]


class Portion(NamedTuple):
    """What stands in the ledger behind `after`, up to `up_to`: the next to be counted."""

    after: int
    up_to: int
    last: int
    """The number of the last message that can be counted now."""
    messages: Sequence[ToCount]


class DossierFacts(NamedTuple):
    """What one full snapshot says of a dossier. Days are those of Việt Nam, as `2025-03-10`. Holds nothing personal."""

    subject: str
    message_id: str
    seq: int
    sequence: int | None
    time: datetime | None
    agency: str
    level: str
    procedure: str
    received_day: str | None
    """None: it leaves all denominators (refused at intake, withdrawn, or not received yet)."""
    finished_day: str | None = None
    finished_at: datetime | None = None
    overdue_from: datetime | None = None
    """From this moment on it was late: it is unfinished, or was finished later."""
    marks: frozenset[str] = frozenset()
    """The counts that it adds one to, of its two days."""
    working_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What a portion told."""

    after: int
    up_to: int
    facts: Sequence[DossierFacts] = ()
    paid: frozenset[str] = frozenset()
    """Dossiers of which a payment was heard."""
    unreadable: int = 0
    """Snapshots whose body is gone, or does not open."""


class CountingState(NamedTuple):
    """How far counting has come."""

    reached: int
    """The number of the last message that was looked at."""
    last: int
    """The number of the last message there is."""
    unreadable: int
    recounting: bool
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sums: of days from `first` to `last`, both included. `agencies`, `level`: None is all of them."""

    first: str
    last: str
    cutoff: datetime
    """Overdue is what was late and unfinished at this moment."""
    agencies: tuple[str, ...] | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of one unit, procedure or day: those of `COUNTS` and `OFFERED`, and `overdue` where asked of units."""

    agency: str = ""
    level: str = ""
    procedure: str = ""
    day: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of a period, seen at one moment."""

    units: Sequence[Sums]
    procedures: Sequence[Sums]
    days: Sequence[Sums]


class IndicatorLedger(Protocol):
    """Part of `Ledger`. Counting is cut into small transactions; killed between two, the next process goes on.

    What was counted is a function of what the ledger holds: repeats, other orders and several processes change nothing.
    """

    async def counting_state(self) -> CountingState:
        """How far counting has come."""

    async def messages_to_count(self, limit: int) -> Portion | None:
        """The next `limit` messages, as far as no other can still appear before them; None when all are counted.

        On PostgreSQL a transaction may commit later than one that numbered its messages after it: only what every
        transaction of that time has decided is given out, so nothing is passed by.
        """

    async def note_facts(self, counted: Counted, destination: str) -> bool:
        """Take over what a portion told, and move on behind it; False when somebody did before.

        Of a dossier the newest snapshot counts, as lanes know it (sequence, else time, else order of acceptance); it is
        synchronised when `destination` has taken that very one; it is paid when a payment of it was confirmed.
        """

    async def settle_facts(self, destination: str, after: str, limit: int) -> str | None:
        """See which of `limit` open dossiers behind `after` have ended; where to go on, None at the end."""

    async def settled_count(self, destination: str) -> int:
        """How much has ended for a destination since ever: unless it changed, no dossier has to be looked at."""

    async def recount(self, entry: AuditEntry) -> None:
        """Count everything anew, with its audit row: messages again from the first, and every day from the facts.

        Figures stay readable meanwhile. Facts of dossiers whose bodies are gone stay as they are.
        """

    async def recount_day(self) -> bool:
        """Sum up the next day from the facts; False when no day is left."""

    async def indicator_agencies(self, first: str, last: str) -> list[str]:
        """The agencies of which anything was counted on these days, or is overdue."""

    async def indicator_figures(self, wanted: Wanted) -> Figures:
        """The sums of a period."""
