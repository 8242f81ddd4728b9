"""What the ledger promises about steering: the values that cross it, and its methods."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from gateway.message import DeliveryId, Fault

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry

ClosedBy = Literal["breaker", "target"]
"""Who closed a destination: the breaker of a worker, or the target's own wish (`Retry-After`)."""

Standing = Literal["running", "paused", "hold", "maintenance", "breaker_open", "told_to_wait"]
"""How a destination stands. Of several reasons to send nothing, the one a person has to undo comes first."""

UNTIL_TOLD = 60.0
"""Seconds for which nothing is offered to a destination that opens only when a person says so; then asked again."""


class ToldClosed(NamedTuple):
    """A destination that a process has found unable to take anything: for how many seconds from now, and why.

    `reason` is a code, `vi`/`en` the adapter's words for it.
    """

    seconds: float
    reason: str
    by: ClosedBy = "breaker"
    since: datetime | None = None
    vi: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A person wants nothing to be sent, until somebody says otherwise."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Window:
    """Announced maintenance of a destination. `starts_in`, `ends_in`: seconds from the moment it was read."""

    id: str
    destination: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    who: str
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    starts_in: float = 0.0
    ends_in: float = 0.0


@dataclass(frozen=True, slots=True)
class NewWindow:
    """Maintenance to be announced. `starts_at` None: from now on, by the ledger's clock."""

    id: str
    destination: str
    starts_at: datetime | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of a probe."""

    ok: bool
    code: str = ""
    vi: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """The last probe that a person asked for. `taken`: a process is at it, or was; `ended_at` None: no answer yet."""

    id: str
    taken: bool
    ended_at: datetime | None = None
    result: Probed | None = None


@dataclass(frozen=True, slots=True)
class Steering:
    """All that is known of one destination, as it was read; `elapsed` below is seconds since then."""

    name: str
    closed: ToldClosed | None = None
    pause: Pause | None = None
    windows: tuple[Window, ...] = ()
    """Under way or to come, the next one first."""
    probe: Probe | None = None

    def window(self, elapsed: float = 0.0) -> Window | None:
        """The maintenance under way; of several that overlap, the one that ends last."""
        under_way = [one for one in self.windows if one.starts_in <= elapsed < one.ends_in]
        return max(under_way, key=lambda one: one.ends_in, default=None)

    def standing(self, elapsed: float = 0.0, *, hold: bool = False) -> tuple[Standing, float]:
        """How it stands, and for how many seconds nothing is to be sent. `hold`: its mode says so."""
        if self.pause is not None:
            return "paused", UNTIL_TOLD
        if hold:
            return "hold", UNTIL_TOLD
        if (window := self.window(elapsed)) is not None:
            return "maintenance", window.ends_in - elapsed
        if self.closed is not None and self.closed.seconds > elapsed:
            standing: Standing = "breaker_open" if self.closed.by == "breaker" else "told_to_wait"
            return standing, self.closed.seconds - elapsed
        return "running", 0.0


@dataclass(frozen=True, slots=True)
class KnownDossier:
    """A dossier that a destination had before this gateway sent it anything, with what was last confirmed there."""

    subject: str
    status: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of dossiers handed in: how many are new, how many were known and are brought up to date."""

    new: int
    known: int


@dataclass(frozen=True, slots=True)
class Withholding:
    """Which deliveries are held back, though their destination as a whole is not."""

    destinations: Collection[str]
    """Those in which something may be held back; nothing of the others is looked at."""
    held_for: Callable[[str, str], str | None]
    """(destination, subject) -> the agency whose mode holds it back; None: it may go."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A delivery that was looked at and not sent (shadow mode), and what was found."""

    delivery_id: DeliveryId
    fence: int
    """The number of the attempt row that says so: attempts so far + 1."""
    started_at: datetime
    ended_at: datetime
    mapping_version: str | None
    request_digest: bytes | None
    fault: Fault
    facts: Mapping[str, str]
    warnings: tuple[Mapping[str, str], ...] = ()


class SteeringPort(Protocol):
    """The part of the ledger that steering uses. Every method returns after its own commit."""

    async def tell_destination(
        self, name: str, closed_for: float, reason: str, *, by: ClosedBy = "breaker", vi: str = "", en: str = ""
    ) -> None:
        """Tell all processes that a destination takes nothing for so many seconds; 0: it takes something again."""

    async def steering(self) -> dict[str, Steering]:
        """Every destination about which something is known, by name."""

    async def pause(self, name: str, entry: AuditEntry) -> None:
        """Send nothing to a destination until `resume`; all processes hear of it. Raises `StateError`."""

    async def resume(self, name: str, entry: AuditEntry) -> None:
        """Take a pause back. Raises `StateError`."""

    async def ask_probe(self, name: str, probe_id: str, entry: AuditEntry) -> None:
        """Ask whoever works off a destination to try it now; an unanswered question before it is forgotten."""

    async def take_probe(self, name: str, probe_id: str) -> bool:
        """Take a probe that was asked for; True for one process only."""

    async def end_probe(self, name: str, probe_id: str, result: Probed) -> None:
        """Say what came of it; nothing happens where another was asked for meanwhile."""

    async def add_maintenance(self, window: NewWindow, entry: AuditEntry) -> Window:
        """Announce maintenance. Raises `StateError` where it would be over before it began, or is over already."""

    async def cancel_maintenance(self, window_id: str, entry: AuditEntry) -> Window:
        """Take an announcement back; what is under way ends now. Raises `NotFoundError`, `StateError`."""

    async def maintenance(self, *, past: bool = False) -> list[Window]:
        """Announced maintenance under way or to come, the next one first; `past`: the latest 200 of all."""

    async def judge_held(self) -> int:
        """Compare what is held back with what the configuration says now; how many were held or let go.

        Run at every start, before anything is offered: a change of the configuration binds what waits, too.
        """

    async def held_for(self) -> dict[str, dict[str, int]]:
        """Destination -> agency -> deliveries that are due and held back for it."""

    async def end_unsent(self, end: Unsent) -> bool:
        """Cancel a pending delivery without sending it, and let the next of its lane go on; False if it moved on."""

    async def import_known(self, destination: str, dossiers: Sequence[KnownDossier], who: str) -> Imported:
        """Record dossiers that a destination has already: progress and updates then flow as if we had sent them.

        In one transaction, so hand them in by the hundred; again is harmless. A dossier known before keeps the later of
        both confirmations. The caller writes the audit.
        """

    async def known_among(self, destination: str, subjects: Sequence[str]) -> Mapping[str, bool]:
        """Those of these dossiers that the destination is known to have; True: by import, False: we sent it."""
