"""Tells whoever started this process how it is (sd_notify): ready, alive, stopping. Without such a one, nothing.

Source: the manual pages sd_notify(3) and sd_watchdog_enabled(3) of systemd.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


def tell(word: str) -> None:
    """Say one thing (`READY=1`). A supervisor that does not listen is not our trouble, and never holds up the loop."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.setblocking(False)
        way.sendto(word.encode(), name)


@asynccontextmanager
async def supervised() -> AsyncIterator[None]:
    """Ready from here on, and alive as long as the event loop turns; stopping on leaving."""
    tell("READY=1")
    living = asyncio.create_task(_live(), name="watchdog")
    try:
        yield
    finally:
        tell("STOPPING=1")
        living.cancel()


async def _live() -> None:
    """A third of the time the supervisor grants: a loop that hangs is noticed, one that is busy is not taken for it."""
    micros = os.environ.get("WATCHDOG_USEC", "")
    if not micros.isdigit() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        tell("WATCHDOG=1")
        await asyncio.sleep(int(micros) / 3_000_000)
