"""The live tail over HTTP, as Server-Sent Events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from gateway.intake.gate import caller_of, still_admitted
from gateway.intake.views import known_query
from gateway.telemetry.streaming import FILTERS, Streams

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StreamViews:
    """Answers `/v1/stream`."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {"getStream": self._stream}

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        watcher, may_still = caller_of(request).name, partial(still_admitted, request)
        return await self._streams.events(request, watcher, may_still, known_query(request, FILTERS))
