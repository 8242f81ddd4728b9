"""What the code rules need beside the document, and how they read documents of any shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Context:
    """Today in Vietnam, the configured switches and lists."""

    today: date
    closed_agency: Literal["warn", "refuse"]
    level1_valid: Mapping[str, tuple[date | None, date | None]]
    local_procedures: Collection[str]


def part(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name; an empty one where there is none."""
    found = data.get(name)
    return found if type(found) is dict else _NOTHING


def rows(holder: dict[str, Any], name: str, at: str) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a list, each with its pointer; `at` is where the holder stands."""
    found = holder.get(name)
    if type(found) is not list:
        return []
    return [(f"{at}/{name}/{index}", row) for index, row in enumerate(found) if type(row) is dict]
