"""What the commands about replay jobs take, as JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_BYTES = 1 << 20
MOST_IDS = 10_000

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 500}
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
        **dict.fromkeys(_WORDS, _TEXT),
        "ids": {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MOST_IDS},
    },
    "minProperties": 1,
    "additionalProperties": False,
}
_REASON: dict[str, Any] = {
    "type": "object",
    "properties": {"reason": _TEXT},
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
            "reason": _TEXT,
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
