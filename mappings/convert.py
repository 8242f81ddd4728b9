"""The closed set of converters: each turns one canonical value into the other side's and back.

A converter is a pair of functions over values that are there; absence is the engine's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

To = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Converter:
    """`forward` and `backward` raise `ValueError` for a value of the wrong shape (its text never shows the value)."""

    forward: To
    backward: To


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text expected, got {type(value).__name__}")
    return value


def _moment_forward(value: Any) -> str:
    """RFC 3339 -> yyyyMMddHHmmss in Asia/Ho_Chi_Minh, fractions cut off (integration sheet §11)."""
    text = _text(value)
    if not text.endswith("+07:00"):
        text = datetime.fromisoformat(text).astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M:%S")
    made = text[0:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19]
    if not (made.isascii() and made.isdigit() and len(made) == 14):  # noqa: PLR2004 - yyyyMMddHHmmss
        raise ValueError("a moment like 2025-06-12T08:15:30+07:00 expected")
    return made


_MOMENT = re.compile(r"[0-9]{14}")


def _moment_backward(value: Any) -> str:
    text = _text(value)
    if not _MOMENT.fullmatch(text):
        raise ValueError("a moment like 20250612081530 expected")
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=LOCAL).isoformat()


def _integer_text_forward(value: Any) -> str:
    if type(value) is not int:
        raise ValueError(f"whole number expected, got {type(value).__name__}")
    return str(value)


def _integer_text_backward(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"whole number expected, got {type(value).__name__}")
    text = str(value).strip()
    if not (text.isascii() and text.lstrip("-").isdigit()):
        raise ValueError("whole number expected")
    return int(text)


def _integer_forward(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"whole number expected, got {type(value).__name__}")
    return value


def _boolean(true: str, false: str) -> Converter:
    def forward(value: Any) -> str:
        if type(value) is not bool:
            raise ValueError(f"true or false expected, got {type(value).__name__}")
        return true if value else false

    def backward(value: Any) -> bool:
        text = str(value).strip().lower()
        if text in (true.lower(), false.lower()):
            return text == true.lower()
        raise ValueError(f"{true} or {false} expected")

    return Converter(forward, backward)


_SEPARATORS = str.maketrans("", "", " .-")
_BRANCHED = 13


def _tax_forward(value: Any) -> str:
    """Ten digits, or thirteen with the dash before the branch (codes, tax code)."""
    digits = _text(value).translate(_SEPARATORS)
    return f"{digits[:10]}-{digits[10:]}" if len(digits) == _BRANCHED else digits


CONVERTERS: dict[str, Converter] = {
    "text": Converter(_text, _text),
    "moment": Converter(_moment_forward, _moment_backward),
    "amount": Converter(_integer_text_forward, _integer_text_backward),
    "integer": Converter(_integer_forward, _integer_text_backward),
    "flag": _boolean("1", "0"),
    "true_false": _boolean("True", "False"),
    "tax_code": Converter(_tax_forward, _text),
}
"""Beside these there is `code`, which takes a code list."""
