"""What can go wrong in a translation; texts name fields and codes, never a personal value."""

from __future__ import annotations

from dataclasses import dataclass


class MappingError(Exception):
    """A document cannot be translated, and no retry will help: a code without a mapping, a value of the wrong shape.

    `pointer` leads into the canonical document (JSON Pointer), `foreign` is the other side's field, `where` the line of
    the table (`file:line`); `vi`/`en` say what to do.
    """

    def __init__(self, code: str, pointer: str, foreign: str, *, vi: str, en: str, where: str = "") -> None:
        super().__init__(f"{code} {pointer} -> {foreign}: {en}" + (f" ({where})" if where else ""))
        self.code = code
        self.pointer = pointer
        self.foreign = foreign
        self.vi = vi
        self.en = en
        self.where = where


@dataclass(frozen=True, slots=True)
class MappingWarning:
    """Something was lost on the way and the document went on all the same (a text cut at the other side's limit)."""

    code: str
    pointer: str
    foreign: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something in a document that a schema does not allow, at either end.

    `pointer` leads into the canonical document where that is known, `foreign` into the other side's; the texts name the
    rule and the places, never the value.
    """

    code: str
    pointer: str
    foreign: str
    vi: str
    en: str


class TableError(Exception):
    """A mapping table or code list is written wrongly; the text names file and line."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


class UnknownMapping(LookupError):  # noqa: N818 - reads as what it is where it is caught
    """No mapping of that name, or none in force on that day."""
