"""Dossier codes, Thông tư 01/2018/TT-VPCP art. 19: agency code, day of reception, running number of that day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from gateway.acceptance.codes import agency
from gateway.acceptance.codes.agency import Agency

FIRST_DAY = date(2018, 1, 1)
"""No dossier code can be older than the circular (codes.md §2, assumed floor)."""

MAX_LENGTH = agency.MAX_LENGTH + len("-ddmmyy-000000")

_CODE = re.compile(
    r"([0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}|[A-Y][0-9]{2}(?:\.[0-9A-Z]+){0,6})"
    r"-([0-9]{2})([0-9]{2})([0-9]{2})-([0-9]{4,6})"
)


@dataclass(frozen=True, slots=True)
class DossierCode:
    """A dossier code taken apart. `day` is None when its six digits are no real date."""

    agency: Agency
    day: date | None
    number: int


def parse(code: str) -> DossierCode | None:
    """The parts of a dossier code, or None when it is not well formed (number 0000 included)."""
    return _parse(code) if len(code) <= MAX_LENGTH else None


# One message asks several times: whose its code is, whether it is right, in which mode it goes out.
@lru_cache(maxsize=4096)
def _parse(code: str) -> DossierCode | None:
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    written, year, month, day_, number = found.groups()
    unit = agency.parse(written)
    if unit is None or int(number) == 0:
        return None
    try:
        day = date(2000 + int(year), int(month), int(day_))
    except ValueError:
        day = None
    return DossierCode(unit, day, int(number))


def is_plausible(day: date | None, today: date) -> bool:
    """Whether the date of a code is real, not before 2018 and not in the future (`today`: Asia/Ho_Chi_Minh)."""
    return day is not None and FIRST_DAY <= day <= today
