"""What the watch asks of the ledger, and the values that cross: findings, alerts, notices, marks and samples."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

AlertEvent = Literal["opened", "closed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. `kind` and `key` say what it is about; the words never hold personal data.

    The words are those of the latest look: they may name counts, and moments rather than ages.
    """

    kind: str
    key: str
    vi: str
    en: str
    destination: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """One look: all that is wrong of the kinds that were looked at. What else is open stays as it is."""

    at: datetime
    kinds: frozenset[str]
    findings: Sequence[Finding]
    channels: Mapping[str, Sequence[str]]
    """Kind -> the channels that are told when an alert of it opens."""
    close_after: timedelta
    """So long nothing of it must be found before an alert closes."""


class AlertChange(NamedTuple):
    """An alert that a look opened or closed."""

    id: str
    event: AlertEvent
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told to one channel. The same whenever it is tried: (`alert_id`, `event`) names it."""

    alert_id: str
    event: AlertEvent
    channel: str
    tries: int
    """Tries so far, this one included."""
    created_at: datetime
    kind: str
    key: str
    destination: str
    opened_at: datetime
    closed_at: datetime | None
    vi: str
    en: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """How telling went: `error` (a short code) is empty when the channel took it; `again_at` None gives it up."""

    at: datetime
    error: str = ""
    again_at: datetime | None = None


class SourceHeard(NamedTuple):
    """When a source last spoke for a client."""

    source: str
    client: str
    last_at: datetime


class Unclear(NamedTuple):
    """Uncertain deliveries of a destination: how many, and since when the oldest."""

    destination: str
    number: int
    since: datetime


class BacklogSample(NamedTuple):
    """How much was open for a destination at a moment, and how many obligations had ended there since ever."""

    destination: str
    at: datetime
    open: int
    ended: int


class AlertLedger(Protocol):
    """Part of `Ledger`. Everything here bears being done twice, and by two processes at once."""

    async def observe(self, observed: Observed) -> list[AlertChange]:
        """Open an alert for what is newly wrong, close what has been clear for long enough; with their notices.

        An alert opens once, however many look: the database allows one open of a kind and key.
        """

    async def alerts_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: open ones first, each newest first. Filters: state (open, closed), kind, destination."""

    async def take_notices(self, channel: str, limit: int, now: datetime, hold: timedelta) -> list[Notice]:
        """What is due for a channel, oldest first; it is due again after `hold`, should whoever took it die.

        That an alert closed is told after it was told, or given up telling, that it opened.
        """

    async def settle_notice(self, notice: Notice, told: Told) -> None:
        """Note how telling went."""

    async def watch_marks(self) -> dict[str, datetime]:
        """Moments the watch noted, by name."""

    async def note_marks(self, put: Mapping[str, datetime], drop: Collection[str] = ()) -> None:
        """Set marks that are new or moved, and drop others."""

    async def hear_sources(self, now: datetime) -> None:
        """Gather from the messages of the time since the last call who has spoken; of a day at most the first time."""

    async def sources_heard(self, since: datetime) -> list[SourceHeard]:
        """Who has spoken since a moment, and when last."""

    async def unclear(self) -> list[Unclear]:
        """Uncertain deliveries by destination."""

    async def sample_backlog(self, now: datetime, keep: timedelta) -> None:
        """Note how much is open and ended by destination; drop samples older than `keep`. Nothing while all is idle."""

    async def backlog_samples(self, since: datetime) -> list[BacklogSample]:
        """Samples since a moment, oldest first."""
