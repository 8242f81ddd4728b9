"""Where two translations of one document differ, told by field and cause and without a value of the document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.operations.kept import Kept
from mappings.codelists import CodeList
from mappings.lint_canonical import walk
from mappings.table import Table

_ABSENT = object()
_DIGITS = re.compile(r"[0-9]+")
_LONGEST_SHOWN = 40
_UNCOMPARED = (
    "giá trị cố định của bảng ở trường mang dữ liệu của người: không so sánh",
    "a fixed value of the table where a person's goes: not compared",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that comes out otherwise, and how, in both languages."""

    field: str
    cause: str
    vi: str
    en: str


def public_words(before: Table, candidate: Table, packaged: Mapping[str, CodeList]) -> frozenset[str]:
    """What may be shown as it is: constants and defaults of the version before, and packaged codes.

    Never a word of the candidate: whoever tries it chose that, and would see it confirmed.
    """
    lines = [line for line, _ in walk(before.lines)]
    own = (str(word) for line in lines for word in (line.constant, line.default) if word is not None)
    names = {line.code_list for line in (*lines, *(line for line, _ in walk(candidate.lines)))}
    codes = (entry.foreign for name, one in packaged.items() if name in names for entry in one.entries)
    return frozenset(own) | frozenset(codes)


def differences(old: Any, new: Any, public: frozenset[str], kept: Kept | None = None) -> set[Difference]:
    """All differences, each once, however many rows show it.

    `public`: words that are shown as they are. `kept`: what is not told, whatever it is.
    """
    return set(_compare(old, new, "", _Telling(public, kept)))


@dataclass(frozen=True, slots=True)
class _Telling:
    public: frozenset[str]
    kept: Kept | None

    def uncompared(self, path: str) -> bool:
        return self.kept is not None and self.kept.uncompared(path)

    def words(self, path: str) -> frozenset[str]:
        return frozenset() if self.kept is not None and self.kept.personal(path) else self.public


def _compare(old: Any, new: Any, path: str, telling: _Telling) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            inner = f"{path}.{name}" if path else name
            yield from _compare(old.get(name, _ABSENT), new.get(name, _ABSENT), inner, telling)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            more = len(new) > len(old)
            cause = (
                ("rows_more", "nhiều dòng hơn", "more rows") if more else ("rows_fewer", "ít dòng hơn", "fewer rows")
            )
            yield Difference(path, *cause)
        for before, after in zip(old, new, strict=False):
            yield from _compare(before, after, f"{path}[]", telling)
    elif telling.uncompared(path):
        yield Difference(path, "constant", *_UNCOMPARED)
    elif type(old) is not type(new) or old != new:
        yield _difference(old, new, path, telling.words(path))


def _difference(old: Any, new: Any, path: str, public: frozenset[str]) -> Difference:
    if old is _ABSENT:
        return Difference(path, "appears", f"trường mới: {_vi(new, public)}", f"a new field: {_en(new, public)}")
    if new is _ABSENT:
        return Difference(path, "vanishes", "trường không còn", "the field is gone")
    if isinstance(old, str) and isinstance(new, str) and old and new and not {old, new} <= public:
        if old.startswith(new):
            return Difference(path, "cut", "văn bản bị cắt ngắn", "the text is cut")
        if new.startswith(old):
            return Difference(path, "extended", "văn bản dài thêm", "the text goes on longer")
    vi, en = (f"{name(old, public)} → {name(new, public)}" for name in (_vi, _en))
    return Difference(path, "changed", vi, en)


def _vi(value: Any, public: frozenset[str]) -> str:
    return _shown(value, public) or {
        "empty": "trống", "number": "số", "text": "văn bản", "digits": f"{len(str(value))} chữ số", "list": "danh sách",
        "object": "đối tượng", "null": "null",
    }[_shape(value)]  # fmt: skip


def _en(value: Any, public: frozenset[str]) -> str:
    shape = _shape(value)
    return _shown(value, public) or (f"{len(str(value))} digits" if shape == "digits" else shape)


def _shown(value: Any, public: frozenset[str]) -> str:
    word = str(value)
    return f"'{word}'" if word in public and 0 < len(word) <= _LONGEST_SHOWN else ""


def _shape(value: Any) -> str:
    match value:
        case None:
            return "null"
        case "":
            return "empty"
        case str():
            return "digits" if _DIGITS.fullmatch(value) else "text"
        case dict():
            return "object"
        case list():
            return "list"
    return "number"
