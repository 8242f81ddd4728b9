"""Which code of a list an unmapped one may stand for: proposals with their reason, for a person to confirm. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from mappings.codelists import CodeList, Entry

MOST = 3
_ALIKE = 0.75
_BEGINS_ALIKE = 0.95
_ENDED = 0.3
"""What a proposal loses because its entry holds no more."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A code of the other side, and why; `name` is what the list calls it. `score`: 1 certain, 0 nothing."""

    foreign: str
    name: str
    score: float
    vi: str
    en: str

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def propose(code_list: CodeList, code: str, name: str, on: date) -> list[Proposal]:
    """The nearest entries by code and by name, best first; none where nothing is near."""
    best: dict[str, Proposal] = {}
    own = [*_own(code_list, code)]  # then what other codes look like says nothing more: they end alike
    for one in (*own, *_near(code_list.entries, "" if own else code, name, on)):
        known = best.get(one.foreign)
        if known is None or one.score > known.score:
            best[one.foreign] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.foreign))[:MOST]


def plain(name: str) -> str:
    """Letters without marks and case, for comparing names as people type them."""
    letters = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).casefold().split())


def _own(code_list: CodeList, code: str) -> Iterator[Proposal]:
    """A local code is often one of the other side's with something behind it."""
    begins = next((code[:length] for length in range(len(code) - 1, 0, -1) if code_list.own(code[:length])), None)
    if begins is not None:
        name = next((entry.vi for entry in code_list.entries if entry.foreign == begins), "")
        vi, en = "mã bắt đầu bằng mã của hệ thống đích", "the code begins with one of the other side's"
        yield Proposal(begins, name, _BEGINS_ALIKE, vi, en)


def _near(entries: Iterable[Entry], code: str, name: str, on: date) -> Iterator[Proposal]:
    code, name = code.upper(), plain(name)
    for entry in entries:
        by_code = _alike(code, entry.canonical.upper())
        by_name = max(_alike(name, plain(entry.vi)), _alike(name, plain(entry.en)))
        score = max(by_code, by_name)
        if score < _ALIKE:
            continue
        if by_code >= by_name:
            vi, en = f"gần với mã {entry.canonical}", f"near the code {entry.canonical}"
        else:
            vi, en = "tên gần giống", "the name is alike"
        if not entry.holds(on):
            score, vi, en = score - _ENDED, f"{vi}, mã ấy nay không còn hiệu lực", f"{en}, which is not in force now"
        yield Proposal(entry.foreign, entry.vi, round(score, 2), vi, en)


def _alike(one: str, other: str) -> float:
    """From 0 to 1; what cannot come near is not looked at closely."""
    if not one or not other:
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()
