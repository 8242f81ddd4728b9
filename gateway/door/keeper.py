"""Keeps the door's processes: starts them on one listening socket, answers them, starts again what fell, ends them.

A door holds nothing: killed in the middle of a request, its sender gets no answer and sends the same again. While one
is started anew, connections wait in the socket's queue.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.door.link import Handle, Link
from gateway.errors import ConfigurationError, GatewayError
from gateway.settings import Settings

log: Any = structlog.get_logger(__name__)

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_AGAIN_AFTER = 0.5
"""Seconds before a door that fell is started again, so that one that falls at once does not keep a core busy."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a door is told at its start."""

    settings: Settings
    takes: bool = True
    """Messages and callbacks; else it only shows and steers."""
    console: bool = True
    direct: bool = False
    """It writes to the ledger and publishes itself, instead of asking the gateway at the other end of its link."""


class DoorError(GatewayError):
    """A process of the door could not be started, or ended before it took requests; the lines above say why."""

    def __str__(self) -> str:
        return (
            "Không mở được tiến trình nhận yêu cầu HTTP; nguyên nhân ở các dòng trên. Có thể chạy mọi thứ trong một "
            "tiến trình: LIENTHONG_HTTP__WORKERS=0. / The process that takes HTTP requests did not start; the lines "
            "above say why. Everything can run in one process: LIENTHONG_HTTP__WORKERS=0."
        )


class Keeper:
    """The door's processes of one gateway."""

    def __init__(self, listening: Sequence[socket.socket], charge: Charge, handle: Handle) -> None:
        """`listening`: one socket for each process, which inherits it; they may be the same."""
        self._listening = listening
        self._charge = charge
        self._handle = handle
        self._doors: set[_Door] = set()
        self._closing = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return once every door takes requests. Raises `DoorError` when one does not come to that."""
        try:
            async with asyncio.TaskGroup() as tasks:
                opening = [tasks.create_task(self._open(one)) for one in self._listening]
        except* OSError as exc:
            raise DoorError from exc
        doors = [one.result() for one in opening]
        self._tasks = [asyncio.create_task(self._keep(door), name="door") for door in doors]

    def tell(self, name: str, *arguments: Any) -> None:
        """Say something to every door."""
        for door in self._doors:
            door.link.tell(name, *arguments)

    async def close(self) -> None:
        """Let every door finish what it is answering, then end it."""
        self._closing.set()
        self.tell("stop")
        _, late = await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
        for door in self._doors if late else ():
            door.kill()
        await asyncio.gather(*self._tasks)

    async def _keep(self, door: _Door) -> None:
        while True:
            await door.ended()
            self._doors.discard(door)
            if self._closing.is_set():
                return
            log.error("door.fell", status=door.status)
            await asyncio.sleep(_AGAIN_AFTER)
            again = await self._open_again(door.listening)
            if again is None:
                return
            door = again

    async def _open_again(self, listening: socket.socket) -> _Door | None:
        """Another door; None where the gateway was told to close meanwhile."""
        while not self._closing.is_set():
            try:
                door = await self._open(listening)
            except OSError as exc:
                log.error("door.not_started", error=type(exc).__name__)  # noqa: TRY400 - one line a try is enough
                await asyncio.sleep(_AGAIN_AFTER)
            else:
                if self._closing.is_set():
                    door.link.tell("stop")
                return door
        return None

    async def _open(self, listening: socket.socket) -> _Door:
        door = await _Door.open(listening, self._charge, self._handle)
        self._doors.add(door)
        return door


class _Door:
    """One process and the link to it."""

    def __init__(self, process: asyncio.subprocess.Process, link: Link, listening: socket.socket) -> None:
        self._process = process
        self.link = link
        self.listening = listening

    @classmethod
    async def open(cls, listening: socket.socket, charge: Charge, handle: Handle) -> _Door:
        """Start one; returns when it takes requests."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(name: str, *arguments: Any, **named: Any) -> Any:
            if name != "ready":
                return handle(name, *arguments, **named)
            if not ready.done():
                ready.set_result(None)
            return None

        def lost() -> None:
            if not ready.done():
                ready.set_exception(OSError("the door ended at its start"))

        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.front", str(theirs.fileno()), str(listening.fileno()),
                stdin=asyncio.subprocess.DEVNULL, pass_fds=(theirs.fileno(), listening.fileno()),
            )  # fmt: skip
        _, link = await asyncio.get_running_loop().create_unix_connection(lambda: Link(heard, lost), sock=ours)
        door = cls(process, link, listening)
        link.tell("begin", pickle.dumps(charge))
        try:
            async with asyncio.timeout(_START_SECONDS):
                await ready
        except BaseException:
            door.kill()
            await door.ended()
            raise
        return door

    @property
    def status(self) -> int | None:
        return self._process.returncode

    def kill(self) -> None:
        """End it at once; nothing happens to one that has ended."""
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> None:
        """Wait for its end."""
        await self._process.wait()
        self.link.close()


def listen(settings: Settings, count: int = 1) -> list[socket.socket]:
    """The sockets of the door, all on one port. Raises `ConfigurationError` when the port is taken.

    The kernel spreads connections over them (SO_REUSEPORT); what one door that fell should have taken waits in its
    socket until the next one is there.
    """
    sockets: list[socket.socket] = []
    host, port = settings.http.host, settings.http.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        for _ in range(count):
            one = socket.create_server((host, port), family=family, backlog=1024, reuse_port=count > 1)
            one.setblocking(False)
            os.set_inheritable(one.fileno(), True)
            sockets.append(one)
            port = one.getsockname()[1]
    except OSError as exc:
        for one in sockets:
            one.close()
        raise ConfigurationError(
            [
                (
                    f"http.host, http.port: không nghe được ở / cannot listen on {host}:{port} ({exc.strerror}). "
                    "Chọn cổng khác / choose another port: LIENTHONG_HTTP__PORT=…"
                )
            ]
        ) from None
    return sockets
