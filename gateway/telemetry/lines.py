"""Where log lines go: what one turn of the loop says is written in one piece, for a write costs more than the line.

Warnings and errors are written at once, with all that was said before them, so that they are there whatever comes next.
A process killed between two turns loses the informational lines of the last one; what happened stands in the ledger.
"""

from __future__ import annotations

import asyncio
from typing import TextIO


class Lines:
    """A logger for structlog: each method takes one rendered line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._kept: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """Where the end of this turn is waited for."""

    def info(self, line: str) -> None:
        """Write with the rest of this turn; outside a loop, now."""
        self._kept.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if loop is not self._loop:
            self._loop = loop
            loop.call_soon(self._end_of_turn)

    def error(self, line: str) -> None:
        """Write now."""
        self._kept.append(line)
        self.flush()

    debug = info
    warning = critical = error

    def _end_of_turn(self) -> None:
        self._loop = None
        self.flush()

    def flush(self) -> None:
        """Write what was kept."""
        kept, self._kept = self._kept, []
        if kept:
            self._stream.write("\n".join(kept) + "\n")
            self._stream.flush()
