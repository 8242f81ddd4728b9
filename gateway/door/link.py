"""Calls between two processes of one gateway over a pair of connected sockets that nobody else has.

Everything said in one turn of the loop travels together. Both ends run the same code as the same user and inherited the
pair, so values travel as pickles; a link is never made to anything that was not started by us.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
from collections.abc import Callable
from itertools import count
from typing import Any, cast

import structlog

from gateway.errors import LedgerUnavailable

log = structlog.get_logger(__name__)

_LENGTH = struct.Struct("!I")
_CALL, _RESULT, _ERROR = range(3)

Handle = Callable[..., Any]
"""(name of what is asked, *its arguments) -> an awaitable, or anything else for what needs no answer."""


class LinkLostError(LedgerUnavailable):
    """The process at the other end is gone; what was asked may or may not have happened there."""


class Link(asyncio.Protocol):
    """One end. `handle` answers the other end's calls; `lost` is told once when the other end is gone."""

    def __init__(self, handle: Handle, lost: Callable[[], None] = lambda: None) -> None:
        self._handle = handle
        self._lost = lost
        self._numbers = count(1)
        self._open: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._said: list[tuple[int, int, Any]] = []
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    async def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Ask the other end; its answer, or what it raised. Raises `LinkLostError` when it is gone."""
        if self._transport is None:
            raise LinkLostError("the gateway's other process is gone")
        number = next(self._numbers)
        future = self._open[number] = asyncio.get_running_loop().create_future()
        self._say(_CALL, number, (name, arguments, named))
        return await future

    def tell(self, name: str, *arguments: Any) -> None:
        """Say something that wants no answer."""
        self._say(_CALL, 0, (name, arguments, {}))

    def close(self) -> None:
        """Say what is still to be said, then hang up."""
        if self._transport is not None:
            self._flush()
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # a socket pair reads and writes

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio tells it, nobody needs it
        self._transport = None
        for future in self._open.values():
            if not future.done():
                future.set_exception(LinkLostError("the gateway's other process is gone"))
        self._open.clear()
        self._lost()

    def data_received(self, data: bytes) -> None:
        self._received += data
        start = 0
        while len(self._received) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._received, start)
            end = start + _LENGTH.size + length
            if len(self._received) < end:
                break
            for said in pickle.loads(memoryview(self._received)[start + _LENGTH.size : end]):  # noqa: S301 - ours
                self._hear(*said)
            start = end
        if start:
            del self._received[:start]

    def _hear(self, kind: int, number: int, what: Any) -> None:
        if kind == _CALL:
            if number:
                task = asyncio.get_running_loop().create_task(self._answer(number, *what))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                name, arguments, _ = what
                self._handle(name, *arguments)
            return
        future = self._open.pop(number, None)
        if future is None or future.done():
            return  # whoever asked has gone away in the meantime
        if kind == _ERROR:
            future.set_exception(_error(*what))
        else:
            future.set_result(what)

    async def _answer(self, number: int, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        try:
            self._say(_RESULT, number, await self._handle(name, *arguments, **named))
        except Exception as exc:  # noqa: BLE001 - whoever asked must hear of it
            self._say(_ERROR, number, (type(exc), exc.args, exc.__dict__))

    def _say(self, kind: int, number: int, what: Any) -> None:
        if not self._said:
            asyncio.get_running_loop().call_soon(self._flush)
        self._said.append((kind, number, what))

    def _flush(self) -> None:
        said, self._said = self._said, []
        if said and self._transport is not None:
            try:
                body = pickle.dumps(said, protocol=5)
            except Exception:  # noqa: BLE001 - one of them cannot travel; whoever waits for it must hear that
                body = pickle.dumps([one for one in said if self._travels(one)], protocol=5)
            self._transport.write(_LENGTH.pack(len(body)) + body)

    def _travels(self, said: tuple[int, int, Any]) -> bool:
        """Whether this can be sent; if not, its caller is told, here or at the other end."""
        try:
            pickle.dumps(said, protocol=5)
        except Exception as exc:
            kind, number, _ = said
            log.exception("link.cannot_travel")
            if kind == _CALL and number:
                self._hear(_ERROR, number, (type(exc), exc.args, {}))
            elif kind != _CALL:
                self._say(_ERROR, number, (TypeError, (f"the answer cannot travel: {type(exc).__name__}",), {}))
            return False
        return True


def _error(kind: type[Exception], arguments: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """The error as it was raised over there, whatever its constructor wants."""
    made = kind.__new__(kind)
    made.args = arguments
    made.__dict__.update(state)
    return made
