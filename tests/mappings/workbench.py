"""Small tables and code lists written into a folder, for tests of how they are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent, indent

from mappings import Catalogue, Mapping

NAME = "land_registry/parcel.recorded.v1"
FILE = f"catalog/{NAME}/mapping.yaml"
HEAD = """\
name: land_registry/parcel.recorded.v1
version: "1"
effective_from: 2025-01-01
canonical: parcel.recorded.v1
"""
FIRST_LINE = HEAD.count("\n") + 2
"""Where the first line of a table's `fields` stands."""

COLOURS = """\
name: colours
vi: Màu
en: colour
entries:
  - {canonical: "red", foreign: "1"}
  - {canonical: "green", foreign: "2"}
"""


def write(folder: Path, file: str, text: str) -> Path:
    """A file below the folder; the folder again."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return folder


def a_table(fields: str, head: str = HEAD) -> str:
    """A table with these lines under `fields`."""
    return f"{head}fields:\n{indent(dedent(fields).strip(), '  ')}\n"


def a_catalogue(folder: Path, fields: str, **lists: str) -> Catalogue:
    """A catalogue with one mapping and the colours; further code lists by name."""
    write(folder, FILE, a_table(fields))
    for name, text in {"colours": COLOURS, **lists}.items():
        write(folder, f"codelists/{name}.yaml", text)
    return Catalogue.load(folder)


def a_mapping(folder: Path, fields: str, **lists: str) -> Mapping:
    """The one mapping, compiled."""
    return a_catalogue(folder, fields, **lists).get(NAME, date(2025, 6, 12))
