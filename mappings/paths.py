"""Canonical paths made into functions: read a value, put one back, say where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mappings.errors import MappingWarning

Document = dict[str, Any]
Given = Mapping[str, Any]
"""Values by name that are on the wire and not in the document (a reference, a check value)."""

NOTHING_GIVEN: Given = MappingProxyType({})
ITSELF = "."
"""The path of a row that is a plain value: the row."""


class Trip:
    """One document on its way: the whole canonical document, the row we are at, and what was lost so far."""

    __slots__ = ("at", "given", "root", "taken", "warnings")

    def __init__(self, root: Document, given: Given = NOTHING_GIVEN) -> None:
        self.root = root
        self.given = given
        self.at: tuple[str | int, ...] = ()
        self.warnings: list[MappingWarning] = []
        self.taken: dict[str, Any] = {}
        """Given values found in the other side's record."""


Read = Callable[[Any, Trip], Any]
"""(the row at hand, the trip) -> the value, None when it is absent."""
Write = Callable[[Document, Trip, Any], None]


def reader(path: str) -> Read:
    """Reads one path; `/…` starts at the whole document."""
    if path == ITSELF:
        return lambda item, _trip: item
    if path.startswith("/"):
        from_root = reader(path[1:])
        return lambda _item, trip: from_root(trip.root, trip)
    parent, dot, rest = path.partition(".")
    if not dot:
        return lambda item, _trip: item.get(path)
    if "." not in rest:  # most are no deeper, and a call less for each
        return lambda item, _trip: None if (node := item.get(parent)) is None else node.get(rest)
    read = reader(rest)

    def nested(item: Document, trip: Trip) -> Any:
        node = item.get(parent)
        return None if node is None else read(node, trip)

    return nested


def first_of(paths: tuple[str, ...]) -> Read:
    """Reads the first path that has a value."""
    if len(paths) == 1:
        return reader(paths[0])
    readers = [reader(path) for path in paths]

    def read(item: Document, trip: Trip) -> Any:
        for each in readers:
            value = each(item, trip)
            if value is not None:
                return value
        return None

    return read


def writer(path: str) -> Write:
    """Puts a value where `reader` would find it; a plain value's row is an object that holds it under `.`."""
    *parents, leaf = steps(path) or [ITSELF]
    from_root = path.startswith("/")

    def write(item: Document, trip: Trip, value: Any) -> None:
        node = trip.root if from_root else item
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value

    return write


def steps(path: str) -> list[str]:
    """The names on a path."""
    return [] if path == ITSELF else path.removeprefix("/").split(".")


def pointer(path: str, trip: Trip) -> str:
    """Where a path leads from the row at hand, as a JSON Pointer into the whole canonical document."""
    way = steps(path)
    return "".join(f"/{step}" for step in (way if path.startswith("/") else (*trip.at, *way)))


def place(paths: tuple[str, ...], item: Document, trip: Trip) -> str:
    """Where the value that `first_of` reads stands; where none has a value, where the first would."""
    found = next((path for path in paths if reader(path)(item, trip) is not None), paths[0])
    return pointer(found, trip)
