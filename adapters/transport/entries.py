"""The catalogue form of an error: one code, what it means, who can fix it and what that person should do.

An adapter's `codes.py` and the transport's own table are made of these; the console shows them to operators, and every
`DeliveryError` takes its two texts from one of them, so no text is ever built from what a system answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from adapters.contract import DeliveryError, TransientError, UncertainError

E = TypeVar("E", bound=DeliveryError)

Fixer = Literal["sender", "operator", "system"]
"""sender: the office that sent the document; operator: whoever runs the gateway; system: the national system itself."""


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One error as a person meets it. Texts may hold `{name}` places, filled only with codes and numbers."""

    code: str
    vi: str
    en: str
    fixer: Fixer
    advice_vi: str
    advice_en: str

    def error(self, kind: type[E], *, fill: Mapping[str, object] | None = None, **facts: Any) -> E:
        """Build the `DeliveryError` of class `kind` with this entry's texts; `facts` go to its constructor."""
        places = fill or {}
        return kind(
            self.code.format_map(places),
            vi=f"{self.vi}. {self.advice_vi}".format_map(places),
            en=f"{self.en}. {self.advice_en}".format_map(places),
            **facts,
        )

    def unclear(self, *, write: bool, **facts: Any) -> DeliveryError:
        """Sent, no clear answer: uncertain for a write; a read or a login has no effect and may simply be repeated."""
        return self.error(UncertainError, **facts) if write else self.error(TransientError, **facts)


def by_code(entries: Iterable[ErrorEntry]) -> dict[str, ErrorEntry]:
    """Index entries by code. Raises ValueError when two share one."""
    table: dict[str, ErrorEntry] = {}
    for entry in entries:
        if entry.code in table:
            raise ValueError(f"two entries for {entry.code}")
        table[entry.code] = entry
    return table
