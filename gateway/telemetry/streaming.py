"""Server-Sent Events over the tail: filtered, bounded for each watcher, saying how many were left out.

A stream lasts as long as its watcher may watch: that is asked again and again, for no request of theirs comes by.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import hdrs, web

from gateway.errors import IntakeError, LedgerUnavailable, Problem
from gateway.telemetry.tail import Place, Told, Watched

FILTERS = ("destination", "state", "type", "subject", "what")
ASK_EVERY = 10.0
"""Seconds for which it counts that a watcher may watch."""
MOST_OPEN = 200
"""Streams of one process; each wakes whenever anything happens."""
MOST_OF_ONE = 20
"""Of these, streams of one watcher."""
WRITE_WITHIN = 20.0
"""Seconds in which a watcher takes what is written; whoever reads nothing is not asked whether it may watch, either."""
_AGAIN_IN = 15
_PLACE = re.compile(r"([0-9a-f]{8})-([0-9]{1,15})")
_WAIT = 10.0
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


MayStill = Callable[[], Awaitable[bool]]
"""Whether who opened a stream may watch it now; asking does not count as using a session."""


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
        self._open: dict[asyncio.Task[object], str] = {}
        """Each with whose it is."""

    def watched(self) -> bool:
        """Whether anybody watches here."""
        return bool(self._open)

    async def close(self, _: object = None) -> None:
        """End every stream; browsers come back by themselves."""
        for task in self._open:
            task.cancel()

    async def events(
        self, request: web.Request, watcher: str, may_still: MayStill, filters: Mapping[str, str]
    ) -> web.StreamResponse:
        """Every event that fits, until the watcher goes or may watch no more; from the event on that it saw last.

        It ends, too, for whoever does not take what is written. `watcher`: whose streams are counted together. Raises
        `IntakeError` 503 where too many watch already.
        """
        return await self._serve(request, watcher, may_still, self._told(_last(request), Wanted(filters)))

    async def changes(
        self, request: web.Request, watcher: str, may_still: MayStill, name: str, every: float
    ) -> web.StreamResponse:
        """One event of that name whenever anything happened, at most one in so many seconds. Ends as `events`."""
        return await self._serve(request, watcher, may_still, self._changed(name, every))

    async def _serve(
        self, request: web.Request, watcher: str, may_still: MayStill, parts: AsyncIterator[bytes]
    ) -> web.StreamResponse:
        if len(self._open) >= MOST_OPEN or sum(one == watcher for one in self._open.values()) >= MOST_OF_ONE:
            raise _too_many()
        response = web.StreamResponse(headers=_HEADERS)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - aiohttp runs every handler in one
        self._open[task] = watcher
        asked_at = time.monotonic()
        try:
            await response.prepare(request)
            async for part in parts:
                if time.monotonic() - asked_at >= ASK_EVERY:
                    if not await _may(may_still):
                        break
                    asked_at = time.monotonic()
                async with asyncio.timeout(WRITE_WITHIN):
                    await response.write(part)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # what is still to be written would be waited for
        except (ConnectionResetError, asyncio.CancelledError):
            pass  # whoever watched is gone, or this process closes
        finally:
            del self._open[task]
        return response

    async def _told(self, place: Place | None, wanted: Wanted) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        while True:
            seen = await self._tail.after(place, _WAIT, _MOST_AT_ONCE)
            place = seen.place
            chosen = [one for one in seen.events if wanted.has(one)]
            if seen.lost != 0:  # not known: null
                yield event("left_out", {"count": seen.lost}, place)
            if chosen:
                yield b"".join(event(_name(one), shown(one), one.place) for one in chosen)
            elif seen.lost == 0:
                yield b": \n\n"
            await asyncio.sleep(_PAUSE)

    async def _changed(self, name: str, every: float) -> AsyncIterator[bytes]:
        place: Place | None = None
        while True:
            seen = await self._tail.after(place, _WAIT, 1)
            happened = (place is not None and seen.place != place) or bool(seen.events)
            place = seen.place
            yield event(name, {}, place) if happened else b": \n\n"
            await asyncio.sleep(every)


def event(name: str, data: object, place: Place) -> bytes:
    """One event as it goes out."""
    return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
        place.tail.encode(),
        place.number,
        name.encode(),
        orjson.dumps(data),
    )


def shown(one: Told) -> dict[str, object]:
    """What a watcher is told: ids, type and states."""
    return {"at": one.at.isoformat(timespec="milliseconds"), **one.what._asdict()}


def _name(one: Told) -> str:
    """accepted: a message came in; attempt: one did not end it; settled: it did."""
    if one.what.what == "message":
        return "accepted"
    return "attempt" if one.what.state in ("waiting", "pending", "uncertain") else "settled"


def _last(request: web.Request) -> Place | None:
    told = _PLACE.fullmatch(request.headers.get("Last-Event-ID", ""))
    return Place(told[1], int(told[2])) if told else None


async def _may(may_still: MayStill) -> bool:
    """While the ledger is away nobody can say, and nothing happens that could be told."""
    try:
        return await may_still()
    except LedgerUnavailable:
        return True


def _too_many() -> IntakeError:
    title = "Tạm thời không nhận được / Cannot take anything now"
    told = (
        "Quá nhiều người đang theo dõi trực tiếp; hãy đóng bớt trang, hoặc thử lại sau. / Too many watch the live tail "
        "already; close some pages, or try again later."
    )
    return IntakeError(503, title, told, (Problem("", "STREAMS", told),), retry_after=_AGAIN_IN)
