"""The live tail: what happens to messages and deliveries, kept for a moment for whoever watches. Ids only, no content.

A process keeps the latest in a ring and costs nothing else while nobody watches. Processes that share a ledger tell
each other over its channel, and only while somebody somewhere watches. A tail is for looking: the ledger is the truth.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote

import structlog

from gateway.telemetry.lifecycle import Happening, Tap

log = structlog.get_logger(__name__)

KEEP = 5_000
"""Happenings; ten seconds of a very busy day."""
_SHARE_EVERY = 0.25
_WANTED_FOR = 10.0
_SAY_WANTED_EVERY = 3.0
_MOST_WORDS = 30
_LONGEST = 240
"""Of one word; thirty of them fit the 8,000 bytes of PostgreSQL's payload."""
TAIL, WATCHED = "tail", "watched"
"""Kinds of news: what happened elsewhere, and that somebody watches."""

TellOthers = Callable[[str, Sequence[str]], Awaitable[None]]


class Place(NamedTuple):
    """Where a watcher stands. Numbers only grow, and mean something to the tail that gave them alone."""

    tail: str
    number: int


class Told(NamedTuple):
    """One happening with its place."""

    place: Place
    at: datetime
    what: Happening


class Seen(NamedTuple):
    """What came after a place: the events, the place to go on from, and how many there were that are not kept.

    None of these are known (`lost`) to a tail that did not give the place: another process, or one from before a start.
    """

    events: Sequence[Told]
    place: Place
    lost: int | None


class Watched(Protocol):
    """Where a watcher reads."""

    async def after(self, place: Place | None, wait: float, limit: int) -> Seen:
        """What happened after a place (None: from now on), waiting so many seconds for the first of it.

        Of more than `limit` the newest; the rest counts as lost. A place that another tail gave is answered at once.
        """


class Tail:
    """The ring of one process. A `Tap`, and `Watched`."""

    def __init__(self, keep: int = KEEP) -> None:
        self._kept: deque[tuple[datetime, Happening]] = deque(maxlen=keep)
        """The latest, the last of them at `_place`: whoever watches counts back from there."""
        self._name = secrets.token_hex(4)
        self._place = 0
        self._news = asyncio.Event()
        self._unshared: list[str] = []
        self._shared = False
        self._wanted_until = 0.0

    def hear(self, happening: Happening) -> None:
        self._keep(happening)
        if self._shared and time.monotonic() < self._wanted_until and len(self._unshared) < KEEP:
            self._unshared.append(_word(happening))

    async def after(self, place: Place | None, wait: float, limit: int) -> Seen:
        """See `Watched`."""
        if place is not None and place.tail != self._name:
            return Seen((), self._here, None)
        start = self._place if place is None else min(place.number, self._place)
        if self._place <= start:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()
        events = self._newest(min(self._place - start, limit))
        return Seen(events, self._here, self._place - start - len(events))

    def _newest(self, count: int) -> Sequence[Told]:
        """Of so many, those that are kept."""
        first = max(len(self._kept) - count, 0)
        before = self._place - len(self._kept) + first
        kept = enumerate(islice(self._kept, first, None), before + 1)
        return [Told(Place(self._name, number), at, what) for number, (at, what) in kept]

    @property
    def _here(self) -> Place:
        return Place(self._name, self._place)

    def hear_news(self, kind: str, word: str) -> None:
        """What another process told."""
        if kind == TAIL and (happening := _read(word)) is not None:
            self._keep(happening)
        elif kind == WATCHED:
            self._wanted_until = time.monotonic() + _WANTED_FOR

    async def share(self, tell: TellOthers, watched: Callable[[], bool]) -> None:
        """Tell other processes, and that somebody watches here; until cancelled. What cannot be told is dropped."""
        self._shared, said_at = True, 0.0
        while True:
            await asyncio.sleep(_SHARE_EVERY)
            words, self._unshared = self._unshared, []
            try:
                if watched() and time.monotonic() - said_at > _SAY_WANTED_EVERY:
                    said_at = time.monotonic()
                    await tell(WATCHED, ["1"])
                for start in range(0, len(words), _MOST_WORDS):
                    await tell(TAIL, words[start : start + _MOST_WORDS])
            except Exception as exc:  # noqa: BLE001 - a tail is a courtesy
                log.warning("tail.not_told", error=type(exc).__name__)

    def _keep(self, happening: Happening) -> None:
        self._place += 1
        self._kept.append((datetime.now(UTC), happening))
        self._news.set()


class Both:
    """Two taps on one wire."""

    def __init__(self, one: Tap, other: Tap | None) -> None:
        self._taps = (one, other) if other is not None else (one,)

    def hear(self, happening: Happening) -> None:
        for tap in self._taps:
            tap.hear(happening)


def _word(happening: Happening) -> str:
    """Without blanks, for a channel that parts words by them."""
    word = "|".join(quote(str(part), safe="/.:-_") for part in happening)
    return word if len(word) <= _LONGEST else _word(happening._replace(subject="", code=""))[:_LONGEST]


def _read(word: str) -> Happening | None:
    parts = [unquote(part) for part in word.split("|")]
    if len(parts) != len(Happening._fields) or not parts[7].isdecimal():
        return None
    what, state, message, type_, subject, delivery, destination, attempt, code = parts
    return Happening(what, state, message, type_, subject, delivery, destination, int(attempt), code)
