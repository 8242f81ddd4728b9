"""Senders at a fixed rate that wait for nobody: a message is due when its moment comes, whatever became of the last.

Latency counts from that moment, so a system that stalls pays for everything it made wait (no coordinated omission). The
moments are kept by a thread that sleeps, because an event loop's timers are only good to a millisecond.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from functools import partial
from typing import cast

from gateway.bench.process import Facts, Starter
from gateway.bench.senders import requests
from gateway.bench.wire import take

_LEAD = 0.5
"""Seconds between the word to go and the first message."""


class PacedSender(asyncio.Protocol):
    """One connection: its messages keep their order, and one that is due while another is under way waits its turn."""

    def __init__(self, messages: int) -> None:
        """`done` once so many have been answered, or the connection was cut."""
        self._messages = messages
        self._buffer = bytearray()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._due_at: float | None = None
        self._transport: asyncio.Transport
        self.statuses: Counter[str] = Counter()
        self.done = asyncio.Event()
        self.answered: list[tuple[float, float]] = []
        """When one was due, and how many seconds later it was answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def due(self, request: bytes, at: float) -> None:
        """Send this one now, or as soon as the connection is free."""
        if self._due_at is None:
            self._due_at = at
            self._transport.write(request)
        else:
            self._waiting.append((request, at))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answer = take(self._buffer)
        if answer is None or self._due_at is None:
            return
        self.answered.append((self._due_at, time.monotonic() - self._due_at))
        self.statuses[answer[0][9:12].decode()] += 1
        self._due_at = None
        if self._waiting:
            self.due(*self._waiting.popleft())
        elif self.statuses.total() == self._messages:
            self.done.set()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.is_set():
            self.statuses["cut"] += 1
            self.done.set()


async def send_paced(starter: Starter, config: Facts) -> None:
    """The role: connect, wait for the word, send `rate` messages a second; tell when the first was due.

    And how long answers took, those of the first `warm_up` seconds left out.
    """
    loop = asyncio.get_running_loop()
    scripts = requests(config)
    senders: list[PacedSender] = []
    for script in scripts:
        _, sender = await loop.create_connection(partial(PacedSender, len(script)), "127.0.0.1", config["port"])
        senders.append(sender)
    in_turn = [
        (sender, script[row])
        for row in range(max(map(len, scripts)))
        for sender, script in zip(senders, scripts, strict=True)
        if row < len(script)
    ]
    starter.tell(ready=True)
    if await starter.hear() is None:
        return
    first, interval = time.monotonic() + _LEAD, 1 / config["rate"]

    def keep_pace() -> None:
        for number, (sender, request) in enumerate(in_turn):
            at = first + number * interval
            time.sleep(max(0.0, at - time.monotonic()))
            loop.call_soon_threadsafe(sender.due, request, at)

    threading.Thread(target=keep_pace, daemon=True).start()
    await asyncio.gather(*(sender.done.wait() for sender in senders))
    statuses: Counter[str] = sum((sender.statuses for sender in senders), Counter())
    answered = [seconds for sender in senders for at, seconds in sender.answered if at >= first + config["warm_up"]]
    starter.tell(go=True, first=first, statuses=statuses, answered=answered)
