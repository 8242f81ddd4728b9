"""Reconciliation runs as they cross the ledger's port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry, NewMessage

RunState = Literal["collecting", "asking", "compared", "sending", "sent", "cancelled"]
OPEN_RUNS: tuple[RunState, ...] = ("collecting", "asking", "sending")

Kind = Literal["same", "missing", "behind", "ahead", "untold", "unconfirmed", "unasked"]
KINDS: tuple[Kind, ...] = ("same", "missing", "behind", "ahead", "untold", "unconfirmed", "unasked")
"""`untold`: known there, and no status we know is told. `unconfirmed`: nothing of ours was ever taken there.
`unasked`: no clear answer came, or it would not hold still."""
DRIFTED: tuple[Kind, ...] = ("missing", "behind", "ahead")

Verb = Literal["pause", "continue", "cancel", "send"]
Sent = Literal["open", "skipped", "moved"]


@dataclass(frozen=True, slots=True)
class NewDriftRun:
    """A comparison to be made: of what was accepted or replayed in [since, until)."""

    id: str
    destination: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DriftRun:
    """A run as whoever works on it needs it."""

    id: str
    destination: str
    since: datetime
    until: datetime
    state: RunState
    paused: bool
    kinds: tuple[str, ...]
    step: int


@dataclass(frozen=True, slots=True)
class DriftItem:
    """A dossier of a run; `tries`: questions about it that brought no clear answer."""

    subject: str
    tries: int
    kind: str | None
    delivery_id: str | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A message that a destination took, in the order in which it took them; its body opens when asked for."""

    delivery_id: str
    message_id: str
    subject: str
    type: str
    operation: str
    route: str
    snapshot: bool
    status: str | None
    """Of a snapshot."""
    time: datetime | None
    sequence: str | None
    client: str
    correlation_id: str
    body_form: str
    open_body: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subject stands with a destination."""

    confirmed: tuple[Confirmed, ...]
    moving: bool
    """Something is being sent, or may have been: what was confirmed last may not be the last any more."""
    waits: bool
    """Something more is to come by itself."""
    dead: bool
    """Something died and waits for a person."""

    @property
    def last(self) -> str | None:
        """The delivery that was confirmed last."""
        return self.confirmed[-1].delivery_id if self.confirmed else None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a question about one dossier; without a `kind` it will be asked again."""

    subject: str
    kind: Kind | None
    ours: str | None = None
    theirs: str | None = None
    delivery_id: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class StepCount:
    """How the dossiers sent on one stair stand."""

    open: int
    """Of all stairs: those before it may have been left in the middle."""
    arrived: int
    failed: int


class DriftLedger(Protocol):
    """What the ledger knows of reconciliation."""

    async def start_drift(self, run: NewDriftRun, entry: AuditEntry) -> bool:
        """Begin a run, with its audit row; False when this very run was begun before.

        Raises `StateError` while another one of the destination is open.
        """

    async def drift_run(self, run_id: str) -> DriftRun | None:
        """A run as it stands."""

    async def open_drift_runs(self) -> list[DriftRun]:
        """Everything that is to be worked on, paused ones included."""

    async def collect_drift(self, run_id: str) -> bool:
        """Note the dossiers of the next bounded piece of the period; False when all are noted, and asking begins."""

    async def drift_to_ask(self, run_id: str, limit: int) -> list[DriftItem]:
        """The next dossiers to ask about, those that had no clear answer last; none: the run becomes `compared`."""

    async def standing(self, destination: str, subject: str) -> Standing:
        """What a destination confirmed of a subject, and whether more is on its way."""

    async def note_drift(self, run_id: str, judged: Sequence[Judged]) -> None:
        """Remember what came of questions. Noted before, or the run cancelled: nothing changes."""

    async def tell_drift(self, run_id: str, note: Mapping[str, str] | None) -> None:
        """Say why a run waits, in words for people; None: it goes on."""

    async def steer_drift(self, run_id: str, verb: Verb, entry: AuditEntry, kinds: Sequence[str] = ()) -> RunState:
        """What a person does with a run, with its audit row. Raises `NotFoundError`, `StateError`."""

    async def stop_drift(self, run_id: str, note: Mapping[str, str], entry: AuditEntry) -> None:
        """Pause a run that went wrong, with its audit row; a person lets it go on."""

    async def drift_to_send(self, run_id: str, limit: int) -> list[DriftItem]:
        """The next drifted dossiers to be sent again; none: all have been tried."""

    async def send_drift(
        self, run: DriftRun, item: DriftItem, messages: Sequence[NewMessage], *, skip: str | None = None
    ) -> Sent:
        """Record the messages that bring a dossier up to date, under the lock of its lane, and note it.

        Only if the destination has confirmed nothing since the comparison (`moved` else) and nothing about the dossier
        is open or dead; `skip` says why there is nothing to send.
        """

    async def count_drift_step(self, run_id: str, step: int) -> StepCount:
        """See how what was sent on a stair stands by now; what ended is noted with its dossier."""

    async def climb_drift(self, run_id: str, step: int) -> None:
        """Go on to a stair; on the one behind `step` only once."""

    async def end_drift(self, run_id: str) -> None:
        """Everything that was to be sent has ended."""

    async def drift_view(self, run_id: str) -> dict[str, Any] | None:
        """A run with its counts, as people see it."""

    async def drift_page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: runs, newest first."""

    async def drift_items_page(
        self, run_id: str, filters: Mapping[str, str], cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """`{"items", "next"}`: dossiers of a run by code. Filters: kind, sent."""
