"""Which of the documents a store lists may be used again (codes sheet §10): a pure rule over frozen values.

Same result code, not revoked, not expired, signature valid; of several the newest. The owner is judged with the
document itself, since lists do not name one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DAY = re.compile(r"[0-9]{8}")
_VALID, _SIGNED = "1", "1"


@dataclass(frozen=True, slots=True)
class Paper:
    """What a store says of one document. Days are `yyyymmdd`; what it does not say is empty."""

    id: str
    result_code: str
    issued_on: str
    valid_until: str
    state: str
    signature: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The question's side: the code asked for and the day that counts (`yyyymmdd`, in Vietnam).

    `accept_unstated`: no word on state or signature counts as good.
    """

    result_code: str
    today: str
    accept_unstated: bool = False

    def allows(self, paper: Paper) -> bool:
        """Whether the document may be used again today; its last day still counts."""
        return (
            paper.result_code.upper() == self.result_code.upper()
            and self._good(paper.state, _VALID)
            and self._good(paper.signature, _SIGNED)
            and self._lasts(paper.valid_until)
        )

    def _good(self, said: str, good: str) -> bool:
        return said == good or (self.accept_unstated and not said)

    def _lasts(self, until: str) -> bool:
        # Without a last day it lasts; a day nobody can read proves nothing.
        return not until or (bool(_DAY.fullmatch(until)) and until >= self.today)


def choose(papers: Iterable[Paper], rule: Rule) -> list[Paper]:
    """The documents the rule allows, newest first; of the same day in the order listed."""
    return sorted(filter(rule.allows, papers), key=lambda paper: paper.issued_on, reverse=True)
