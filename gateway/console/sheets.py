"""Plain sheets of facts: what many screens are made of, so that each is a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.console.words import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: text, words in both languages, a moment; perhaps a link or a chip."""

    text: str | int | Words | None = None
    where: str = ""
    tone: str = ""
    at: str | None = None
    code: bool = False


Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under a heading; `nothing` is said where it has no rows."""

    title: Words
    heads: Sequence[Words]
    rows: Sequence[Row]
    lead: Words | None = None
    nothing: Words = field(default_factory=lambda: Words("Chưa có gì.", "Nothing yet."))


def said(text: str | int | Words | None) -> Cell:
    """A value as it is."""
    return Cell(text)


def at(moment: str | None) -> Cell:
    """A moment."""
    return Cell(at=moment)


def code(text: str | None) -> Cell:
    """Something to be read letter by letter."""
    return Cell(text, code=True)
