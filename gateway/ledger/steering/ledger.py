"""The ledger's methods about steering: rare beside the rest, so each is its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from gateway.ledger.clock import now as _now
from gateway.ledger.news import News
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, Pending
from gateway.ledger.steering import hold, known, steer, unsent
from gateway.ledger.steering.port import (
    ClosedBy,
    Imported,
    KnownDossier,
    NewWindow,
    Probed,
    Steering,
    ToldClosed,
    Unsent,
    Window,
    Withholding,
)

R = TypeVar("R")

NEWS = "destination"
"""What listeners are told when anything about a destination has changed."""


class SteeringPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.steering.port` for what each method promises."""

    _news: News
    _withholding: Withholding | None

    async def tell_destination(
        self, name: str, closed_for: float, reason: str, *, by: ClosedBy = "breaker", vi: str = "", en: str = ""
    ) -> None:
        closed = ToldClosed(closed_for, reason, by, vi=vi, en=en)
        await self._write(self._telling(name, lambda c: steer.tell(c, name, closed, _now())))
        self._news.tell(NEWS, [name])

    async def steering(self) -> dict[str, Steering]:
        return await self._read(lambda c: steer.read(c, _now()))

    async def pause(self, name: str, entry: AuditEntry) -> None:
        await self._steer(name, entry, lambda c: steer.pause(c, name, entry, _now()))

    async def resume(self, name: str, entry: AuditEntry) -> None:
        await self._steer(name, entry, lambda c: steer.resume(c, name, entry, _now()))

    async def ask_probe(self, name: str, probe_id: str, entry: AuditEntry) -> None:
        await self._steer(name, entry, lambda c: steer.ask_probe(c, name, probe_id, entry, _now()))

    async def take_probe(self, name: str, probe_id: str) -> bool:
        return await self._write(lambda c, _: steer.take_probe(c, name, probe_id, _now()))

    async def end_probe(self, name: str, probe_id: str, result: Probed) -> None:
        await self._write(self._telling(name, lambda c: steer.end_probe(c, name, probe_id, result, _now())))
        self._news.tell(NEWS, [name])

    async def add_maintenance(self, window: NewWindow, entry: AuditEntry) -> Window:
        return await self._steer(window.destination, entry, lambda c: steer.add_window(c, window, entry, _now()))

    async def cancel_maintenance(self, window_id: str, entry: AuditEntry) -> Window:
        return await self._steer(window_id, entry, lambda c: steer.cancel_window(c, window_id, entry, _now()))

    async def maintenance(self, *, past: bool = False) -> list[Window]:
        return await self._read(lambda c: steer.windows(c, _now(), past=past))

    async def judge_held(self) -> int:
        rule = self._withholding
        if not await self._read(lambda c: hold.needs_judging(c, rule)):
            return 0
        changed, after = 0, ""
        while True:
            start = after
            some, following = await self._write(lambda c, _: hold.judge_page(c, start, rule))  # noqa: B023 - run at once
            changed += some
            if following is None:
                return changed
            after = following

    async def held_for(self) -> dict[str, dict[str, int]]:
        return await self._read(hold.counts)

    async def end_unsent(self, end: Unsent) -> bool:
        return await self._write(lambda c, pending: unsent.end_unsent(c, end, pending, _now()))

    async def import_known(self, destination: str, dossiers: Sequence[KnownDossier], who: str) -> Imported:
        return await self._write(lambda c, _: known.import_known(c, destination, dossiers, who, _now()))

    async def known_among(self, destination: str, subjects: Sequence[str]) -> Mapping[str, bool]:
        return await self._read(lambda c: known.known_among(c, destination, subjects))

    async def _steer(self, word: str, entry: AuditEntry, work: Callable[[Connection], R]) -> R:
        """What a person does; all processes hear of it with the commit, and one that is refused leaves a row too."""
        done = await self._operate(entry, self._telling(word, work))
        self._news.tell(NEWS, [word])
        return done

    def _telling(self, word: str, work: Callable[[Connection], R]) -> Callable[[Connection, list[Pending]], R]:
        def told(connection: Connection, _: list[Pending]) -> R:
            done = work(connection)
            self._news.notify(connection, NEWS, [word])
            return done

        return told
