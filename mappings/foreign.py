"""Places in the other side's document: which canonical value stands there, by the lines of the table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mappings.errors import Misfit
from mappings.paths import steps
from mappings.table import Line

_INDEXED = re.compile(r"([^\[\]]*)\[([0-9]+)\]")


def located(misfits: list[Misfit], lines: tuple[Line, ...], *, xml_root: bool = False) -> tuple[Misfit, ...]:
    """The same, each with the canonical pointer of its place where the table knows one."""
    return tuple(replace(one, pointer=canonical_pointer(one.foreign, lines, xml_root=xml_root)) for one in misfits)


def canonical_pointer(place: str, lines: tuple[Line, ...], *, xml_root: bool = False) -> str:
    """The JSON Pointer into the canonical document for `/a/b/0/c` of JSON or `root/a/b[1]/c` of XML; else empty."""
    way = _steps(place)
    found = _walk(way[1:] if xml_root else way, lines, ())
    return "".join(f"/{step}" for step in found) if found else ""


def _steps(place: str) -> list[tuple[str, int]]:
    """Names with the index behind them, counted from 0; 0 where none is written."""
    made: list[tuple[str, int]] = []
    for part in place.split("/"):
        counted = _INDEXED.fullmatch(part)
        if counted:
            made.append((counted[1], int(counted[2]) - 1))
        elif part.isdecimal() and made:
            made[-1] = (made[-1][0], int(part))
        elif part:
            made.append((part, 0))
    return made


def _walk(
    way: list[tuple[str, int]], lines: tuple[Line, ...], at: tuple[str | int, ...]
) -> tuple[str | int, ...] | None:
    if not way:
        return at
    (name, index), rest = way[0], way[1:]
    line = next((line for line in lines if name in (line.to, *line.also)), None)
    if line is None or line.constant is not None or line.given is not None:
        return None
    source = line.sources[0] if line.sources else ""
    here = (*(() if source.startswith("/") else at), *steps(source)) if source else at
    if line.fields is not None:
        return _walk(rest, line.fields, here)
    if line.each is not None:
        if line.item is not None and rest:
            (_, index), rest = rest[0], rest[1:]
        return _walk(rest, line.each, (*here, index))
    return here if source else None


def named(misfits: list[Misfit], lines: tuple[Line, ...]) -> tuple[Misfit, ...]:
    """Misfits found in a canonical document (places in `foreign`): the place as pointer, the field it goes to."""
    fields = dict(_fields(lines, (), ()))
    return tuple(replace(one, pointer=one.foreign, foreign=_field_of(one.foreign, fields)) for one in misfits)


def _field_of(pointer: str, fields: dict[tuple[str, ...], str]) -> str:
    return fields.get(tuple(step for step in pointer.split("/") if step and not step.isdecimal()), "")


def _fields(
    lines: tuple[Line, ...], at: tuple[str, ...], inside: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every canonical path, without indexes, with the field it goes to."""
    for line in lines:
        here = (*inside, line.to)
        for source in line.sources:
            way = (*(() if source.startswith("/") else at), *steps(source))
            yield way, "/".join(here)
        nested = line.fields or line.each
        if nested:
            source = line.sources[0] if line.sources else "."
            base = (*(() if source.startswith("/") else at), *steps(source))
            yield from _fields(nested, base, here)
