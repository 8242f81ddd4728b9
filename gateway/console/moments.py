"""Moments and spans of time as people here read them: Vietnamese time, day before month."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.console.language import Language
from mappings.convert import VIETNAM

_UNITS = ((86_400, "ngày", "d"), (3_600, "giờ", "h"), (60, "phút", "min"), (1, "giây", "s"))


def read(at: str | datetime) -> datetime:
    """A moment, however it is told."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def clock(at: str | datetime, now: datetime) -> str:
    """A moment to the second; its day only where that is not today."""
    local = read(at).astimezone(VIETNAM)
    day = "" if local.date() == now.astimezone(VIETNAM).date() else local.strftime("%d/%m/%Y ")
    return f"{day}{local:%H:%M:%S}"


def machine(at: str | datetime) -> str:
    """The same for programs."""
    return read(at).astimezone(VIETNAM).isoformat(timespec="seconds")


def span(length: timedelta | float, language: Language) -> str:
    """A span in its two largest units, whole seconds."""
    total = length.total_seconds() if isinstance(length, timedelta) else length
    left = max(0, int(total))
    parts: list[tuple[int, str, str]] = []
    for seconds, vi, en in _UNITS:
        count, left = divmod(left, seconds)
        if count or (parts and len(parts) < 2):
            parts.append((count, vi, en))
    told = [part for part in parts[:2] if part[0]] or [(0, "giây", "s")]
    return " ".join(f"{n} {vi if language == 'vi' else en}" for n, vi, en in told)


def took(began: str, ended: str) -> str:
    """How long an attempt took; the same in both languages."""
    milliseconds = round((read(ended) - read(began)).total_seconds() * 1000)
    return f"{milliseconds} ms" if milliseconds < 10_000 else f"{milliseconds // 1000} s"
