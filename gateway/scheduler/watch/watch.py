"""The look itself: reads what there is to see, asks each rule what it means, and has the ledger open and close alerts.

A kind whose look fails is left as it is: nothing closes because nobody could look. Everything here may be done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from gateway.acceptance.replies import SOURCE
from gateway.errors import LedgerUnavailable
from gateway.ledger.alerts.port import Finding, Observed
from gateway.ledger.port import Ledger
from gateway.ledger.steering.port import Standing
from gateway.operations.groups import GroupOperations
from gateway.scheduler.watch import findings
from gateway.scheduler.watch.books import Books
from gateway.scheduler.watch.expiry import Expiry
from gateway.scheduler.watch.findings import HEARD_FOR, Stopped
from gateway.settings import Settings
from gateway.telemetry.disk import Disk

log = structlog.get_logger(__name__)

Look = Callable[[datetime], Awaitable[Iterable[Finding]]]

_SAMPLE_EVERY = timedelta(minutes=1)
_HEAR_EVERY = timedelta(minutes=1)
KEEP_SAMPLES = timedelta(hours=25)


class Watch:
    """Looks until cancelled."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        destinations: Collection[str],
        standing: Callable[[str], tuple[Standing, float]],
        groups: GroupOperations,
        disk: Disk | None = None,
    ) -> None:
        """`standing`: how a destination stands, and for how many seconds nothing is sent there."""
        self._disk = disk or Disk(settings.data_dir, settings.disk)
        self._ledger = ledger
        self._settings = settings
        self._rules = settings.alerts
        self._calendar = settings.calendar.working_time()
        self._destinations = destinations
        self._standing = standing
        self._groups = groups
        self._books = Books(ledger, settings.alerts.balance)
        self._sampled = self._heard = datetime.min.replace(tzinfo=UTC)
        self._looks: Mapping[str, Look] = {
            "balance": self._books.look,
            "closed": self._look_closed,
            "paused": self._look_paused,
            "dead": self._look_dead,
            "age": self._look_age,
            "silence": self._look_silence,
            "uncertain": self._look_unclear,
            "disk": self._look_disk,
            "expiring": Expiry(ledger, settings).look,
            "backlog": self._look_backlog,
        }

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            await self.look(datetime.now(UTC))
            await asyncio.sleep(self._rules.every.total_seconds())

    async def look(self, now: datetime) -> None:
        """Look at everything that is switched on. What is switched off counts as nothing wrong, so it closes."""
        found: list[Finding] = []
        kinds: set[str] = set()
        for kind, rule in self._rules.rules().items():
            try:
                found += await self._looks[kind](now) if rule.on else ()
                kinds.add(kind)
            except LedgerUnavailable as exc:
                log.warning("watch.ledger_unavailable", kind=kind, error=str(exc))
            except Exception:  # one kind that cannot be looked at must not blind the others
                log.exception("watch.failed", kind=kind)
        try:
            await self._observe(now, frozenset(kinds), found)
            await self._sample(now)
        except LedgerUnavailable as exc:
            log.warning("watch.ledger_unavailable", error=str(exc))
        except Exception:
            log.exception("watch.failed")

    async def _observe(self, now: datetime, kinds: frozenset[str], found: list[Finding]) -> None:
        channels = {kind: self._rules.channels_of(kind) for kind in kinds}
        for change in await self._ledger.observe(Observed(now, kinds, found, channels, self._rules.close_after)):
            log.warning("alert.changed", alert=change.id, change=change.event, kind=change.kind, key=change.key)

    async def _sample(self, now: datetime) -> None:
        if now - self._sampled >= _SAMPLE_EVERY:
            self._sampled = now
            await self._ledger.sample_backlog(now, KEEP_SAMPLES)

    # -- one kind each ------------------------------------------------------------------------------------------

    async def _look_closed(self, now: datetime) -> Iterable[Finding]:
        return findings.closed(await self._stopped(now), self._rules.closed.after, now)

    async def _stopped(self, now: datetime) -> Mapping[str, Stopped]:
        """Who takes nothing though nobody said it should not, and since when: noted, so a restart forgets nothing."""
        names = {name for name in self._destinations if self._standing(name)[0] in _CLOSED_BY_ITSELF}
        since = await self._since(_CLOSED, names, now)
        told = await self._ledger.steering()
        closed = {name: told[name].closed if name in told else None for name in names}
        return {
            name: Stopped(since[name], one.reason if one else "", one.vi if one else "", one.en if one else "")
            for name, one in closed.items()
        }

    async def _since(self, what: str, names: set[str], now: datetime) -> Mapping[str, datetime]:
        """Since when it has been so of each; of the others it is forgotten."""
        marks = await self._ledger.watch_marks()
        noted = {name.removeprefix(what): at for name, at in marks.items() if name.startswith(what)}
        new = {what + name: now for name in names - noted.keys()}
        await self._ledger.note_marks(new, [what + name for name in noted.keys() - names])
        return {name: noted.get(name, now) for name in names}

    async def _look_paused(self, now: datetime) -> Iterable[Finding]:
        told = await self._ledger.steering()
        paused = {name: Stopped(one.pause.at, one.pause.reason) for name, one in told.items() if one.pause is not None}
        return findings.paused(paused, self._rules.paused.after, now)

    async def _look_dead(self, _: datetime) -> Iterable[Finding]:
        return findings.dead(await self._groups.listed(), self._rules.dead)

    async def _look_disk(self, _: datetime) -> Iterable[Finding]:
        return findings.low_disk(self._disk.low())

    async def _look_age(self, now: datetime) -> Iterable[Finding]:
        board = [row for row in await self._ledger.board() if self._standing(row["destination"])[0] not in _MEANT]
        return findings.aged(board, self._rules.age, self._calendar, now)

    async def _look_silence(self, now: datetime) -> Iterable[Finding]:
        if now - self._heard >= _HEAR_EVERY:
            self._heard = now
            await self._ledger.hear_sources(now)
        heard = await self._ledger.sources_heard(now - HEARD_FOR)
        watched = findings.watched_sources(self._settings.clients, self._rules.silence, heard, SOURCE)
        last: dict[str, datetime] = {}
        for one in heard:
            last[one.source] = max(one.last_at, last.get(one.source, one.last_at))
        waited = await self._since(_WAITED, watched - last.keys(), now)
        since = {source: at for source, at in {**waited, **last}.items() if source in watched}
        return findings.silent(since, self._rules.silence, self._calendar, now)

    async def _look_unclear(self, now: datetime) -> Iterable[Finding]:
        return findings.unclear(await self._ledger.unclear(), self._rules.uncertain.after, now)

    async def _look_backlog(self, _: datetime) -> Iterable[Finding]:
        healthy = [name for name in self._destinations if self._standing(name)[0] == "running"]
        waiting = sum([await self._ledger.outbox_depth(name) for name in healthy])
        return findings.full(waiting, self._settings.ledger.outbox_limit, self._rules.backlog.share)


_CLOSED_BY_ITSELF: frozenset[Standing] = frozenset({"breaker_open", "told_to_wait"})
_MEANT: frozenset[Standing] = frozenset({"paused", "hold", "maintenance"})
"""Nothing is sent because a person wants it so: what waits then is no surprise."""

_CLOSED, _WAITED = "closed:", "waited:"
"""Beginnings of the names of marks."""
