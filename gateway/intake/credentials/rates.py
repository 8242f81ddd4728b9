"""How fast a client may send: so many messages a second, and so many at once after a pause.

Counted are messages, not calls. One call may hold more than a client may send at once: it is let in when nothing is
owed, and what it took too much is worked off before the next. What counts lies in eight bytes a client, in a file that
all processes of a machine map, so a client has one rate however many doors it meets (docs/decisions/0039).
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from math import ceil, inf
from pathlib import Path
from typing import NamedTuple

import structlog

from gateway.client_settings import LONGEST_DEBT, burst_of
from gateway.errors import IntakeError
from gateway.intake.problem import refusal

log = structlog.get_logger(__name__)

_MOMENT = struct.Struct("=d")
_MAP_AGAIN = 10.0
"""Seconds after which a file that could not be mapped (a full disk) is tried again."""
# More is never owed: such a moment is of another boot of the machine.
_MOST_OWED = LONGEST_DEBT


class Rate(NamedTuple):
    """`per_second` messages, `burst` of them at once."""

    per_second: float
    burst: int

    @classmethod
    def of(cls, per_second: float, burst: int) -> Rate:
        """As configured, or as much of it as can be worked off."""
        return cls(per_second, max(1, min(burst_of(per_second, burst), int(per_second * _MOST_OWED))))


class Standing(NamedTuple):
    """Where a client stands after a call: how many it may send now, and in how many seconds it may send all again."""

    rate: Rate
    left: int
    full_in: float

    def headers(self) -> dict[str, str]:
        """As the IETF's draft has it (draft-ietf-httpapi-ratelimit-headers)."""
        window = max(1, ceil(self.rate.burst / self.rate.per_second))
        return {
            "RateLimit-Policy": f'"messages";q={self.rate.burst};w={window}',
            "RateLimit": f'"messages";r={self.left};t={ceil(self.full_in)}',
        }


class TooFastError(IntakeError):
    """429: a client has sent more than it may. `seconds`: until it may send what it wanted to."""

    def __init__(self, standing: Standing, seconds: float) -> None:
        rate = standing.rate
        said = refusal(
            429,
            "RATE",
            f"Client này được gửi {rate.per_second:g} thông điệp/giây (mỗi lúc tối đa {rate.burst}); chưa có gì được "
            f"lưu, hãy gửi lại nguyên vẹn sau {ceil(seconds)} giây.",
            f"This client may send {rate.per_second:g} messages a second ({rate.burst} at once); nothing was stored, "
            f"send the same again in {ceil(seconds)} seconds.",
        )
        super().__init__(
            429,
            said.title,
            said.detail,
            said.problems,
            reason="RATE",
            retry_after=max(1, ceil(seconds)),
            headers=standing.headers(),
        )
        self.seconds = seconds


class Rates:
    """What every client has sent lately. Constant work; never waits for another process."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`folder`: where processes of this machine share what they count; None: each for itself."""
        self._folder = folder
        self._clock = clock
        self._places: dict[str, mmap.mmap | bytearray] = {}
        self._again_at: dict[str, float] = {}
        """Clients that are counted here alone, and from when on their file is tried again."""

    def look(self, client: str, rate: Rate | None) -> None:
        """Raises `TooFastError` when not even one message may come now. Takes nothing."""
        if rate is not None:
            self._judge(client, rate, 1)

    def take(self, client: str, rate: Rate | None, messages: int = 1) -> Standing | None:
        """Count messages that are let in. Raises `TooFastError`, counting none, when they may not come now.

        Two doors that look in the same microsecond may both let somebody in: a message too many, and nobody waits.
        """
        if rate is None or messages == 0:
            return None
        now, full_at = self._judge(client, rate, messages)
        # Beyond that it would be taken for no debt at all.
        full_at = min(full_at + messages / rate.per_second, now + _MOST_OWED)
        _MOMENT.pack_into(self._place(client), 0, full_at)
        return _standing(rate, full_at - now)

    def wait_for(self, client: str, rate: Rate, messages: int) -> float:
        """Seconds until so many may come; 0 when they may now."""
        try:
            self._judge(client, rate, messages)
        except TooFastError as exc:
            return exc.seconds
        return 0.0

    def _judge(self, client: str, rate: Rate, messages: int) -> tuple[float, float]:
        """Now, and the moment from which on nothing is owed."""
        now = self._clock()
        (full_at,) = _MOMENT.unpack_from(self._place(client))
        if not now < full_at <= now + _MOST_OWED:
            full_at = now
        allowed = max(0, rate.burst - messages) / rate.per_second
        owed = full_at - now
        # A hair's breadth of float error must not turn "in 0 seconds" into a refusal.
        if owed > allowed + 1e-6:
            raise TooFastError(_standing(rate, owed), owed - allowed)
        return now, full_at

    def _place(self, client: str) -> mmap.mmap | bytearray:
        place = self._places.get(client)
        if place is None or (self._again_at and self._again_at.get(client, inf) <= self._clock()):
            place = self._places[client] = self._new_place(client, place)
        return place

    def _new_place(self, client: str, apart: mmap.mmap | bytearray | None) -> mmap.mmap | bytearray:
        """`apart`: where it was counted while its file could not be mapped; what is owed there is owed on."""
        if self._folder is not None:
            try:
                place = _mapped(self._folder, client)
            except OSError as exc:
                if client not in self._again_at:
                    log.warning("rates.counted_apart", client=client, error=str(exc))
                self._again_at[client] = self._clock() + _MAP_AGAIN
            else:
                self._again_at.pop(client, None)
                if apart is not None:
                    _carry(apart, place, self._clock())
                return place
        return apart or bytearray(_MOMENT.size)


def _carry(apart: mmap.mmap | bytearray, place: mmap.mmap, now: float) -> None:
    """What was counted in the one is owed in the other, beside what others counted there."""
    (here,), (there,) = _MOMENT.unpack_from(apart), _MOMENT.unpack_from(place)
    owed = sum(min(max(0.0, full_at - now), _MOST_OWED) for full_at in (here, there))
    _MOMENT.pack_into(place, 0, now + min(owed, _MOST_OWED))


def _mapped(folder: Path, client: str) -> mmap.mmap:
    """Its file in memory. Raises `OSError`, also where the disk is full."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / client, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < _MOMENT.size:
            # Not a hole: filling one through the map on a full disk ends the process (SIGBUS).
            os.pwrite(descriptor, bytes(_MOMENT.size), 0)
        return mmap.mmap(descriptor, _MOMENT.size)
    finally:
        os.close(descriptor)


def _standing(rate: Rate, owed: float) -> Standing:
    return Standing(rate, max(0, int(rate.burst - owed * rate.per_second + 1e-6)), max(0.0, owed))
