"""The closed set of converters: each turns one canonical value into the other side's and back.

A converter is a pair of functions over values that are there; absence is the engine's business. Forward is strict, for
what comes in was judged at the door; backward is forgiving, for other systems send numbers where texts are meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
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
_DASHES = str.maketrans("", "", "-:")


def moment(value: Any) -> str:
    """RFC 3339 -> yyyyMMddHHmmss at +07:00, fractions cut off (integration sheet §11)."""
    try:
        parsed = datetime.fromisoformat(value)
        if not value.endswith("+07:00"):
            value = _at_vietnam(parsed).isoformat()
    except (TypeError, ValueError, OverflowError):
        raise _no_moment("2025-06-12T08:15:30+07:00") from None
    made: str = (value[:10] + value[11:19]).translate(_DASHES)
    if len(made) != 14 or not (made.isascii() and made.isdigit()):  # a spelling of ISO 8601 that is not RFC 3339
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


_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def number(value: Any) -> int | float:
    if type(value) not in (int, float):
        raise ShapeError("cần một số", "a number is expected")
    found: int | float = value
    return found


def read_number(value: Any) -> int | float:
    """A number, written as one or as text with a decimal point."""
    if type(value) is float:
        return value
    digits = read_text(value).strip()
    if not _NUMBER.fullmatch(digits):
        raise ShapeError("cần một số", "a number is expected")
    return float(digits) if "." in digits else int(digits)


def _no_integer() -> ShapeError:
    return ShapeError("cần số nguyên", "a whole number is expected")


def _boolean(true: str, false: str, **also: bool) -> Converter:
    words = {true.lower(): True, false.lower(): False, **also}

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


_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def read_date_time(value: Any) -> str:
    """A moment of XML (`xs:dateTime`) -> RFC 3339; one without an offset is meant in Vietnamese time."""
    written = text(value).strip()
    found = _DATE_TIME.fullmatch(written)
    if found is None or not _is_real(written):
        raise _no_moment("2025-06-12T08:15:30+07:00")
    return written if found[2] else f"{written}+07:00"


def _is_real(written: str) -> bool:
    try:
        datetime.fromisoformat(written)
    except ValueError:  # the thirtieth of February
        return False
    return True


_COMPACT = re.compile(r"[0-9]{8}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"[0-9]{4}")


def _day(value: Any) -> date:
    try:
        if _ISO.fullmatch(text(value)):
            return date.fromisoformat(value)
    except ValueError:  # the thirtieth of February, or no text at all
        pass
    raise ShapeError("cần một ngày có thật như 1985-04-12", "a real day like 1985-04-12 is expected")


def day_compact(value: Any) -> str:
    """A day -> yyyyMMdd; of a birth known by its year only there is no day to tell."""
    return "" if _is_year(value) else _day(value).isoformat().replace("-", "")


def day_iso(value: Any) -> str:
    """A day -> yyyy-MM-dd, as `day_compact`."""
    return "" if _is_year(value) else _day(value).isoformat()


def read_day(value: Any) -> str:
    """A day in either form."""
    written = read_text(value).strip()
    if _COMPACT.fullmatch(written):
        written = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    return _day(written).isoformat()


def _is_year(value: Any) -> bool:
    return isinstance(value, str) and _YEAR.fullmatch(value) is not None


def year(value: Any) -> str:
    """The year of a birth, whether or not its day is known."""
    return text(value) if _is_year(value) else f"{_day(value).year:04}"


def year_alone(value: Any) -> str:
    """The year of a birth of which no more is known."""
    return text(value) if _is_year(value) else ""


def read_year(value: Any) -> str:
    written = read_text(value).strip()
    if not _is_year(written):
        raise ShapeError("cần năm gồm bốn chữ số", "a year of four digits is expected")
    return written


NAME_PARTS = ("Ho", "ChuDem", "Ten")
"""Family, middle and given name of the national standard (QCVN 109), in the order in which they are spoken."""


def name_whole(value: Any) -> dict[str, str]:
    """A name as the live service writes it: whole in the last part, the others empty (quirk Q1)."""
    return {"Ho": "", "ChuDem": "", "Ten": text(value)}


def name_split(value: Any) -> dict[str, str]:
    """A name as the standard writes it: first word, what lies between, last word."""
    first, *between = text(value).split() or [""]
    parts = (first, " ".join(between[:-1]), between[-1]) if between else ("", "", first)
    return {name: part for name, part in zip(NAME_PARTS, parts, strict=True) if part}


def read_name(value: Any) -> str:
    """A name, split or whole, with single spaces."""
    parts = [value.get(name) for name in NAME_PARTS] if isinstance(value, dict) else [value]
    return " ".join(" ".join(text(part) for part in parts if part is not None).split())


_NOT_FOR_BANKS = re.compile(r"[^A-Z0-9 .-]")


def bank_text(value: Any) -> str:
    """Capitals without diacritics; everything but letters, digits, space, dot and dash becomes a space."""
    bare = unicodedata.normalize("NFD", text(value).upper()).replace("Đ", "D")
    letters = "".join(each for each in bare if not unicodedata.combining(each))
    made = _NOT_FOR_BANKS.sub(" ", letters)
    if not made.strip(" .-"):
        raise ShapeError("cần chữ hoặc số không dấu", "plain letters or digits are expected")
    return made


CONVERTERS: dict[str, Converter] = {
    "text": Converter(text, read_text),
    "moment": Converter(moment, read_moment),
    "amount": Converter(lambda value: str(integer(value)), read_integer),
    "integer": Converter(integer, read_integer),
    "number": Converter(number, read_number),
    "flag": _boolean("1", "0"),
    "true_false": _boolean("True", "False"),
    "boolean": _boolean("true", "false", **{"1": True, "0": False}),
    "tax_code": Converter(tax_code, read_text),
    "date_time": Converter(text, read_date_time),
    "day_compact": Converter(day_compact, read_day),
    "day_iso": Converter(day_iso, read_day),
    "year": Converter(year, read_year),
    "year_alone": Converter(year_alone, read_year),
    "name": Converter(read_name, read_name),
    "name_whole": Converter(name_whole, read_name),
    "name_split": Converter(name_split, read_name),
    "bank_text": Converter(bank_text, read_text),
}
"""Beside these there is `code`, which takes a code list."""
