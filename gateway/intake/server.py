"""The HTTP server around the app: also what is no HTTP at all gets a problem document, and no traceback is logged.

aiohttp answers malformed requests (bad header bytes, bad request lines) before any middleware, as plain text.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from gateway.intake import problem
from gateway.intake.middleware import framework_error

log: Any = structlog.get_logger(__name__)


class _Connection(RequestHandler):
    """One connection whose protocol errors are answered like all other errors."""

    __slots__ = ()

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

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class IntakeRunner(web.AppRunner):
    """Runs an app as `web.AppRunner` does, with problem documents down to the protocol."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float = 10) -> None:
        """`shutdown_timeout`: seconds that requests under way get to finish."""
        super().__init__(app, access_log=None, handle_signals=False, shutdown_timeout=shutdown_timeout)

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,  # noqa: SLF001 - aiohttp has no public way to choose the connection class
            **made._kwargs,  # noqa: SLF001 - as above
        )
