"""Worked examples beside a table: what must come out, what must be reported, what must come back.

`<case>.in.json` is a canonical document, `<case>.out.json` the other side's record. `<case>.warnings.json` lists what
is lost on the way (without the file: nothing); `<case>.back.json` is what comes back, where that is not the document
itself without the paths the table declares always lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mappings.catalogue import HOME


@dataclass(frozen=True, slots=True)
class Example:
    """One case. `back` is None where the document itself comes back."""

    mapping: str
    case: str
    document: dict[str, Any]
    record: dict[str, Any]
    warnings: list[dict[str, str]]
    back: dict[str, Any] | None


def read_examples(name: str, folder: Path = HOME) -> list[Example]:
    """The examples of a mapping, by case. Raises `FileNotFoundError` for a case without its `.out.json`."""
    home = folder / "catalog" / name / "examples"
    cases = sorted(path.name.removesuffix(".in.json") for path in home.glob("*.in.json"))
    return [
        Example(
            mapping=name,
            case=case,
            document=_read(home / f"{case}.in.json"),
            record=_read(home / f"{case}.out.json"),
            warnings=_read_if_there(home / f"{case}.warnings.json") or [],
            back=_read_if_there(home / f"{case}.back.json"),
        )
        for case in cases
    ]


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _read_if_there(path: Path) -> Any:
    return _read(path) if path.exists() else None
