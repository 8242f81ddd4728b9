"""A crash drill: a sender, a portal, and between them a gateway that is killed and started again on the same data."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.national_portal.simulator import Effect
from tests.crash.history import Killed
from tests.crash.processes import Birth, Portal, Victims
from tests.crash.sender import Event, Sender
from tests.crash.victim import LOG, MARKER, Life
from tests.e2e.rig import ADMIN, eventually

_BOUND = 30
"""Seconds; what takes longer will not come."""


@dataclass(frozen=True, slots=True)
class Death:
    """What was found when the gateway was dead, before anything was started again."""

    marker: dict[str, Any]
    effects: Sequence[Effect]
    states: dict[str, str]
    """Message key and delivery id -> state of the delivery to the portal, from a copy of the ledger's files."""
    answered: frozenset[str]
    """Keys of the messages whose sender held its 202."""


class Drill:
    """Kill the gateway as often as wanted, then let it finish."""

    def __init__(self, victims: Victims, portal: Portal, folder: Path, dossiers: Sequence[Sequence[Event]]) -> None:
        self.sender = Sender(dossiers, self._alive)
        self._total = sum(map(len, dossiers))
        self._victims = victims
        self._portal = portal
        self._folder = folder
        self._birth: Birth | None = None
        self._born = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def die(self, **life: Any) -> Death:
        """One life of the gateway (`victim.Life`) up to its violent end."""
        marker = self._folder / MARKER
        marker.unlink(missing_ok=True)
        birth, sending = self._begin(**life)
        await self._until(birth.ended, sending)
        assert birth.code == -signal.SIGKILL, (birth.code, (self._folder / LOG).read_text())
        effects = await self._portal.settled_effects()
        self.sender.log.append(Killed(len(effects)))
        return Death(orjson.loads(marker.read_bytes()), effects, _states(self._folder), frozenset(self.sender.answers))

    async def finish(self) -> dict[str, Any]:
        """A last life, left alone until everything is answered and nothing is open; gives back the balance."""
        birth, sending = self._begin()
        self.sender.allow(self._total)
        balance: dict[str, Any] = {}

        async def nothing_open() -> bool:
            assert not birth.ended.is_set(), (birth.code, (self._folder / LOG).read_text())
            if sending.done() and birth.ready.is_set():
                sending.result()
                balance.update(await _get(birth, "/v1/balance"))
            return bool(balance.get("open") == 0)

        await eventually(nothing_open, _BOUND)
        return balance

    async def repeated(self) -> dict[str, list[dict[str, Any]]]:
        """Progress that shows more than once in the portal's log -> its attempts; asked after `finish`."""
        seen, twice = set[str](), set[str]()
        for effect in self.effects():
            (twice if effect.digest in seen else seen).add(effect.digest)
        keys = [m.key for m in self.sender.posted.values() if m.status is None and any(twice & set(p) for p in m.parts)]
        return {key: await self._attempts(key) for key in keys}

    def sent_again(self, death: Death) -> set[str]:
        """Messages that were settled when the gateway died, and yet show in the portal's log after that."""
        later = {effect.digest for effect in self.effects()[len(death.effects) :]}
        settled = (m for m in self.sender.posted.values() if death.states.get(m.key) == "delivered")
        return {message.key for message in settled if any(later & set(part) for part in message.parts)}

    async def _attempts(self, key: str) -> list[dict[str, Any]]:
        assert self._birth is not None
        view = await _get(self._birth, f"/v1/messages/{self.sender.answers[key]['id']}")
        return [attempt for delivery in view["deliveries"] for attempt in delivery["attempt_log"]]

    def effects(self) -> list[Effect]:
        """Everything the portal has done."""
        return self._portal.effects()

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        if self._birth is not None:
            await self._victims.end(self._birth)

    def _begin(self, **life: Any) -> tuple[Birth, asyncio.Task[None]]:
        self._birth = self._victims.begin(Life(str(self._folder), self._portal.url, **life))
        self._born.set()
        self._sending = self._sending or asyncio.create_task(self.sender.run())
        return self._birth, self._sending

    async def _alive(self) -> Birth:
        """A gateway that takes messages, once there is one."""
        while True:
            await self._born.wait()
            birth = self._birth
            assert birth is not None
            await birth.ready.wait()
            if not birth.ended.is_set():
                return birth
            self._born.clear()

    @staticmethod
    async def _until(event: asyncio.Event, sending: asyncio.Task[None]) -> None:
        """Wait for the event; a sender that failed meanwhile fails the test at once."""
        async with asyncio.timeout(_BOUND):
            waiting = asyncio.create_task(event.wait())
            try:
                await asyncio.wait({waiting, sending}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
                await waiting
            finally:
                waiting.cancel()


@asynccontextmanager
async def drilling(
    victims: Victims, portal: Portal, folder: Path, dossiers: Sequence[Sequence[Event]]
) -> AsyncIterator[Drill]:
    """A drill on an empty data folder and a portal that knows nothing; whatever lives at the end is stopped."""
    await portal.reset()
    drill = Drill(victims, portal, folder, dossiers)
    try:
        yield drill
    finally:
        await drill.close()


async def _get(birth: Birth, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(birth.address + path) as response:
        assert response.status == 200, await response.text()
        found: dict[str, Any] = await response.json()
        return found


def _states(folder: Path) -> dict[str, str]:
    """Read a copy: opening the files themselves would repair them before the gateway can."""
    copy = folder / "autopsy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for name in ("ledger.db", "ledger.db-wal"):
        if (folder / "data" / name).exists():
            shutil.copy(folder / "data" / name, copy)
    query = (
        "SELECT m.source_id, d.id, d.state FROM delivery d JOIN message m ON m.id = d.message_id"
        " WHERE d.destination = 'national_portal'"
    )
    with closing(sqlite3.connect(copy / "ledger.db")) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'delivery'").fetchone():
            return {}  # killed before there was a ledger
        rows = ledger.execute(query).fetchall()
    return {name: state for key, delivery_id, state in rows for name in (key, delivery_id)}
