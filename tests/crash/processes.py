"""The other processes of a crash test: the gateway that dies and is born again, and the portal that outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.national_portal.simulator import Effect
from tests.crash.victim import Life

_ROOT = Path(__file__).parents[2]
_PATIENCE = 20


class Birth:
    """A life under way, as seen from outside."""

    def __init__(self) -> None:
        self.pid = 0
        self.address = ""
        self.ready = asyncio.Event()
        """It takes messages at `address`, or has ended before it could."""
        self.ended = asyncio.Event()
        self.code: int | None = None


class Victims:
    """Lives of the gateway, one after the other."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._reading: asyncio.Task[None] | None = None

    def begin(self, life: Life) -> Birth:
        """Start a life; the one before must have ended."""
        birth = Birth()
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(life) + b"\n")
        self._reading = asyncio.create_task(self._read(birth))
        return birth

    async def end(self, birth: Birth) -> None:
        """Tell a life to stop; one that does not is killed."""
        if birth.ended.is_set():
            return
        assert self._process.stdin is not None
        self._process.stdin.write(b"stop\n")
        try:
            async with asyncio.timeout(_PATIENCE):
                await birth.ended.wait()
        except TimeoutError:
            os.kill(birth.pid, signal.SIGKILL)
            await birth.ended.wait()
            raise

    async def _read(self, birth: Birth) -> None:
        assert self._process.stdout is not None
        while birth.code is None:
            line = await self._process.stdout.readline()
            word: dict[str, Any] = orjson.loads(line) if line else {"ended": 1}
            birth.pid = word.get("pid", birth.pid)
            birth.code = word.get("ended")
            if "address" in word:
                birth.address = word["address"]
                birth.ready.set()
        birth.ended.set()
        birth.ready.set()


class Portal:
    """The simulated portal in a process of its own, with its effects on file."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def effects(self) -> list[Effect]:
        """Everything it has done, from its log."""
        return [Effect(**orjson.loads(line)) for line in self._log.read_bytes().splitlines()]

    async def settled_effects(self) -> list[Effect]:
        """The same, once whatever lies in its sockets was read: two rounds of questions come behind all of it."""
        async with aiohttp.ClientSession() as http:
            for _ in range(2):
                async with http.get(f"{self.url}/_panel/effects", params={"after": str(len(self.effects()))}) as answer:
                    await answer.read()
        return self.effects()

    async def reset(self) -> None:
        """Forget everything."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/_panel/reset") as answer:
            assert answer.status == 200


@asynccontextmanager
async def victims() -> AsyncIterator[Victims]:
    """Make the process that lives are forked from."""
    async with _process("tests.crash.victim") as process:
        yield Victims(process)


@asynccontextmanager
async def portal(log: Path, *switches: str) -> AsyncIterator[Portal]:
    """Start a portal with these switches (`dedupe_progress=false`)."""
    options = ["--port", "0", "--log", str(log)]
    for switch in switches:
        options += ["--set", switch]
    async with _process("adapters.national_portal.simulator", *options) as process:
        assert process.stdout is not None
        word, url = (await process.stdout.readline()).decode().split()
        assert word == "ready"
        try:
            yield Portal(url, log)
        finally:
            process.terminate()


@asynccontextmanager
async def _process(module: str, *options: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *options, cwd=_ROOT, stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
