"""A TCP line between two processes of a test that can be cut, refused, silenced, slowed, and healed again.

It lives in the test's own loop and is told what to do by method calls; each takes effect for the connections there are
and for those that come, until `heal`.
"""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Protocol, Self
from urllib.parse import urlsplit, urlunsplit

_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of a socket whose close is a reset."""

_SO_ATTACH_FILTER = 26
_NOTHING = struct.pack("HBBI", 6, 0, 0, 0)
"""A packet filter (Linux) that lets nothing in: `ret 0`."""


class Way(Enum):
    """Which way bytes travel."""

    UP = "to the server"
    DOWN = "to the client"


BOTH = frozenset(Way)


class Rewriter(Protocol):
    """Changes what one client says before the server hears it; given the bytes in order, cut anywhere."""

    def feed(self, data: bytes) -> bytes: ...


class _Line:
    """One connection: the client's side and, once it is dialled, the server's."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.ends = [client]
        self.torn = False
        """Bytes of it were thrown away: nothing sensible can follow."""
        self.lost = False
        """Nothing passes over it any more, whatever happens to the others."""

    def end(self) -> None:
        """Close what is left of it."""
        if self.torn:
            self.cut()
        for end in self.ends:
            end.close()

    def cut(self) -> None:
        """Reset it on both sides."""
        for end in self.ends:
            with suppress(OSError):
                if (opened := end.get_extra_info("socket")) is not None:
                    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.transport.abort()

    def turn_deaf(self) -> None:
        """The system takes no packet from the client any more, and so answers none."""
        program = ctypes.create_string_buffer(_NOTHING)
        opened = self.ends[0].get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HxxxxxxP", 1, ctypes.addressof(program)))


class Proxy:
    """Use by `async with proxied(host, port)` or `async with proxied_url(url)`."""

    def __init__(self, host: str, port: int, rewriter: Callable[[], Rewriter] | None = None) -> None:
        """`rewriter` makes one per connection."""
        self._target = (host, port)
        self._rewriter = rewriter
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._moving = {way: asyncio.Event() for way in Way}
        self._swallowing: frozenset[Way] = frozenset()
        self._delay = 0.0
        self.port = 0

    @property
    def target_port(self) -> int:
        return self._target[1]

    async def open(self) -> Self:
        """Listen; a second time at the same port as before."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]
        self._let_move()
        return self

    async def close(self) -> None:
        """Cut everything and stop."""
        await self.refuse()
        self.cut()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    # ---- faults

    def cut(self) -> int:
        """Reset every connection there is, on both sides; how many there were. New ones are not affected."""
        lines = list(self._lines)
        for line in lines:
            line.cut()
        return len(lines)

    async def refuse(self) -> None:
        """Nobody listens any more; connections that are there stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def stall(self, ways: frozenset[Way] | Way = BOTH) -> None:
        """Bytes (and ends of connections) wait from now on: a network that is away and comes back."""
        for way in _set(ways):
            self._moving[way].clear()

    def swallow(self, ways: frozenset[Way] | Way = BOTH) -> None:
        """Bytes and ends are thrown away: half-open connections. `heal` resets those that lost any."""
        self._swallowing = _set(ways)

    def lose(self, *, deaf: bool = False) -> int:
        """The connections there are go silent for good, as where a firewall forgot them; how many there were.

        New ones are not affected, and `heal` does not bring these back. `deaf` (Linux only): their bytes are not even
        acknowledged.
        """
        for line in self._lines:
            line.lost = True
            if deaf:
                line.turn_deaf()
        return len(self._lines)

    def delay(self, seconds: float) -> None:
        """Every piece arrives so much later, both ways, in order."""
        self._delay = seconds

    async def heal(self) -> None:
        """As if nothing had been."""
        self._delay, self._swallowing = 0.0, frozenset()
        for line in [line for line in self._lines if line.torn]:
            line.cut()
        self._let_move()
        if self._server is None:
            await self.open()

    # ---- carrying

    def _let_move(self) -> None:
        for moving in self._moving.values():
            moving.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(writer)
        self._lines.add(line)
        task = asyncio.create_task(self._serve(line, reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _serve(self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._moving[Way.UP].wait()
            if Way.UP in self._swallowing:
                await self._swallow_all(line, reader)
                return
            to_client, to_server = await asyncio.open_connection(*self._target)
            line.ends.append(to_server)
            rewriter = self._rewriter() if self._rewriter else None
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(line, Way.UP, reader, to_server, rewriter))
                tasks.create_task(self._carry(line, Way.DOWN, to_client, writer, None))
        except* OSError:
            pass  # one side is gone: so is the other, below
        finally:
            line.end()
            self._lines.discard(line)

    async def _swallow_all(self, line: _Line, reader: asyncio.StreamReader) -> None:
        """A connection made into the void; `heal` cuts it."""
        line.torn = True
        while await reader.read(_CHUNK):
            pass

    async def _carry(
        self,
        line: _Line,
        way: Way,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        rewriter: Rewriter | None,
    ) -> None:
        while True:
            data = await reader.read(_CHUNK)
            if self._delay:
                await asyncio.sleep(self._delay)
            await self._moving[way].wait()
            if line.lost or way in self._swallowing:
                line.torn = line.torn or not line.lost
                if not data:
                    await asyncio.Event().wait()  # the end of it is not told either
                continue
            if not data:
                writer.write_eof()
                return
            writer.write(rewriter.feed(data) if rewriter else data)
            await writer.drain()


@asynccontextmanager
async def proxied(host: str, port: int, rewriter: Callable[[], Rewriter] | None = None) -> AsyncIterator[Proxy]:
    """A line to `host:port`, open until the block ends."""
    proxy = await Proxy(host, port, rewriter).open()
    try:
        yield proxy
    finally:
        await proxy.close()


@asynccontextmanager
async def proxied_url(url: str, rewriter: Callable[[], Rewriter] | None = None) -> AsyncIterator[tuple[Proxy, str]]:
    """A line to the server of an address, and the address that leads through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None, "the address must name host and port"
    async with proxied(parts.hostname, parts.port, rewriter) as proxy:
        yield proxy, through(proxy, url)


def through(proxy: Proxy, url: str) -> str:
    """The address with the line's host and port in place of the server's."""
    parts = urlsplit(url)
    account, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{account}{at}127.0.0.1:{proxy.port}"))


def _set(ways: frozenset[Way] | Way) -> frozenset[Way]:
    return frozenset({ways}) if isinstance(ways, Way) else ways
