"""Reads the lines of a table with strict checks; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from mappings.convert import CONVERTERS
from mappings.errors import TableError
from mappings.functions import FUNCTIONS, STAND_INS
from mappings.table import Line, Scalar
from mappings.yaml_lines import LINE

Row = dict[str, Any]

_VALUE_KEYS = {
    "as",
    "list",
    "limit",
    "default",
    "filler",
    "required",
    "when",
    "one_way",
    "also",
    "numeric",
    "read_only",
}
ORIGINS = {
    "each": {"from", "sort_by", "item", "stand_in", "also"},
    "fields": {"from", "default", "required", "holds", "also"},
    "from": _VALUE_KEYS,
    "first_of": _VALUE_KEYS,
    "constant": set[str](),
    "function": {"also", "read_only"},
    "given": {"also"},
}
"""Where a line's value comes from, and the keys that go with it. `each` makes a list of what stands under `from`,
`fields` an object."""

CONVERTER_NAMES = (*CONVERTERS, "code")
_TEXTS = ("text", "name", "bank_text")
_PATH = re.compile(r"/?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*|\.")
_PATH_FORM = "words like applicant.name, from the whole document with / in front"
_XML_NAME = re.compile(r"(?:([A-Za-z_][A-Za-z0-9_.-]*):)?(@?[A-Za-z_][A-Za-z0-9_.-]*)")


@dataclass(frozen=True, slots=True)
class Style:
    """How the lines at hand are written: the file, what goes where a value is absent, the prefixes of XML names.

    `inside` is how lines of a field that holds XML are written; None: there is no XML, or all of it is.
    """

    file: str
    absent: Scalar | None
    prefixes: frozenset[str] | None = None
    inside: Style | None = None


def read_lines(style: Style, rows: Any, number: int) -> tuple[Line, ...]:
    """All lines of a table or of one of its objects. Raises `TableError`."""
    lines = tuple(_line(style, row) for row in read_rows(style.file, rows, number))
    if not lines:
        raise TableError(style.file, number, "a table and an each need at least one line")
    seen: set[str] = set()
    for one in lines:
        for name in (one.to, *one.also):
            if name in seen:
                raise TableError(style.file, one.number, f"the field {name!r} stands twice")
            seen.add(name)
    return lines


def read_rows(file: str, rows: Any, number: int) -> list[Row]:
    """A list of mappings, which is what lines and losses are. Raises `TableError`."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TableError(file, number, "fields, each and losses must be lists of lines like {to: …, from: …}")
    return rows


def _line(style: Style, row: Row) -> Line:
    problem = _problem(row, style)
    if problem is not None:
        raise TableError(style.file, row[LINE], f"{row.get('to', 'a line')}: {problem}")
    holds_xml = row.get("holds") == "xml"
    inner = style.inside if holds_xml and style.inside else style
    each = read_lines(style, row["each"], row[LINE]) if "each" in row else None
    if "sort_by" in row and not any(_is_sure_moment(line, row["sort_by"]) for line in each or ()):
        raise TableError(
            style.file, row[LINE], f"{row['to']}: `sort_by` needs a line from it with `as: moment, required: true`"
        )
    line = Line(
        number=row[LINE],
        to=row["to"],
        sources=(row["from"],) if "from" in row else tuple(row.get("first_of", ())),
        converter=row.get("as", "text"),
        code_list=row.get("list"),
        limit=row.get("limit"),
        default=_default(row, style),
        required=row.get("required", False),
        constant=row.get("constant"),
        when=next(((path, value) for path, value in row.get("when", {}).items() if path != LINE), None),
        function=row.get("function"),
        each=each,
        sort_by=row.get("sort_by"),
        one_way=row.get("one_way", False),
        read_only=row.get("read_only", False),
        also=tuple(row.get("also", ())),
        given=row.get("given"),
        fields=read_lines(inner, row["fields"], row[LINE]) if "fields" in row else None,
        item=row.get("item"),
        filler="filler" in row,
        numeric=row.get("numeric", False),
        stand_in=row.get("stand_in"),
        empty_list="fields" in row and "default" in row,
        holds_xml=holds_xml,
    )
    return line if style.prefixes is None else _named_for_xml(line)


def _default(row: Row, style: Style) -> Scalar | None:
    if "filler" in row:
        filler: Scalar = row["filler"]
        return filler
    if "fields" in row:
        return style.absent
    found: Scalar | None = row.get("default", style.absent)
    return found


def _named_for_xml(line: Line) -> Line:
    found = _XML_NAME.fullmatch(line.to)
    return replace(line, prefix=found[1] or "", to=found[2]) if found else line


def _is_sure_moment(line: Line, path: str) -> bool:
    return line.sources == (path,) and line.converter == "moment" and line.required


