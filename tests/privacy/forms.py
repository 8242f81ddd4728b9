"""All the forms in which a value may lie somewhere in the clear: spellings of it, and encodings of each."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Bytes of a form: what is shorter is met by chance."""
_DAY = re.compile(r"((?:19|20)\d\d)-(\d\d)-(\d\d)")
_NUMBER = re.compile(r"\+?\d{8,13}")


def forms_of(value: str) -> set[bytes]:
    """Every form of a value that could be told from chance."""
    found = {form for spelling in spellings(value) for form in encodings(spelling)}
    return {form for form in found if len(form) >= SHORTEST}


def spellings(value: str) -> Iterator[str]:
    """How the same value is written: composed or not, without marks, in other cases, with other separators."""
    composed = unicodedata.normalize("NFC", value)
    if day := _DAY.fullmatch(composed):
        year, month, date = day.groups()
        yield from (composed, f"{date}/{month}/{year}", f"{year}{month}{date}", f"{date}-{month}-{year}",
                    f"{date}{month}{year}", f"{int(date)}/{int(month)}/{year}", f"{year}/{month}/{date}")  # fmt: skip
        return
    if _NUMBER.fullmatch(composed):
        yield from _numbers(composed)
        return
    plain = unmarked(composed)
    for one in (composed, unicodedata.normalize("NFD", composed), plain):
        yield from (one, one.upper(), one.lower())


def unmarked(text: str) -> str:
    """Without diacritics, as file names and bank transfers write Vietnamese."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(one for one in apart if not unicodedata.combining(one))


def _numbers(number: str) -> Iterator[str]:
    yield number
    for separator in (" ", ".", "-"):
        for sizes in ((3,), (4,), (4, 3), (2,)):
            yield separator.join(_cut(number, sizes))
    if number.startswith("09"):
        yield from ("+84" + number[1:], "+84 " + number[1:], "84" + number[1:])


def _cut(text: str, sizes: tuple[int, ...]) -> Iterable[str]:
    first, then = sizes[0], sizes[-1]
    rest = text[first:]
    return [text[:first], *(rest[at : at + then] for at in range(0, len(rest), then))]


def encodings(text: str) -> Iterator[bytes]:
    """How a text may be encoded wherever it was written."""
    yield text.encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield text.encode().hex().encode()
    yield text.encode().hex().upper().encode()
    yield from _escaped(text)
    yield from (quote(text, safe="").encode(), quote_plus(text, safe="").encode())
    yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe="")).encode()
    yield from _in_base64(text.encode())
    yield from _in_base64(text.encode("utf-16-le"))


def _escaped(text: str) -> Iterator[bytes]:
    """JSON and XML without letters beyond ASCII."""
    units = text.encode("utf-16-be")
    code_units = [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
    for form in ("\\u{:04x}", "\\u{:04X}"):
        yield "".join(chr(one) if one < 128 else form.format(one) for one in code_units).encode()
    for form in ("&#{};", "&#x{:x};", "&#x{:X};"):
        yield "".join(one if one.isascii() else form.format(ord(one)) for one in text).encode()


def _in_base64(content: bytes) -> Iterator[bytes]:
    """In the three ways in which it may stand inside something longer; without the letters its neighbours decide."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + content)
        start = -(-before * 8 // 6)
        end = (before + len(content)) * 8 // 6
        inner = whole[start:end]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")
