"""The real gateway as a process that kills itself with SIGKILL at a named point: `python -m tests.crash.victim`.

Reads one life after the other from its input, a JSON line each, and forks for it, so that the second and all later
lives start in milliseconds. What a life does until it dies is the product's own code on a SQLite file and real HTTP;
the points stand between its parts. Writes JSON lines: `{"pid"}`, `{"address"}` once it takes messages, `{"ended"}` with
the exit code. A life also ends, in good order, when something stands on the input or the input ends.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import orjson
import uvloop
from aiohttp.connector import Connection

from adapters.contract import Adapter, Outbound, Receipt
from adapters.national_portal import adapter as portal
from adapters.transport.http import Answer, Call, Http
from gateway.bootstrap.gateway import Wrap, run_gateway
from gateway.broker.port import Broker, Pack
from gateway.ledger.port import Ledger, NewMessage, Recorded, Settlement
from gateway.settings import LogSettings
from gateway.telemetry import logging as log_setup
from tests.e2e.rig import settings_for

POINTS = (
    "after_accept_commit",
    "before_first_byte",
    "after_first_byte",
    "after_answer",
    "after_settle",
    "before_ack",
)
MOMENT = "moment"
"""Not a point but a time: wherever the process happens to be."""
MARKER = "marker.json"
LOG = "victim.log"
TRIES = 60
"""Each kill uses a try of what was in flight; a schedule of this length outlasts all of them."""

_delivering: ContextVar[str | None] = ContextVar("delivering", default=None)
"""Key of the message that this task hands over."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the gateway: where its data lies, where its portal is, and how it shall end.

    It dies at the `occurrence`-th time it comes to `point`, at the latest `within` seconds after its birth; with
    neither it lives until it is told to stop.
    """

    folder: str
    portal: str
    point: str | None = None
    occurrence: int = 1
    within: float | None = None


class Trap:
    """Counts how often the point was reached, and kills the process when it is time."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._left = life.occurrence

    def step(self, point: str, **evidence: Any) -> None:
        """The process is at `point`: die here if this is the time."""
        if self.is_next(point):
            self.spring(point, evidence)

    def is_next(self, point: str) -> bool:
        """Count one arrival at `point`; whether it is the last."""
        if point != self._life.point:
            return False
        self._left -= 1
        return self._left == 0

    def spring(self, point: str, evidence: Any = None) -> None:
        """Leave the marker, on disk for certain, and die as by `kill -9`."""
        with (Path(self._life.folder) / MARKER).open("wb") as marker:
            marker.write(orjson.dumps({"point": point, "occurrence": self._life.occurrence, **(evidence or {})}))
            marker.flush()
            os.fsync(marker.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


class WatchedLedger:
    """The ledger, with a trap behind two of its commits."""

    def __init__(self, ledger: Ledger, trap: Trap) -> None:
        self._ledger = ledger
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def accept(self, messages: Sequence[NewMessage]) -> list[Recorded]:
        recorded = await self._ledger.accept(messages)
        self._trap.step("after_accept_commit", message=messages[0].source_id)
        return recorded

    async def settle(self, settlement: Settlement) -> bool:
        kept = await self._ledger.settle(settlement)
        if message := _delivering.get():  # else it is the recovery at start that settles
            self._trap.step("after_settle", message=message)
        return kept


class WatchedBroker:
    """The broker, with a trap before its acknowledgement."""

    def __init__(self, broker: Broker, trap: Trap) -> None:
        self._broker = broker
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def ack(self, pack: Pack) -> None:
        self._trap.step("before_ack", deliveries=pack.ids)
        await self._broker.ack(pack)


class WatchedAdapter:
    """The adapter, with a trap behind its receipt; it also notes for the others whose message is under way."""

    def __init__(self, adapter: Adapter, trap: Trap) -> None:
        self._adapter = adapter
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def deliver(self, request: Outbound) -> Receipt:
        message = request.idempotency_key.split()[-1]
        _delivering.set(message)
        receipt = await self._adapter.deliver(request)
        self._trap.step("after_answer", message=message)
        return receipt


class WatchedHttp(Http):
    """The one place where a connection is in hand and nothing is written, with traps right before and right after.

    "After the first byte" means that the portal has the call and has answered, and the gateway has not seen a byte of
    that: from before the first byte nobody reads, so the answer stays in the socket.
    """

    trap: ClassVar[Trap]

    async def _exchange(self, connection: Connection, call: Call, sending: Any) -> Answer:
        if not call.url.path.endswith("/mapi/g"):  # a login
            return await super()._exchange(connection, call, sending)
        self.trap.step("before_first_byte", message=_delivering.get())
        if not self.trap.is_next("after_first_byte"):
            return await super()._exchange(connection, call, sending)
        assert connection.transport is not None
        connection.transport.pause_reading()
        exchange = asyncio.create_task(super()._exchange(connection, call, sending))
        answer = await _unread(connection.transport.get_extra_info("socket").fileno())
        self.trap.spring("after_first_byte", {"message": _delivering.get(), "unread": answer.decode()})
        return await exchange


async def _unread(descriptor: int) -> bytes:
    """What lies in the socket, once something does; it stays there."""
    while not select.select([descriptor], [], [], 0)[0]:
        await asyncio.sleep(0.001)
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        return copy.recv(4096, socket.MSG_PEEK)


async def live(life: Life) -> None:
    """Be the gateway until killed or told to stop."""
    trap = Trap(life)
    if life.within is not None:
        timer = threading.Timer(life.within, trap.spring, (MOMENT,))
        timer.daemon = True
        timer.start()
    WatchedHttp.trap = trap
    portal.Http = WatchedHttp  # type: ignore[attr-defined, misc]
    settings = settings_for(Path(life.folder) / "data", life.portal, retry_schedule=["20ms"] * TRIES)
    wrap = Wrap(
        ledger=lambda port: WatchedLedger(port, trap),
        broker=lambda port: WatchedBroker(port, trap),
        adapter=lambda port: WatchedAdapter(port, trap),
    )
    async with run_gateway(settings, wrap=wrap) as gateway:
        _say(address=gateway.address)
        await _told_to_stop()


async def _told_to_stop() -> None:
    """Until the input holds something. A thread waits: a loop would make the input non-blocking for the parent too."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait() -> None:
        select.select([0], [], [])
        loop.call_soon_threadsafe(told.set)

    threading.Thread(target=wait, daemon=True).start()
    await told.wait()


def _say(**word: Any) -> None:
    os.write(1, orjson.dumps(word) + b"\n")


def _be_born(life: Life) -> None:
    """The child's whole life; never returns."""
    code = 1
    try:
        _say(pid=os.getpid())
        os.dup2(os.open(Path(life.folder) / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        log_setup.configure(LogSettings(level="warning"))
        uvloop.run(live(life))
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Fork for each life asked for, and say how it ended."""
    for line in sys.stdin.buffer:
        if not line.startswith(b"{"):  # "stop", for a life that ended by itself
            continue
        child = os.fork()
        if child == 0:
            _be_born(Life(**orjson.loads(line)))
        _, status = os.waitpid(child, 0)
        _say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
