"""The HTTP server around the app: also what is no HTTP at all gets a problem document, and no traceback is logged.

aiohttp answers malformed requests (bad header bytes, bad request lines) before any middleware, as plain text.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from gateway.errors import IntakeError
from gateway.intake import problem
from gateway.intake.bounds import BOUNDS, Bounds, too_busy, too_slow
from gateway.intake.hardening import harden
from gateway.intake.middleware import framework_error

log: Any = structlog.get_logger(__name__)

_LINGER_SECONDS = 3.0
"""How long what follows a refusal is still read and thrown away, so that the refusal itself is read."""


class _Connection(RequestHandler):
    """One connection whose protocol errors are answered like all other errors, and whose headers must come in time."""

    __slots__ = ("_bounds", "_counted", "_heading")

    def __init__(self, manager: web.Server, bounds: Bounds, **how: Any) -> None:
        super().__init__(manager, **how)
        self._bounds = bounds
        self._counted: str | None = None
        self._heading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._counted = str(peer[0]) if isinstance(peer, tuple) else ""
        if not self._bounds.enter(self._counted):
            self._end(_TOO_BUSY)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._counted is not None:
            self._bounds.leave(self._counted)
            self._counted = None
        self._headed()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        waiter = self._waiter
        if waiter is None or waiter.done():
            self._headed()
        elif self._heading is None:  # bytes came, and still no whole request
            seconds = self._bounds.settings.header_timeout.total_seconds()
            self._heading = self._loop.call_later(seconds, self._late)

    def resume_reading(self, resume_parser: bool = True) -> None:
        # Asked for after every piece of a body that is read; nearly always nothing was held up.
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def _headed(self) -> None:
        if self._heading is not None:
            self._heading.cancel()
            self._heading = None

    def _late(self) -> None:
        self._heading = None
        if self._waiter is not None and not self._waiter.done():
            self._end(_TOO_SLOW)

    def _end(self, answer: bytes) -> None:
        """Say why and close; no handler ever saw the connection."""
        if self.transport is not None:
            self.transport.write(answer)
        log.info("http.turned_away", status=int(answer[9:12]))
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's words may quote what was sent
    ) -> web.StreamResponse:
        if isinstance(exc, ConnectionError):
            raise exc  # the sender is gone: nobody to answer, nothing to report
        if status >= 500:
            log.error("http.failed", status=status, exc_info=exc)
        else:
            log.info("http.malformed", status=status, reason=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun; the connection can only be closed")
        response = problem.response(framework_error(status))
        harden(response.headers)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        # What a sender broke in transfer (bad compression, bad chunks) is met again when aiohttp drains the rest.
        exc = sys.exception() or kw.get("exc_info")
        if isinstance(exc, RequestPayloadError | ConnectionError):
            log.info("http.malformed", status=400, reason=type(exc).__name__)
        else:
            super().log_exception(*args, **kw)


class _Server(web.Server):
    """Makes our connections instead of aiohttp's."""

    bounds: Bounds

    def __call__(self) -> RequestHandler:
        return _Connection(self, self.bounds, loop=self._loop, **self._kwargs)


class IntakeRunner(web.AppRunner):
    """Runs an app as `web.AppRunner` does, with problem documents down to the protocol."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float = 10) -> None:
        """`shutdown_timeout`: seconds that requests under way get to finish."""
        self._bounds = app[BOUNDS]
        idle = self._bounds.settings.idle_timeout.total_seconds()
        super().__init__(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=idle,
            lingering_time=_LINGER_SECONDS,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        server = _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,  # noqa: SLF001 - aiohttp has no public way to choose the connection class
            **made._kwargs,  # noqa: SLF001 - as above
        )
        server.bounds = self._bounds
        return server


def _whole(error: IntakeError, phrase: str) -> bytes:
    """An answer where there is no request to answer."""
    response = problem.response(error)
    harden(response.headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    body = cast("bytes", response.body)
    first = f"HTTP/1.1 {error.status} {phrase}\r\n{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return first.encode() + body


_TOO_BUSY = _whole(too_busy(), "Service Unavailable")
_TOO_SLOW = _whole(too_slow(), "Request Timeout")
