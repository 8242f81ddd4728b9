"""The closed set of converters: each turns one canonical value into the other side's and back.

A converter is a pair of functions over values that are there; absence is the engine's business. Forward is strict, for
what comes in was judged at the door; backward is forgiving, for other systems send numbers where texts are meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""A fixed offset, also for the years before 1975 in which the south kept another time: the wire knows only +07:00."""

To = Callable[[Any], Any]


class ShapeError(ValueError):
    """A value of the wrong shape. Says what should have stood there, never what did."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


@dataclass(frozen=True, slots=True)
class Converter:
    """`forward` and `backward` raise `ShapeError`."""

    forward: To
    backward: To


def text(value: Any) -> str:
    """Text in NFC: its length counts code points as people see them, and equal words are equal."""
    if type(value) is not str:
        raise ShapeError("cần chuỗi ký tự", "text is expected")
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def read_text(value: Any) -> str:
    """The other side's text, numbers included."""
    return str(value) if type(value) is int else text(value)


_MOMENT = re.compile(r"[0-9]{14}")


def moment(value: Any) -> str:
    """RFC 3339 -> yyyyMMddHHmmss at +07:00, fractions cut off (integration sheet §11)."""
    try:
        parsed = datetime.fromisoformat(value)
        if not value.endswith("+07:00"):
            value = _at_vietnam(parsed).isoformat()
    except (TypeError, ValueError, OverflowError):
        raise _no_moment("2025-06-12T08:15:30+07:00") from None
    made: str = value[0:4] + value[5:7] + value[8:10] + value[11:13] + value[14:16] + value[17:19]
    if not _MOMENT.fullmatch(made):  # a spelling of ISO 8601 that is not RFC 3339
        raise _no_moment("2025-06-12T08:15:30+07:00")
    return made


def _at_vietnam(parsed: datetime) -> datetime:
    if parsed.tzinfo is None:
        raise ValueError("no offset, so no moment")
    return parsed.astimezone(VIETNAM)


def read_moment(value: Any) -> str:
    """The fourteen digits of the wire -> RFC 3339 at +07:00."""
    digits = read_text(value)
    try:
        if _MOMENT.fullmatch(digits):
            return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}").replace(tzinfo=VIETNAM).isoformat()
    except ValueError:  # fourteen digits that are no moment
        pass
    raise _no_moment("20250612081530")


def _no_moment(example: str) -> ShapeError:
    return ShapeError(f"cần một thời điểm có thật như {example}", f"a real moment like {example} is expected")


_WHOLE = re.compile(r"-?[0-9]{1,18}")


def integer(value: Any) -> int:
    if type(value) is not int:
        raise _no_integer()
    return value


def read_integer(value: Any) -> int:
    """A whole number, written as one or as text."""
    digits = read_text(value).strip()
    if not _WHOLE.fullmatch(digits):
        raise _no_integer()
    return int(digits)


def _no_integer() -> ShapeError:
    return ShapeError("cần số nguyên", "a whole number is expected")


def _boolean(true: str, false: str) -> Converter:
    words = {true.lower(): True, false.lower(): False}

    def forward(value: Any) -> str:
        if type(value) is not bool:
            raise ShapeError("cần true hoặc false", "true or false is expected")
        return true if value else false

    def backward(value: Any) -> bool:
        found = words.get(str(value).strip().lower())
        if found is None:
            raise ShapeError(f"cần {true} hoặc {false}", f"{true} or {false} is expected")
        return found

    return Converter(forward, backward)


_SEPARATORS = str.maketrans("", "", " .-")


def tax_code(value: Any) -> str:
    """Ten digits, thirteen with the dash before the branch, or twelve where a citizen number serves as one."""
    digits = text(value).translate(_SEPARATORS)
    return f"{digits[:10]}-{digits[10:]}" if len(digits) == 13 else digits


CONVERTERS: dict[str, Converter] = {
    "text": Converter(text, read_text),
    "moment": Converter(moment, read_moment),
    "amount": Converter(lambda value: str(integer(value)), read_integer),
    "integer": Converter(integer, read_integer),
    "flag": _boolean("1", "0"),
    "true_false": _boolean("True", "False"),
    "tax_code": Converter(tax_code, read_text),
}
"""Beside these there is `code`, which takes a code list."""
