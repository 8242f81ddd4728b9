"""A stream whose watcher reads nothing ends: its place is free for others, whatever its session is worth."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from gateway.telemetry import streaming
from gateway.telemetry.lifecycle import Happening
from gateway.telemetry.streaming import Streams
from gateway.telemetry.tail import Tail

LONG = "x" * 20_000


async def always() -> bool:
    return True


@pytest.fixture
async def watched() -> AsyncIterator[tuple[Tail, Streams, int]]:
    """The tail, its streams, and the port they are on."""
    tail = Tail()
    streams = Streams(tail)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await streams.events(request, "an", always, {})

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield tail, streams, runner.addresses[0][1]
    await streams.close()
    await runner.cleanup()


async def test_whoever_reads_nothing_of_what_it_watches_loses_its_place(
    watched: tuple[Tail, Streams, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it may watch is asked between two writes, and there would be none for ever."""
    monkeypatch.setattr(streaming, "WRITE_WITHIN", 0.1)
    monkeypatch.setattr(streaming, "MOST_OF_ONE", 1)
    tail, streams, port = watched
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(60):
            while not streams.watched():
                await asyncio.sleep(0.01)
            while streams.watched():
                for _ in range(200):
                    tail.hear(Happening("delivery", "delivered", LONG, "t", "s", "d", "portal", 1))
                await asyncio.sleep(0.05)
    async with ClientSession() as http, http.get(f"http://127.0.0.1:{port}/") as stream:
        assert (stream.status, await stream.content.readany()) == (200, b"retry: 2000\n\n")
