"""Turns whatever goes wrong under a request into one problem document, and tells metrics and log about it.

A client's mistake is one line with its codes; only a fault of ours is logged with a traceback.
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from gateway.errors import GoneError, IntakeError, LedgerUnavailable, NotFoundError, StateError
from gateway.intake import problem
from gateway.intake.messages import ledger_unavailable
from gateway.intake.refusals import Refusals
from gateway.intake.views import not_found
from gateway.security.key_file import SealError
from gateway.telemetry.metrics import DoorMetrics

log: Any = structlog.get_logger(__name__)


def problems(metrics: DoorMetrics, refusals: Refusals | None = None) -> Middleware:
    """The middleware; it must be the outermost one. `refusals` writes what is for the audit."""

    # aiohttp passes the second parameter by keyword: it must be called `handler`.
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            _refuse_tricks(request)
            return await handler(request)
        except web.HTTPException as exc:
            if exc.status < 400:
                raise
            error = framework_error(exc.status)
            if hdrs.ALLOW in exc.headers:
                headers[hdrs.ALLOW] = exc.headers[hdrs.ALLOW]
        except ConnectionResetError:
            raise
        except Exception as exc:
            told = _told(exc)
            if told is None:
                log.exception("intake.failed", method=request.method, path=_route(request))
            error = told or framework_error(500)
        metrics.rejected(error.reason)
        if error.status < 500:
            log.info("intake.refused", status=error.status, reason=error.reason, path=_route(request))
            if refusals is not None:
                await refusals.of(request, error)
        response = problem.response(error, headers)
        if request.content.exception() is not None:
            response.force_close()  # what broke in transfer cannot be read past: the sender must know it goes
        return response

    return answer


def _told(exc: Exception) -> IntakeError | None:
    """What an error of ours means to the one who called; None for a fault that nobody foresaw."""
    match exc:
        case IntakeError():
            return exc
        case GoneError() | StateError():
            vi, _, en = str(exc).partition(" / ")
            return problem.refusal(*(409, "STATE") if isinstance(exc, StateError) else (410, "REMOVED"), vi, en)
        case NotFoundError():
            return not_found()
        case LedgerUnavailable():
            return ledger_unavailable()
        case SealError():
            return problem.sealed(exc)
    return None


_TRICKS = re.compile(r"//|\\|^/v1/.*%00|/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def _refuse_tricks(request: web.Request) -> None:
    """A path that a server in front may read as another one than we do leads nowhere. Raises `IntakeError` 404.

    A backslash, empty and dot segments, encoded dots too; below /v1/ also NUL, which not every database takes. No route
    and no id holds them.
    """
    path = request.raw_path.partition("?")[0]
    if not path.startswith("/"):  # the whole address, as to a proxy (RFC 9112, 3.2.2)
        path = "/" + path.partition("://")[2].partition("/")[2]
    if _TRICKS.search(path):
        raise not_found()


def framework_error(status: int) -> IntakeError:
    """An error the HTTP machinery found, in our words."""
    match status:
        case 404:
            return not_found()
        case 405:
            vi, en = "Xem tiêu đề Allow và /docs.", "See the Allow header and /docs."
            code = "METHOD_NOT_ALLOWED"
        case 500:
            vi = "Lỗi bên trong trục, đã được ghi lại. Hãy gửi lại nguyên vẹn: thông điệp không bị nhân đôi."
            en = "A fault inside the gateway; it was logged. Send the same message again: it will not be doubled."
            code = "INTERNAL"
        case 417:
            vi, en = "Chỉ nhận Expect: 100-continue.", "Only Expect: 100-continue is taken."
            code = "EXPECTATION"
        case _:
            vi = "Yêu cầu HTTP không đúng; hãy kiểm tra phần mềm gửi."
            en = "The HTTP request is malformed; check the sending software."
            code = "HTTP_MALFORMED" if status == 400 else f"HTTP_{status}"
    return problem.refusal(status, code, vi, en)


def _route(request: web.Request) -> str:
    """The route's own form of the path, never what was typed into it."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"
