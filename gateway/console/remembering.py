"""Sums that are asked for by every page that is open: made anew at a rate that follows from what they cost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_TIMES = 20
"""What took a second is shown for so many: however many look, it takes a twentieth of the time."""
_QUICK = 0.25
"""Seconds; what takes less is always fresh."""


class Remembered(Generic[T]):
    """The latest answer of something that may take long. Those who ask at the same time share one asking."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._lock = asyncio.Lock()
        self._found: tuple[T, float] | None = None
        """The answer, and the loop's time until which it is good."""

    async def get(self) -> T:
        """The answer. Raises whatever asking raises."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            began = loop.time()
            if self._found is not None and began < self._found[1]:
                return self._found[0]
            answer = await self._ask()
            ended = loop.time()
            took = ended - began
            self._found = answer, ended + (took * _TIMES if took > _QUICK else 0.0)
            return answer
