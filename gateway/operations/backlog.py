"""How much waits for each destination, and when that will have gone at the present rate; honest where it will not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from gateway.ledger.alerts.port import BacklogSample
from gateway.ledger.port import Ledger
from gateway.ledger.shapes import iso
from gateway.message import OPEN
from mappings.convert import VIETNAM

WINDOW = timedelta(minutes=10)
"""The present rate is that of so much time."""
_SHORTEST = timedelta(minutes=2)
"""Less than this says nothing about a rate."""
_MINUTE = timedelta(minutes=1)

Outlook = Literal["empty", "emptying", "not_emptying", "unknown"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of a backlog if everything goes on as in the last minutes. Rates are obligations a minute."""

    outlook: Outlook
    done_per_minute: float | None = None
    arriving_per_minute: float | None = None
    empty_at: datetime | None = None

    @property
    def words(self) -> tuple[str, str]:
        """The outlook in Vietnamese and English."""
        if self.empty_at is not None:
            at = self.empty_at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
            return f"hết lúc {at} nếu giữ tốc độ này", f"empty at {at} at this rate"
        return {
            "empty": ("không còn gì chờ", "nothing waits"),
            "not_emptying": ("không vơi đi: đến bằng hoặc nhanh hơn đi", "not emptying: as much arrives as leaves"),
        }.get(self.outlook, ("chưa đủ số liệu (cần vài phút)", "not enough to say (needs a few minutes)"))


def forecast(samples: Sequence[BacklogSample], open_now: int, now: datetime) -> Forecast:
    """From the samples of one destination, oldest first. Pure."""
    if open_now == 0:
        return Forecast("empty")
    recent = [one for one in samples if now - one.at <= WINDOW]
    if not recent or now - recent[0].at < _SHORTEST:
        return Forecast("unknown")
    first, last = recent[0], recent[-1]
    between, so_far = last.at - first.at, now - first.at
    done = (last.ended - first.ended) / (between / _MINUTE) if between else None
    shrinking = (first.open - open_now) / (so_far / _MINUTE)
    arriving = max(0.0, done - (first.open - last.open) / (between / _MINUTE)) if done is not None else None
    if shrinking <= 0:
        return Forecast("not_emptying", done, arriving)
    return Forecast("emptying", done, arriving, now + open_now / shrinking * _MINUTE)


async def backlog(ledger: Ledger, now: datetime) -> list[dict[str, Any]]:
    """Every destination with what waits for it, as JSON-able values."""
    samples = await ledger.backlog_samples(now - WINDOW)
    return [_row(row, samples, now) for row in await ledger.board()]


def _row(row: dict[str, Any], samples: Sequence[BacklogSample], now: datetime) -> dict[str, Any]:
    name = row["destination"]
    open_now = sum(row["states"].get(state, 0) for state in OPEN)
    found = forecast([one for one in samples if one.destination == name], open_now, now)
    vi, en = found.words
    return {
        "destination": name,
        "open": open_now,
        "oldest_open_at": row["oldest_open_at"],
        "done_per_minute": _rounded(found.done_per_minute),
        "arriving_per_minute": _rounded(found.arriving_per_minute),
        "outlook": found.outlook,
        "empty_at": iso(found.empty_at),
        "vi": vi,
        "en": en,
    }


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)
