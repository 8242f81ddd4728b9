"""The `Retry-After` header (RFC 9110 §10.2.3): seconds or an HTTP date, as a time to wait from now.

What cannot be read counts as absent, and no system can silence a destination for longer than a day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)


def parse_retry_after(value: str | None, now: datetime | None = None) -> timedelta | None:
    """Time to wait, between zero and `LONGEST`; None when the header is absent or says nothing readable."""
    text = (value or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return LONGEST if len(text) > 6 else min(timedelta(seconds=int(text)), LONGEST)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    wait = at - (now or datetime.now(UTC))
    return min(max(wait, timedelta(0)), LONGEST)
