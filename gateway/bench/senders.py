"""The senders: a lean HTTP client of our own, one script per kept connection, each message after the last answer.

It must cost so little that the server under test stays the limit; the report shows what it cost.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial
from typing import Any, cast

from gateway.bench.dossiers import scripts
from gateway.bench.process import Facts, Starter, usage
from gateway.bench.wire import take

ACCEPTED = "202"


class Sender(asyncio.Protocol):
    """One connection working through its requests."""

    def __init__(self, requests: list[bytes]) -> None:
        self._requests = iter(requests)
        self._buffer = bytearray()
        self._transport: asyncio.Transport
        self.statuses: Counter[str] = Counter()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send_next(self) -> None:
        """Send the next request, if there is one."""
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answer = take(self._buffer)
        if answer is not None:
            self.statuses[answer[0][9:12].decode()] += 1
            self.send_next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.statuses["cut"] += 1
            self.done.set_result(None)


async def send(starter: Starter, config: Facts) -> None:
    """The role: connect, wait for the word, send everything, tell when and with which answers."""
    loop = asyncio.get_running_loop()
    senders: list[Sender] = []
    for script in requests(config):
        _, sender = await loop.create_connection(partial(Sender, script), "127.0.0.1", config["port"])
        senders.append(sender)
    starter.tell(ready=True)
    if await starter.hear() is None:
        return
    before = usage()["cpu"]
    first = time.monotonic()
    for sender in senders:
        sender.send_next()
    await asyncio.gather(*(sender.done for sender in senders))
    last = time.monotonic()
    statuses: Counter[str] = sum((sender.statuses for sender in senders), Counter())
    starter.tell(go=True, first=first, last=last, cpu=usage()["cpu"] - before, statuses=statuses)


def requests(config: Facts) -> list[list[bytes]]:
    """Every connection's requests as bytes, made before the clock runs."""
    head = (
        "POST /v1/messages HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{config['port']}\r\n"
        f"Authorization: Bearer {config['key']}\r\n"
        "Content-Type: application/cloudevents+json\r\n"
        "Content-Length: {}\r\n\r\n"
    )
    return [
        [head.format(len(sample.body)).encode() + sample.body for sample in script] * config["copies"]
        for script in scripts(config["messages"], config["connections"], config["skip"])
    ]


def orders(port: int, key: str, messages: int, connections: int, copies: int = 1, skip: int = 0) -> dict[str, Any]:
    """The configuration of this role.

    `copies` sends every script so many times over, `skip` leaves the first dossiers to others.
    """
    return {
        "port": port, "key": key, "messages": messages, "connections": connections, "copies": copies, "skip": skip,
    }  # fmt: skip
