"""A mapping table as frozen values: what one version of one mapping says, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

Scalar = str | int
"""What a table itself may put into a document: it is shared by all of them, so it must not change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a canonical path on one side, the other side's field `to`, and how one becomes the other.

    `sources` are tried in order; a path that begins with `/` starts at the whole document, others at the row at hand,
    and `.` is a row that is a plain value itself. `default` None leaves the field out where a value is absent.
    """

    number: int
    to: str
    sources: tuple[str, ...] = ()
    converter: str = "text"
    code_list: str | None = None
    limit: int | None = None
    default: Scalar | None = ""
    required: bool = False
    constant: Scalar | None = None
    when: tuple[str, str] | None = None
    function: str | None = None
    each: tuple[Line, ...] | None = None
    sort_by: str | None = None
    one_way: bool = False
    read_only: bool = False
    """Understood where it comes, never written: another form of what other lines write."""
    prefix: str = ""
    """Namespace prefix of an XML name; empty: that of the element around it."""
    also: tuple[str, ...] = ()
    """Other spellings under which the field is read."""
    given: str | None = None
    """Name of a value that is not in the document: whoever sends hands it in."""
    fields: tuple[Line, ...] | None = None
    """Lines of an object in the other side's document; with a source, of an object in ours too."""
    item: str | None = None
    """XML: name of each row's element inside this one; without it this element itself is repeated."""
    filler: bool = False
    """`default` is a filler: read back, it is no value."""
    numeric: bool = False
    """The other side writes its codes as numbers."""
    stand_in: str | None = None
    """Function that makes the rows of a list that must not be empty."""
    empty_list: bool = False
    """An absent object goes as an empty list."""
    holds_xml: bool = False
    """The field is a text in which an XML document stands."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Canonical paths (`documents[].name`) whose values do not come back, always or under a condition in words."""

    paths: tuple[str, ...]
    when: str = "always"
    number: int = 0


@dataclass(frozen=True, slots=True)
class XmlForm:
    """How a document looks as XML: its namespaces by prefix, and where its element stands, by port.

    A port's path leads from the outermost element to the one the lines describe (`(prefix, name)` each); the first port
    is written unless another is asked for, all are read.
    """

    namespaces: tuple[tuple[str, str], ...]
    ports: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    schema: Path | None = None


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
    when: tuple[tuple[str, str], ...] = ()
    """What is always so in the canonical document of this table, for several tables share a type."""
    xml: XmlForm | None = None
    schema: Path | None = None
    """The other side's XSD or JSON Schema."""
    head: int = 1
    """Where the table begins in its file."""

    @property
    def is_xml(self) -> bool:
        """Whether the whole document is XML; not where XML only stands in one of its fields."""
        return self.xml is not None and not any(line.holds_xml for line in self.lines)
