"""Moments and spans of time as people here read them: Vietnamese time, day before month, both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.console.markup import Html, tag
from gateway.console.words import Words

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_UNITS = ((86_400, "ngày", "d"), (3_600, "giờ", "h"), (60, "phút", "min"), (1, "giây", "s"))


def moment(at: str | datetime, now: datetime) -> Html:
    """A moment to the second; its day only where that is not today."""
    local = _read(at).astimezone(_LOCAL)
    day = "" if local.date() == now.astimezone(_LOCAL).date() else local.strftime("%d/%m/%Y ")
    return tag("time", f"{day}{local:%H:%M:%S}", datetime=local.isoformat(timespec="seconds"))


def since(at: str, now: datetime) -> Words:
    """How long ago something was."""
    return span(now - _read(at))


def until(at: str, now: datetime) -> Words | None:
    """How long it still takes; None when it is due."""
    left = _read(at) - now
    return span(left) if left > timedelta(0) else None


def span(length: timedelta) -> Words:
    """A span in its two largest units, whole seconds."""
    left = max(0, int(length.total_seconds()))
    parts: list[tuple[int, str, str]] = []
    for seconds, vi, en in _UNITS:
        count, left = divmod(left, seconds)
        if count or (parts and len(parts) < 2):
            parts.append((count, vi, en))
    told = [part for part in parts[:2] if part[0]] or [(0, "giây", "s")]
    return Words(" ".join(f"{n} {vi}" for n, vi, _ in told), " ".join(f"{n} {en}" for n, _, en in told))


def took(began: str, ended: str) -> str:
    """How long an attempt took; the same in both languages."""
    milliseconds = round((_read(ended) - _read(began)).total_seconds() * 1000)
    return f"{milliseconds} ms" if milliseconds < 10_000 else f"{milliseconds // 1000} s"


def _read(at: str | datetime) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at
