"""Moments by RFC 3339 with an offset, and the day they fall on in Vietnam (UTC+7, no daylight saving since 1975)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_MOMENT = re.compile(
    r"(?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"(?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}")
_LOCAL = re.compile(rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?")


def parse(text: str) -> datetime | None:
    """The moment, aware, or None when it is malformed or not real (31 February, 25 o'clock)."""
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """Whether it is a day as 2025-03-10 that exists, in years that a ledger can reckon with."""
    return _DAY.fullmatch(text) is not None and _is_real(text)


def says_when(text: str) -> bool:
    """Whether it is a moment, or a day."""
    return parse(text) is not None or is_day(text)


def says_when_here(text: str) -> bool:
    """The same, or what a browser's field for a moment gives: 2025-03-10T08:00, by the clocks of Việt Nam."""
    return says_when(text) or (_LOCAL.fullmatch(text) is not None and _is_real(text))


def _is_real(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def day_in_vietnam(moment: datetime) -> date:
    """The calendar day of an aware moment in Vietnam."""
    return moment.astimezone(VIETNAM).date()
