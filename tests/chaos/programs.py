"""Processes that are killed, frozen and started again: all parts of an installation, to the one who upsets it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.architecture.tree import ROOT

_PR_SET_PDEATHSIG = 1
_COMPILED = {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache")}
"""A process that is born again a hundred times must not compile everything each time: 5 s of CPU instead of 2."""
READY_WITHIN = 120.0
STOP_WITHIN = 40.0


class ProgramError(AssertionError):
    """A process did not do what it must; says what its log ends with."""


class Program:
    """One process and everything it starts, by one name, over all its lives."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        ready: Callable[[], Awaitable[bool]],
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
        stop_with: signal.Signals = signal.SIGTERM,
        orphaned_with: signal.Signals = signal.SIGKILL,
    ) -> None:
        """`orphaned_with`: what it gets when the test's own process is gone."""
        self.name = name
        self.log = log
        self._command = command
        self._ready = ready
        self.environment = {**(os.environ if environment is None else environment), **_COMPILED}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._user = user
        self._stop_with = stop_with
        self._orphaned_with = orphaned_with
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Live until ready, at once again if it ends before that, as a service manager does. Raises `ProgramError`."""
        deadline = time.monotonic() + READY_WITHIN
        while True:
            await self.spawn()
            try:
                return await self.wait_ready()
            except ProgramError:
                if self.alive or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)

    async def spawn(self) -> None:
        """Begin a life."""
        assert not self.alive, f"{self.name} is alive"
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd="/" if self._user is not None else ROOT, env=self.environment,
                stdin=DEVNULL, stdout=log, stderr=log, start_new_session=True, user=self._user, group=self._user,
                extra_groups=None if self._user is None else [], preexec_fn=self._die_with_parent,
            )  # fmt: skip

    async def wait_ready(self, within: float = READY_WITHIN) -> None:
        """Raises `ProgramError` when it ends, or is not ready in time."""
        try:
            async with asyncio.timeout(within):
                while not await self._ready():
                    if not self.alive:
                        raise self.failed("has ended")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise self.failed(f"was not ready within {within:.0f} s") from None

    async def kill(self) -> None:
        """SIGKILL for it and all it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def stop(self, with_: signal.Signals | None = None) -> None:
        """End it in good order. Raises `ProgramError` when it does not, and kills it."""
        if self._process is None or not self.alive:
            return
        self.thaw()
        self._process.send_signal(with_ or self._stop_with)
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await self._process.wait()
        except TimeoutError:
            raise self.failed(f"did not stop within {STOP_WITHIN:.0f} s") from None
        finally:
            await self.kill()

    def kill_children(self) -> None:
        """SIGKILL only for what it started (proc_pid_task_children(5))."""
        for listed in Path(f"/proc/{self.pid}/task").glob("*/children"):
            for child in listed.read_text("ascii").split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP for it and all it started."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def failed(self, what: str) -> ProgramError:
        tail = self.log.read_text("utf-8", errors="replace")[-3000:] if self.log.exists() else ""
        return ProgramError(f"{self.name} {what}:\n{tail}")

    def _die_with_parent(self) -> None:
        """In the child, before it becomes the program. Linux: the kernel tells it when its parent is gone."""
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, self._orphaned_with)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def python(*words: str) -> list[str]:
    """A command of this very Python."""
    return [sys.executable, *words]
