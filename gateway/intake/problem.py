"""Errors as RFC 9457 problem documents: one form for everything a sender can be told, Vietnamese first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from aiohttp import web

from gateway.errors import IntakeError, Problem
from gateway.security.key_file import SealError
from gateway.security.seal import ShreddedError

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 1000
"""More errors than this are counted, not listed."""

KINDS: Mapping[int, tuple[str, str, str]] = {
    400: ("unreadable", "Không đọc được", "Cannot be read"),
    401: ("unauthenticated", "Chưa xác thực", "Not authenticated"),
    403: ("forbidden", "Không được phép", "Not allowed"),
    404: ("not-found", "Không tìm thấy", "Not found"),
    405: ("method", "Phương thức không dùng được ở đây", "Method not allowed here"),
    408: ("stalled", "Gửi dở dang", "Stopped in the middle"),
    409: ("conflict", "Mâu thuẫn", "Conflict"),
    410: ("gone", "Không còn nữa", "Gone"),
    413: ("too-large", "Quá lớn", "Too large"),
    415: ("content-type", "Loại nội dung không nhận", "Content type not taken"),
    422: ("schema", "Đọc được nhưng sai", "Read, but wrong"),
    429: ("too-many", "Quá nhiều, hãy chờ", "Too many, wait"),
    500: ("internal", "Lỗi bên trong", "Internal error"),
    503: ("unavailable", "Tạm thời không nhận được", "Cannot take anything now"),
}
"""HTTP status -> (anchor on /docs/problems, title in Vietnamese, title in English)."""


def refusal(status: int, code: str, vi: str, en: str, pointer: str = "") -> IntakeError:
    """An `IntakeError` about one thing at one place."""
    message = f"{vi} / {en}"
    return IntakeError(status, title(status), message, (Problem(pointer, code, message),), reason=code)


def invalid(problems: Iterable[Problem]) -> IntakeError:
    """The 422 that lists everything wrong with what was sent."""
    found = tuple(problems)
    count = len(found)
    detail = (
        f"Có {count} lỗi; chưa có gì được lưu. Hãy sửa theo danh sách errors rồi gửi lại. / "
        f"{count} error(s); nothing was stored. Correct what errors lists and send again."
    )
    return IntakeError(422, title(422), detail, found)


def sealed(exc: SealError) -> IntakeError:
    """410 for a body whose time is over, 503 for one that the ring cannot open now."""
    vi, _, en = str(exc).partition(" / ")
    return refusal(*(410, "BODY_SHREDDED") if isinstance(exc, ShreddedError) else (503, "KEYS_UNREADABLE"), vi, en)


def below(error: IntakeError, prefix: str) -> IntakeError:
    """The same error about something that stands further down in what was sent."""
    moved = tuple(Problem(prefix + one.pointer, one.code, one.message) for one in error.problems)
    return IntakeError(
        error.status, error.title, error.detail, moved, reason=error.reason, retry_after=error.retry_after,
        headers=error.headers,
    )  # fmt: skip


def title(status: int) -> str:
    """The title of a status, in both languages."""
    _, vi, en = KINDS.get(status, ("http", "Yêu cầu không được nhận", "Request not taken"))
    return f"{vi} / {en}"


def document(error: IntakeError) -> dict[str, Any]:
    """The problem document of an error."""
    anchor = KINDS.get(error.status, ("http",))[0]
    return {
        "type": f"/docs/problems#{anchor}",
        "title": title(error.status),
        "status": error.status,
        "detail": error.detail,
        "errors": as_list(listed(error)),
    }


def listed(error: IntakeError) -> tuple[Problem, ...]:
    """The problems of an error that are told one by one."""
    return (error.problems or (Problem("", error.reason.upper(), error.detail),))[:MOST_ERRORS]


def as_list(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as the `errors` and `warnings` of an answer."""
    return [{"pointer": one.pointer, "code": one.code, "message": one.message} for one in problems]


def response(error: IntakeError, headers: Mapping[str, str] | None = None) -> web.Response:
    """The HTTP answer of an error."""
    out = {"Content-Type": CONTENT_TYPE, **error.headers, **(headers or {})}
    if error.status == 401:
        out["WWW-Authenticate"] = 'Bearer realm="lienthong"'
    if error.retry_after is not None:
        out["Retry-After"] = str(error.retry_after)
    elif error.status in (429, 503):
        out.setdefault("Retry-After", "5")
    return web.Response(status=error.status, body=orjson.dumps(document(error)), headers=out)
