"""Replay jobs over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, PAGE, Access, Route


def _replays(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about replay jobs: viewers look, operators steer."""
    access: Access = "operator" if method == "POST" else "viewer"
    more = {"takes": (body.JSON,), "fails": COMMAND_FAILS, **more} if method == "POST" else more
    return Route(method, f"/v1/replays{path}", name, vi, en, access, **more)


ROUTES = (
    _replays(
        "POST",
        "",
        "createReplay",
        "Gửi lại hàng loạt: không có digest thì chỉ lập kế hoạch",
        "Replay many: without a digest, only plan it",
        gives=((200, body.JSON), (201, body.JSON)),
    ),
    _replays("GET", "", "listReplays", "Các đợt gửi lại", "Replay jobs, newest first", query=PAGE, fails=(403, 422)),
    _replays(
        "GET",
        "/{id}",
        "getReplay",
        "Một đợt gửi lại: tiến độ từng bước, và một trang danh sách",
        "One replay job: how each step went, and a page of its list",
        query=("state", *PAGE),
        fails=(403, 404, 422),
    ),
    _replays("POST", "/{id}/pause", "pauseReplay", "Tạm dừng", "Pause it"),
    _replays("POST", "/{id}/continue", "continueReplay", "Chạy tiếp", "Let it go on"),
    _replays(
        "POST",
        "/{id}/cancel",
        "cancelReplay",
        "Hủy: lượt chưa gửi vẫn dừng như trước",
        "Cancel it: what was not sent stays dead as before",
    ),
)

MOST_BYTES = 1 << 20
MOST_IDS = 10_000

_WORD: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 500}
_WORDS = (
    "destination",
    "operation",
    "error_class",
    "code",
    "field",
    "type",
    "subject",
    "since",
    "until",
    "group",
    "failed_of",
)
_FILTER: dict[str, Any] = {
    "type": "object",
    "description": "Lượt gửi đã dừng nào: mọi điều kiện cùng đúng / which dead deliveries: all that is said holds",
    "properties": {
        **dict.fromkeys(_WORDS, _WORD),
        "ids": {"type": "array", "items": _WORD, "minItems": 1, "maxItems": MOST_IDS},
    },
    "minProperties": 1,
    "additionalProperties": False,
}
_REASON: dict[str, Any] = {
    "type": "object",
    "properties": {"reason": _WORD},
    "required": ["reason"],
    "additionalProperties": False,
}

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "createReplay": {
        "type": "object",
        "properties": {
            "filter": _FILTER,
            "mapping": {
                "enum": ["now", "then"],
                "description": "bảng dịch hiện hành hay của lúc đó / the mapping in force, or the one of then",
            },
            "dry_run": {"type": "boolean", "description": "chỉ lập kế hoạch / only plan"},
            "digest": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "của kế hoạch đã xem; không có: chỉ lập kế hoạch / of the plan seen; else only plan",
            },
            "reason": _WORD,
            "max_failure_rate": {"type": "number", "minimum": 0, "maximum": 1},
            "max_seconds": {"type": "number", "minimum": 0, "maximum": 3600},
        },
        "required": ["filter"],
        "additionalProperties": False,
    },
    "pauseReplay": _REASON,
    "continueReplay": _REASON,
    "cancelReplay": _REASON,
}
