"""Reads a table from YAML with strict checks; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mappings.convert import CONVERTERS
from mappings.errors import TableError
from mappings.functions import FUNCTIONS
from mappings.table import Line, Loss, Table
from mappings.yaml_lines import LINE, load, refuse_unknown

_TABLE_KEYS = {"name", "version", "effective_from", "canonical", "source", "note", "fields", "losses"}
_VALUE_KEYS = {"as", "list", "limit", "default", "required", "when", "one_way"}
_ORIGINS = {
    "each": {"from", "sort_by"},
    "from": _VALUE_KEYS,
    "first_of": _VALUE_KEYS,
    "constant": set[str](),
    "function": set[str](),
}
"""Where a line's value comes from, and the keys that go with it. `each` makes a list of what stands under `from`."""

_CONVERTERS = (*CONVERTERS, "code")
_PATH = re.compile(r"/?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_PATH_FORM = "words like applicant.name, from the whole document with / in front"


def read_table(path: Path, file: str) -> Table:
    """Read and check a table; `file` names it in complaints. Raises `TableError`."""
    tree = load(path, file)
    refuse_unknown(file, tree, _TABLE_KEYS)
    for key in ("name", "version", "canonical"):
        if not isinstance(tree.get(key), str):
            raise TableError(file, tree[LINE], f"{key} is missing or not text in quotes")
    day = tree.get("effective_from")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TableError(file, tree[LINE], "effective_from must be a day like 2020-04-20")
    return Table(
        file=file,
        name=tree["name"],
        version=tree["version"],
        effective_from=day,
        canonical=tree["canonical"],
        lines=_lines(file, tree.get("fields"), tree[LINE]),
        losses=tuple(_loss(file, row) for row in _rows(file, tree.get("losses", []), tree[LINE])),
    )


def _rows(file: str, rows: Any, line: int) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TableError(file, line, "fields, each and losses must be lists of lines like {to: …, from: …}")
    return rows


def _lines(file: str, rows: Any, line: int) -> tuple[Line, ...]:
    lines = tuple(_line(file, row) for row in _rows(file, rows, line))
    if not lines:
        raise TableError(file, line, "a table and an each need at least one line")
    seen: set[str] = set()
    for one in lines:
        if one.to in seen:
            raise TableError(file, one.number, f"the field {one.to!r} stands twice")
        seen.add(one.to)
    return lines


def _line(file: str, row: dict[str, Any]) -> Line:
    problem = _problem(row)
    if problem is not None:
        raise TableError(file, row[LINE], f"{row.get('to', 'a line')}: {problem}")
    when = row.get("when", {})
    each = _lines(file, row["each"], row[LINE]) if "each" in row else None
    if "sort_by" in row and not any(_is_sure_moment(line, row["sort_by"]) for line in each or ()):
        raise TableError(
            file, row[LINE], f"{row['to']}: `sort_by` needs a line from it with `as: moment, required: true`"
        )
    return Line(
        number=row[LINE],
        to=row["to"],
        sources=(row["from"],) if "from" in row else tuple(row.get("first_of", ())),
        converter=row.get("as", "text"),
        code_list=row.get("list"),
        limit=row.get("limit"),
        default=row.get("default", ""),
        required=row.get("required", False),
        constant=row.get("constant"),
        when=next(((path, value) for path, value in when.items() if path != LINE), None),
        function=row.get("function"),
        each=each,
        sort_by=row.get("sort_by"),
        one_way=row.get("one_way", False),
    )


def _is_sure_moment(line: Line, path: str) -> bool:
    return line.sources == (path,) and line.converter == "moment" and line.required


def _problem(row: dict[str, Any]) -> str | None:
    """What is wrong with a line, or None."""
    if not isinstance(row.get("to"), str):
        return "`to`, the other side's field, is missing"
    origins = [origin for origin in _ORIGINS if origin in row]
    if len(origins) != 1 and origins != ["each", "from"]:
        return "exactly one of from, first_of, constant, function (or each with from) is needed"
    stray = set(row) - {"to", "note", origins[0], LINE} - _ORIGINS[origins[0]]
    if stray:
        return f"{min(stray)!r} is unknown or does not go with {origins[0]!r}"
    for key, (fits, rule) in _RULES.items():
        if key in row and not fits(row[key]):
            return f"`{key}` takes {rule}"
    return next((problem for wrong, problem in _COMBINATIONS if wrong(row)), None)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and _PATH.fullmatch(value) is not None


def _is_one_of(names: Collection[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in names


def _is_scalar(value: Any) -> bool:
    return type(value) in (str, int)


def _is_condition(value: Any) -> bool:
    pairs = [pair for pair in value.items() if pair[0] != LINE] if isinstance(value, dict) else []
    return len(pairs) == 1 and _is_path(pairs[0][0]) and isinstance(pairs[0][1], str)


def _is_choice(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(_is_path(path) for path in value)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "from": (_is_path, f"a path: {_PATH_FORM}"),
    "first_of": (_is_choice, f"a list of two or more paths: {_PATH_FORM}"),
    "sort_by": (_is_path, "the path of a moment in each row"),
    "as": (_is_one_of(_CONVERTERS), f"one of {', '.join(_CONVERTERS)}"),
    "list": (lambda value: isinstance(value, str), "the name of a code list"),
    "limit": (lambda value: type(value) is int and value > 0, "a whole number of characters"),
    "default": (_is_scalar, "a text or a whole number"),
    "constant": (_is_scalar, "a text or a whole number"),
    "required": (lambda value: type(value) is bool, "true or false"),
    "one_way": (lambda value: type(value) is bool, "true or false"),
    "when": (_is_condition, "one condition, {path: text}"),
    "function": (_is_one_of(FUNCTIONS), f"one of {', '.join(FUNCTIONS)}"),
}
"""What each key takes, whatever stands beside it."""

_COMBINATIONS: tuple[tuple[Callable[[dict[str, Any]], bool], str], ...] = (
    (lambda row: (row.get("as") == "code") != ("list" in row), "`as: code` and `list` belong together"),
    (lambda row: "limit" in row and row.get("as", "text") != "text", "only a text has a `limit`"),
    (
        lambda row: type(row.get("default")) is int and row.get("as") != "integer",
        "only `as: integer` has a number as `default`",
    ),
    (lambda row: "default" in row and row.get("required", False), "what is required has no default"),
    (lambda row: "each" in row and "from" not in row, "`each` needs a `from`: the list whose rows it describes"),
)
"""Keys that are right by themselves and wrong together."""


def _loss(file: str, row: dict[str, Any]) -> Loss:
    refuse_unknown(file, row, {"paths", "when", "note"})
    paths, when = row.get("paths"), row.get("when", "always")
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
        raise TableError(file, row[LINE], "a loss names its `paths`, a list like [agency.code, fees[].kind]")
    if not isinstance(when, str):
        raise TableError(file, row[LINE], "`when` says in words when it is lost")
    return Loss(tuple(paths), when)
