"""A mapping table as frozen values, read from YAML with strict checks; every complaint names file and line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mappings.convert import CONVERTERS
from mappings.errors import TableError
from mappings.functions import FUNCTIONS
from mappings.yaml_lines import LINE, load

_TABLE_KEYS = {"name", "version", "effective_from", "canonical", "source", "note", "fields", "losses"}
_LINE_KEYS = {
    "to", "from", "first_of", "as", "list", "limit", "default", "required", "constant", "when", "function", "each",
    "sort_by", "one_way", "note",
}  # fmt: skip
_ORIGINS = ("from", "first_of", "constant", "function")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: a canonical path on one side, the other side's field, and how one becomes the other."""

    number: int
    to: str
    sources: tuple[str, ...] = ()
    converter: str = "text"
    code_list: str | None = None
    limit: int | None = None
    default: Any = ""
    required: bool = False
    constant: Any = None
    when: tuple[str, str] | None = None
    function: str | None = None
    each: tuple[Line, ...] | None = None
    sort_by: str | None = None
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One version of one mapping. `losses` are the canonical paths that do not come back."""

    file: str
    name: str
    version: str
    effective_from: date
    canonical: str
    lines: tuple[Line, ...]
    losses: tuple[str, ...]


def read_table(path: Path, file: str) -> Table:
    """Read and check a table. Raises `TableError`."""
    tree = load(path.read_text("utf-8"), file)
    _refuse_unknown(file, tree, _TABLE_KEYS)
    for key in ("name", "version", "effective_from", "canonical", "fields"):
        if key not in tree:
            raise TableError(file, tree[LINE], f"the key {key!r} is missing")
    if not isinstance(tree["effective_from"], date):
        raise TableError(file, tree[LINE], "effective_from must be a day like 2020-04-20")
    return Table(
        file=file,
        name=tree["name"],
        version=str(tree["version"]),
        effective_from=tree["effective_from"],
        canonical=tree["canonical"],
        lines=_lines(file, tree["fields"], tree[LINE]),
        losses=tuple(one["path"] if isinstance(one, dict) else one for one in tree.get("losses", [])),
    )


def _lines(file: str, rows: Any, line: int) -> tuple[Line, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TableError(file, line, "fields and each must be lists of lines like {to: …, from: …}")
    lines = tuple(_line(file, row) for row in rows)
    seen: set[str] = set()
    for one in lines:
        if one.to in seen:
            raise TableError(file, one.number, f"the field {one.to!r} stands twice")
        seen.add(one.to)
    return lines


def _line(file: str, row: dict[str, Any]) -> Line:
    number = row[LINE]
    _refuse_unknown(file, row, _LINE_KEYS)
    if not isinstance(row.get("to"), str):
        raise TableError(file, number, "a line needs `to`, the other side's field")
    if sum(origin in row for origin in _ORIGINS) != 1:
        raise TableError(file, number, f"{row['to']}: exactly one of {', '.join(_ORIGINS)} is needed")
    converter = row.get("as", "text")
    if converter != "code" and converter not in CONVERTERS:
        known = ", ".join(sorted([*CONVERTERS, "code"]))
        raise TableError(file, number, f"{row['to']}: unknown converter {converter!r}; known: {known}")
    if (converter == "code") != ("list" in row):
        raise TableError(file, number, f"{row['to']}: `list` belongs to `as: code`, and the other way round")
    if row.get("function", "") not in {"", *FUNCTIONS}:
        raise TableError(file, number, f"{row['to']}: unknown function {row['function']!r}; known: {sorted(FUNCTIONS)}")
    when = row.get("when")
    if when is not None and len(when) != 2:  # noqa: PLR2004 - one condition and its line number
        raise TableError(file, number, f"{row['to']}: `when` takes one condition, {{path: value}}")
    return Line(
        number=number,
        to=row["to"],
        sources=(row["from"],) if "from" in row else tuple(row.get("first_of", ())),
        converter=converter,
        code_list=row.get("list"),
        limit=row.get("limit"),
        default=row.get("default", ""),
        required=bool(row.get("required", False)),
        constant=row.get("constant"),
        when=next(((key, value) for key, value in when.items() if key != LINE), None) if when else None,
        function=row.get("function"),
        each=_lines(file, row["each"], number) if "each" in row else None,
        sort_by=row.get("sort_by"),
        one_way=bool(row.get("one_way", False)),
    )


def _refuse_unknown(file: str, tree: dict[str, Any], known: set[str]) -> None:
    unknown = set(tree) - known - {LINE}
    if unknown:
        raise TableError(file, tree[LINE], f"unknown key {sorted(unknown)[0]!r}; known: {', '.join(sorted(known))}")
