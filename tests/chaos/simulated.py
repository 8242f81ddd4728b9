"""The simulated national systems, each a process of its own that outlives everything, with its effects on file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiohttp
import orjson

from adapters.national_portal.simulator import Effect as PortalEffect
from adapters.simulation.log import Effect as CommonEffect
from gateway.demo.services.process import free_port
from tests.chaos.programs import Program, python

E = TypeVar("E")


@dataclass(frozen=True)
class Target(Generic[E]):
    """One system: its address, what it did, and how to upset it."""

    name: str
    url: str
    _log: Path
    _kind: Callable[..., E]

    def effects(self) -> list[E]:
        """Everything it has done, from its log."""
        if not self._log.exists():
            return []
        content = self._log.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        return [self._kind(**orjson.loads(line)) for line in whole.splitlines()]

    def count(self) -> int:
        """How many effects there are."""
        return self._log.read_bytes().count(b"\n") if self._log.exists() else 0

    async def upset(self, fault: str, times: int, **words: Any) -> None:
        """Let a fault meet the next calls."""
        await self.tell("faults", fault=fault, times=times, **words)

    async def tell(self, what: str, **words: Any) -> dict[str, Any]:
        """POST to its panel."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/_panel/{what}", data=orjson.dumps(words)) as answer,
        ):
            assert answer.status == 200, await answer.text()
            said: dict[str, Any] = orjson.loads(await answer.read() or b"{}")
            return said

    async def ask(self, what: str) -> dict[str, Any]:
        """GET from its panel."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/_panel/{what}") as answer:
            said: dict[str, Any] = orjson.loads(await answer.read())
            return said


@asynccontextmanager
async def portal(folder: Path) -> AsyncIterator[Target[PortalEffect]]:
    """A portal that does every step it is sent, so that every repeat shows in its log."""
    switches = ("--set", "dedupe_progress=false")
    async with _target("national_portal", folder, PortalEffect, *switches) as target:
        yield target


@asynccontextmanager
async def payment(folder: Path, callbacks: str) -> AsyncIterator[Target[CommonEffect]]:
    """A payment platform that notifies the province at `callbacks`."""
    pauses = "notice_pauses=[0.5,1,2,4,8]"
    async with _target("payment", folder, CommonEffect, "--set", f"callbacks={callbacks}", "--set", pauses) as target:
        yield target


@asynccontextmanager
async def _target(name: str, folder: Path, kind: Callable[..., E], *switches: str) -> AsyncIterator[Target[E]]:
    port, effects = free_port(), folder / f"{name}.effects.ndjson"
    url = f"http://127.0.0.1:{port}"
    command = ["-m", f"adapters.{name}.simulator", "--port", str(port), "--log", str(effects), *switches]
    program = Program(name, python(*command), folder / f"{name}.log", ready=lambda: answers(f"{url}/_panel/faults"))
    await program.start()
    try:
        yield Target(name, url, effects, kind)
    finally:
        await program.kill()


async def answers(url: str) -> bool:
    """Whether something says 200 there."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as http, http.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
