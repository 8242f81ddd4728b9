"""Moments by RFC 3339 with an offset, and the day they fall on in Vietnam (UTC+7, no daylight saving since 1975)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_MOMENT = re.compile(
    r"(?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def parse(text: str) -> datetime | None:
    """The moment, aware, or None when it is malformed or not real (31 February, 25 o'clock)."""
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def day_in_vietnam(moment: datetime) -> date:
    """The calendar day of an aware moment in Vietnam."""
    return moment.astimezone(VIETNAM).date()
