"""What a check of a table finds: file, line, and what to do, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to look at. An error makes documents fail or lie; a warning may be meant."""

    file: str
    line: int
    code: str
    severity: Literal["error", "warning"]
    vi: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity} {self.code}: {self.vi} / {self.en}"


def near(name: str, known: list[str]) -> tuple[str, str]:
    """What may have been meant, to be put behind a sentence."""
    found = get_close_matches(name, known, 1)
    return (f"; có phải là {found[0]}?", f"; did you mean {found[0]}?") if found else (".", "")
