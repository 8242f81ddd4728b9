"""Server-Sent Events over the tail: filtered, bounded for each watcher, saying how many were left out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import hdrs, web

from gateway.telemetry.tail import Told, Watched

FILTERS = ("destination", "state", "type", "subject", "what")
_WAIT = 15.0
"""Seconds without news after which a comment is sent, so that whatever stands between does not hang up."""
_PAUSE = 0.25
_MOST_AT_ONCE = 200
"""Events of one pause: 800 a second; a page cannot show more, and whoever wants all reads the ledger."""
_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a watcher wants to hear; empty means everything."""

    filters: Mapping[str, str]

    def has(self, one: Told) -> bool:
        """Whether it is wanted."""
        return all(str(getattr(one.what, name)) == value for name, value in self.filters.items())


class Streams:
    """The streams of one process; they end when it closes, else it would wait for them."""

    def __init__(self, tail: Watched) -> None:
        self._tail = tail
        self._open: set[asyncio.Task[object]] = set()

    def watched(self) -> bool:
        """Whether anybody watches here."""
        return bool(self._open)

    async def close(self, _: object = None) -> None:
        """End every stream; browsers come back by themselves."""
        for task in self._open:
            task.cancel()

    async def events(self, request: web.Request, filters: Mapping[str, str]) -> web.StreamResponse:
        """Every event that fits, until the watcher goes; from the event on that it saw last."""
        return await self._serve(request, self._told(_last(request), Wanted(filters)))

    async def changes(self, request: web.Request, name: str, every: float) -> web.StreamResponse:
        """One event of that name whenever anything happened, at most one in so many seconds."""
        return await self._serve(request, self._changed(name, every))

    async def _serve(self, request: web.Request, parts: AsyncIterator[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - aiohttp runs every handler in one
        self._open.add(task)
        try:
            async for part in parts:
                await response.write(part)
        except (ConnectionResetError, asyncio.CancelledError):
            pass  # whoever watched is gone, or this process closes
        finally:
            self._open.discard(task)
        return response

    async def _told(self, place: int | None, wanted: Wanted) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        while True:
            seen = await self._tail.after(place, _WAIT, _MOST_AT_ONCE)
            place = seen.place
            chosen = [one for one in seen.events if wanted.has(one)]
            if seen.lost:
                yield event("left_out", {"count": seen.lost}, place)
            if chosen:
                yield b"".join(event(_name(one), shown(one), one.place) for one in chosen)
            elif not seen.lost:
                yield b": \n\n"
            await asyncio.sleep(_PAUSE)

    async def _changed(self, name: str, every: float) -> AsyncIterator[bytes]:
        place: int | None = None
        while True:
            seen = await self._tail.after(place, _WAIT, 1)
            happened = (place is not None and seen.place > place) or bool(seen.events)
            place = seen.place
            yield event(name, {}, place) if happened else b": \n\n"
            await asyncio.sleep(every)


def event(name: str, data: object, place: int) -> bytes:
    """One event as it goes out."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (place, name.encode(), orjson.dumps(data))


def shown(one: Told) -> dict[str, object]:
    """What a watcher is told: ids, type and states."""
    return {"at": one.at.isoformat(timespec="milliseconds"), **one.what._asdict()}


def _name(one: Told) -> str:
    """accepted: a message came in; attempt: one did not end it; settled: it did."""
    if one.what.what == "message":
        return "accepted"
    return "attempt" if one.what.state in ("waiting", "pending", "uncertain") else "settled"


def _last(request: web.Request) -> int | None:
    told = request.headers.get("Last-Event-ID", "")
    return int(told) if told.isdecimal() and len(told) <= 18 else None
