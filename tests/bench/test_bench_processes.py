"""The benchmark's processes: they end with the one that started them, and say why when they cannot go on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.bench import senders
from gateway.bench.process import BenchError, child
from gateway.bench.run import all_accepted

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers every request on a connection with a 503."""
    while await reader.read(1 << 20):
        writer.write(REFUSAL)
        await writer.drain()
    writer.close()


async def test_a_child_ends_when_nobody_needs_it(tmp_path: Path) -> None:
    async with child("portal", {"expected": 1}, tmp_path) as portal:
        port = (await portal.hear("port", 30))["port"]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
        assert (await portal.ask("effects"))["effects"] == []
    assert portal.ended
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_child_that_cannot_start_is_reported_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(BenchError) as told:
        async with child("nobody", {}, tmp_path) as nobody:
            await nobody.hear("port", 30)
    assert "đã dừng" in str(told.value) and "has ended" in str(told.value)
    assert "no role 'nobody'" in str(told.value)


async def test_a_silent_child_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="did not finish within"):
        async with child("portal", {"expected": 1}, tmp_path) as portal:
            await portal.hear("port", 30)
            await portal.hear("at", 0.01)


async def test_a_message_that_is_not_accepted_fails_the_run(tmp_path: Path) -> None:
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        orders = senders.orders(server.sockets[0].getsockname()[1], "lt_test", 6, 2)
        async with child("senders", orders, tmp_path) as sending:
            await sending.hear("ready", 30)
            sent = await sending.ask("go")
            assert sent["statuses"] == {"503": 6}
            with pytest.raises(BenchError, match="did not accept every message"):
                all_accepted(sent, 6, by=sending)
