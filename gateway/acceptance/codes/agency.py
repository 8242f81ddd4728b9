"""Agency identifier codes in both living forms, compared as paths from level 1 downwards.

Old: QCVN 102:2016/BTTTT, `000.00.16.H46`, read right to left; new: Quyết định 20/2020/QĐ-TTg, `H46.16`, left to right.
A code is kept and sent as it was written; the path is for comparison only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_LENGTH = 35

_OLD = re.compile(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}")
_NEW = re.compile(r"[A-Y][0-9]{2}(?:\.[0-9A-Z]+)*")


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as its path: ("H46", "16") for `000.00.16.H46` as for `H46.16`."""

    path: tuple[str, ...]
    hierarchical: bool
    """False when a level is named below an empty one."""

    @property
    def level1(self) -> str:
        return self.path[0]

    def covers(self, other: Agency) -> bool:
        """Whether `other` is this agency or a unit below it."""
        return other.path[: len(self.path)] == self.path


def parse(code: str) -> Agency | None:
    """The agency a code names, or None when it is in neither form."""
    return _parse(code) if len(code) <= MAX_LENGTH else None  # what is longer is not worth remembering


@lru_cache(maxsize=4096)
def _parse(code: str) -> Agency | None:
    if _OLD.fullmatch(code):
        groups = code.split(".")[::-1]
    elif _NEW.fullmatch(code):
        groups = code.split(".")
    else:
        return None
    # Zero groups at the end mean "not deeper" (QCVN 102:2016).
    while len(groups) > 1 and not groups[-1].strip("0"):
        groups.pop()
    return Agency(tuple(groups), all(group.strip("0") for group in groups[1:]))
