"""Where two translations of one document differ, told by field and cause and without a value of the document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappings.codelists import CodeList
from mappings.table import Line, Table

_ABSENT = object()
_DIGITS = re.compile(r"[0-9]+")
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that comes out otherwise, and how, in both languages."""

    field: str
    cause: str
    vi: str
    en: str


def public_words(tables: Iterable[Table], lists: Mapping[str, CodeList]) -> frozenset[str]:
    """What the tables themselves put into documents (constants, defaults, codes of lists): shown as it is."""
    return frozenset(word for table in tables for line in table.lines for word in _words(line, lists))


def differences(old: Any, new: Any, public: frozenset[str]) -> set[Difference]:
    """All differences, each once, however many rows show it."""
    return set(_compare(old, new, "", public))


def _words(line: Line, lists: Mapping[str, CodeList]) -> Iterator[str]:
    yield from (str(value) for value in (line.constant, line.default) if value is not None)
    if line.code_list is not None and line.code_list in lists:
        yield from (entry.foreign for entry in lists[line.code_list].entries)
    for inner in (*(line.each or ()), *(line.fields or ())):
        yield from _words(inner, lists)


def _compare(old: Any, new: Any, path: str, public: frozenset[str]) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            inner = f"{path}.{name}" if path else name
            yield from _compare(old.get(name, _ABSENT), new.get(name, _ABSENT), inner, public)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            more = len(new) > len(old)
            cause = (
                ("rows_more", "nhiều dòng hơn", "more rows") if more else ("rows_fewer", "ít dòng hơn", "fewer rows")
            )
            yield Difference(path, *cause)
        for before, after in zip(old, new, strict=False):
            yield from _compare(before, after, f"{path}[]", public)
    elif type(old) is not type(new) or old != new:
        yield _difference(old, new, path, public)


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