def _problem(row: Row, style: Style) -> str | None:
    """What is wrong with a line, or None."""
    if not isinstance(row.get("to"), str):
        return "`to`, the other side's field, is missing"
    origins = [origin for origin in ORIGINS if origin in row]
    if len(origins) != 1 and origins not in (["each", "from"], ["fields", "from"]):
        return "exactly one of from, first_of, constant, function, given, fields (or each with from) is needed"
    stray = set(row) - {"to", "note", origins[0], LINE} - ORIGINS[origins[0]]
    if stray:
        return f"{min(stray)!r} is unknown or does not go with {origins[0]!r}"
    for key, (fits, rule) in _RULES.items():
        if key in row and not fits(row[key]):
            return f"`{key}` takes {rule}"
    if "default" in row and (row["default"] == []) != ("fields" in row):
        return "`default` takes a text or a whole number; of `fields`, only []"
    return next((problem for wrong, problem in _COMBINATIONS if wrong(row)), None) or _problem_of_form(row, style)


def _problem_of_form(row: Row, style: Style) -> str | None:
    """What goes with XML only, and where."""
    if row.get("holds") == "xml" and style.inside is None:
        return "`holds: xml` needs `xml` at the head of the table, and stands in a field that is not XML itself"
    if style.prefixes is None:
        return "`item` is for XML" if "item" in row else None
    found = _XML_NAME.fullmatch(row["to"])
    if found is None or (found[1] and found[2].startswith("@")):
        return "`to` takes an XML name like HoVaTen, dc:CongDan or @SoCongDan"
    if found[1] and found[1] not in style.prefixes:
        return f"no namespace has the prefix {found[1]!r}"
    if found[2].startswith("@") and ({"each", "fields"} & row.keys()):
        return "an attribute is one value"
    return None


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and _PATH.fullmatch(value) is not None


def _is_one_of(names: Collection[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in names


def _is_scalar(value: Any) -> bool:
    return type(value) in (str, int)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value) is not None


def _is_condition(value: Any) -> bool:
    pairs = [pair for pair in value.items() if pair[0] != LINE] if isinstance(value, dict) else []
    return len(pairs) == 1 and _is_path(pairs[0][0]) and isinstance(pairs[0][1], str)


def _is_choice(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(_is_path(path) for path in value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) and name for name in value)


def _is_true_or_false(value: Any) -> bool:
    return type(value) is bool


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "from": (_is_path, f"a path: {_PATH_FORM}"),
    "first_of": (_is_choice, f"a list of two or more paths: {_PATH_FORM}"),
    "sort_by": (_is_path, "the path of a moment in each row"),
    "as": (_is_one_of(CONVERTER_NAMES), f"one of {', '.join(CONVERTER_NAMES)}"),
    "list": (lambda value: isinstance(value, str), "the name of a code list"),
    "limit": (lambda value: type(value) is int and value > 0, "a whole number of characters"),
    "default": (lambda value: _is_scalar(value) or value == [], "a text or a whole number; of `fields`, only []"),
    "filler": (_is_scalar, "a text or a whole number"),
    "constant": (_is_scalar, "a text or a whole number"),
    "required": (_is_true_or_false, "true or false"),
    "one_way": (_is_true_or_false, "true or false"),
    "read_only": (_is_true_or_false, "true or false"),
    "numeric": (_is_true_or_false, "true or false"),
    "when": (_is_condition, "one condition, {path: text}"),
    "function": (_is_one_of(FUNCTIONS), f"one of {', '.join(FUNCTIONS)}"),
    "given": (_is_word, "a word like reference, by which the value is handed in"),
    "also": (_are_names, "a list of other spellings of the field"),
    "item": (lambda value: isinstance(value, str), "the name of each row's element"),
    "holds": (_is_one_of(("xml",)), "xml"),
    "stand_in": (_is_one_of(STAND_INS), f"one of {', '.join(STAND_INS)}"),
}
"""What each key takes, whatever stands beside it."""

_COMBINATIONS: tuple[tuple[Callable[[Row], bool], str], ...] = (
    (lambda row: (row.get("as") == "code") is not ("list" in row), "`as: code` and `list` belong together"),
    (lambda row: "limit" in row and row.get("as", "text") not in _TEXTS, "only a text has a `limit`"),
    (
        lambda row: type(row.get("default")) is int and not (row.get("as") == "integer" or "numeric" in row),
        "only `as: integer` has a number as `default`",
    ),
    (lambda row: "default" in row and row.get("required") is True, "what is required has no default"),
    (lambda row: "filler" in row and ("default" in row or row.get("required") is True), "a `filler` stands alone"),
    (lambda row: "numeric" in row and row.get("as") not in ("code", "flag"), "`numeric` goes with codes"),
    (lambda row: "each" in row and "from" not in row, "`each` needs a `from`: the list whose rows it describes"),
)
"""Keys that are right by themselves and wrong together."""
