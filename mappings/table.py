"""A mapping table as frozen values: what one version of one mapping says, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Scalar = str | int
"""What a table itself may put into a document: it is shared by all of them, so it must not change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a canonical path on one side, the other side's field `to`, and how one becomes the other.

    `sources` are tried in order; a path that begins with `/` starts at the whole document, others at the row at hand.
    """

    number: int
    to: str
    sources: tuple[str, ...] = ()
    converter: str = "text"
    code_list: str | None = None
    limit: int | None = None
    default: Scalar = ""
    required: bool = False
    constant: Scalar | None = None
    when: tuple[str, str] | None = None
    function: str | None = None
    each: tuple[Line, ...] | None = None
    sort_by: str | None = None
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """Canonical paths (`documents[].name`) whose values do not come back, always or under a condition in words."""

    paths: tuple[str, ...]
    when: str = "always"


@dataclass(frozen=True, slots=True)
class Table:
    """One version of one mapping, in force from a day on."""

    file: str
    name: str
    version: str
    effective_from: date
    canonical: str
    lines: tuple[Line, ...]
    losses: tuple[Loss, ...]
