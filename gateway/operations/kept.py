"""What a trial keeps to itself: where a table's own words would be held against a person's value. Pure.

A candidate is written by whoever tries it. A constant in the place of a person's number would come out "same" where it
was guessed; a condition, or a code list of one's own, would sort people by a word. So the first is not compared, and
the second is tried on examples only. Which values are a person's is what the masked form says (`acceptance.shown`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.acceptance.shown import is_shown
from gateway.message import TYPE_PREFIX
from mappings import Finding
from mappings.codelists import CodeList
from mappings.functions import FUNCTIONS
from mappings.lint_canonical import absolute, walk
from mappings.table import Line, Table

_CODE = "TRIAL_EXAMPLES_ONLY"


@dataclass(frozen=True, slots=True)
class _Part:
    """What makes a field of the other side's document. `literal`: the table itself may put a text there."""

    line: Line
    prefix: str
    personal: bool
    literal: bool


class Kept:
    """What of a comparison between two versions is told, by fields as `differences` writes them."""

    def __init__(self, before: Table, candidate: Table) -> None:
        self._type = TYPE_PREFIX + candidate.canonical
        self._tables = [self._by_field(one) for one in (before, candidate)]
        self._known: dict[str, tuple[bool, bool]] = {}

    def uncompared(self, field: str) -> bool:
        """Whether a text of either table would be compared there with a person's value."""
        return self._judged(field)[0]

    def personal(self, field: str) -> bool:
        """Whether either version carries a person's value there: of such a value only its shape is told."""
        return self._judged(field)[1]

    def _judged(self, field: str) -> tuple[bool, bool]:
        if field not in self._known:
            old, new = (self._parts(one, field) for one in self._tables)
            personal = any(one.personal for one in (*old, *new))
            other = [(_bare(one.line), one.prefix) for one in old] != [(_bare(one.line), one.prefix) for one in new]
            literal = any(one.literal for one in (*old, *new))
            self._known[field] = bool(old and new and personal and other and literal), personal
        return self._known[field]

    def _by_field(self, table: Table) -> dict[str, list[_Part]]:
        found: dict[str, list[_Part]] = {}
        for field, part in self._fields(table.lines, "", ""):
            found.setdefault(field, []).append(part)
        return found

    def _fields(self, lines: tuple[Line, ...], prefix: str, at: str) -> Iterator[tuple[str, _Part]]:
        for line in lines:
            field = f"{at}.{line.to}" if at else line.to
            begin = absolute(line.sources[0], prefix) if line.sources else ""
            if line.each is not None:
                yield from self._fields(line.each, f"{begin}[].", f"{field}[]")
            elif line.fields is not None and not line.holds_xml:
                yield from self._fields(line.fields, f"{begin}." if begin else prefix, field)
            else:
                inner = list(walk((line,), prefix))
                personal = any(not is_shown(self._type, path) for one in inner for path in _read(*one))
                yield field, _Part(line, prefix, personal, any(_literal(one) for one, _ in inner))

    @staticmethod
    def _parts(table: dict[str, list[_Part]], field: str) -> list[_Part]:
        """What makes the field, or that within which it stands: a function may make whole rows."""
        found: list[_Part] = []
        while field:
            found += table.get(field, ())
            field = field[: max(field.rfind("."), field.rfind("[]"), 0)]
        return found


def coded_paths(table: Table) -> frozenset[str]:
    """The canonical paths that a table sends through code lists, rows left out (`documents.kind`)."""
    return frozenset(path.replace("[]", "") for path, _ in _coded(table))


def pointed(pointer: str) -> str:
    """The same form of what a JSON Pointer leads to."""
    return ".".join(step for step in pointer.split("/") if step and not step.isdigit())


def sorts_people(
    before: Table | None, candidate: Table, lists: Mapping[str, CodeList], packaged: Mapping[str, CodeList]
) -> list[Finding]:
    """Where a candidate, and not the version before it, asks whether a person's value is a certain word.

    Such a word stands in a condition, or in a list of the province's own.
    """
    type_ = TYPE_PREFIX + candidate.canonical
    asked = set(_conditions(before)) if before is not None else set()
    coded = {(path, line.code_list) for path, line in _coded(before)} if before is not None else set()
    own = {name for name, one in lists.items() if packaged.get(name) != one}
    new = [(number, path) for (path, word), number in _conditions(candidate).items() if (path, word) not in asked]
    new += [
        (line.number, path)
        for path, line in _coded(candidate)
        if line.code_list in own and (path, line.code_list) not in coded
    ]
    return [_finding(candidate, number, path) for number, path in new if not is_shown(type_, path)]


def _conditions(table: Table) -> dict[tuple[str, str], int]:
    """Path and word of every condition, and its line."""
    found = dict.fromkeys(table.when, table.head)
    for line, prefix in walk(table.lines):
        if line.when is not None:
            found.setdefault((absolute(line.when[0], prefix), line.when[1]), line.number)
    return found


def _coded(table: Table) -> Iterator[tuple[str, Line]]:
    for line, prefix in walk(table.lines):
        if line.code_list is not None:
            yield from ((absolute(path, prefix), line) for path in line.sources)


def _read(line: Line, prefix: str) -> Iterator[str]:
    """The canonical paths whose values a line carries; those of an object are its lines'."""
    if line.function is not None:
        yield from (absolute(path, prefix) for path in FUNCTIONS[line.function].reads)
    elif line.each is None and line.fields is None:
        yield from (absolute(path, prefix) for path in line.sources)


def _literal(line: Line) -> bool:
    return line.constant is not None or line.default not in (None, "")


def _bare(line: Line) -> Line:
    """A line without where it stands in its file, which says nothing of what it does."""
    each, fields = (None if some is None else tuple(map(_bare, some)) for some in (line.each, line.fields))
    return replace(line, number=0, also=(), each=each, fields=fields)


def _finding(table: Table, number: int, path: str) -> Finding:
    vi = (
        f"{path} mang dữ liệu của người và bảng này, khác bản trước, xét nó có phải một từ định sẵn không: chỉ chạy "
        f"thử trên ví dụ, không mở thông điệp đã lưu."
    )
    en = (
        f"{path} is a person's, and this table, other than the one before, asks whether it is a certain word: tried on "
        f"examples only, no stored message is opened"
    )
    return Finding(table.file, number, _CODE, "warning", vi, en)
