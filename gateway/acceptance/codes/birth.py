"""Birth dates as people know them: the day, or the year alone."""

from __future__ import annotations

import re
from datetime import date

_BIRTH = re.compile(r"((?:1[89]|2[01])[0-9]{2})(?:-([0-9]{2})-([0-9]{2}))?")


def parse(text: str) -> date | None:
    """The day, of a year alone its first; None when it is neither `1985-04-12` nor `1985`, or no real day."""
    found = _BIRTH.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups(default="01")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
