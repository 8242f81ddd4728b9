"""The line that can be cut does each thing it says, and heals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest

from tests.chaos.full_disk import Disk
from tests.chaos.proxy import Proxy, Way, proxied, proxied_url

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Join = Callable[[], Awaitable[Ends]]


class Echo:
    """Answers every line with itself, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ended = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while line := await reader.readline():
                self.heard.append(line)
                writer.write(line)
        self.ended += 1
        writer.close()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def line(echo: Echo) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with proxied("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


@pytest.fixture
async def joined(line: Proxy) -> AsyncIterator[Join]:
    """Makes connections through the line, and closes them in the end."""
    made: list[Ends] = []

    async def join() -> Ends:
        made.append(await asyncio.open_connection("127.0.0.1", line.port))
        return made[-1]

    yield join
    for _, writer in made:
        writer.close()


async def said(ends: Ends, word: bytes) -> bytes:
    ends[1].write(word + b"\n")
    return (await ends[0].readline()).strip()


async def silent(ends: Ends) -> bool:
    """Nothing to read, although everything that was going to happen at once has happened."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            return not await ends[0].readline()
    return True


async def test_what_is_said_is_heard_until_the_line_is_cut(line: Proxy, joined: Join) -> None:
    ends = await joined()
    assert await said(ends, b"one") == b"one"
    assert line.cut() == 1
    with pytest.raises(ConnectionResetError):
        await ends[0].read()
    assert await said(await joined(), b"two") == b"two"


async def test_a_refusing_line_keeps_what_is_there_and_takes_nothing_new(line: Proxy, joined: Join) -> None:
    ends = await joined()
    assert await said(ends, b"one") == b"one"
    await line.refuse()
    with pytest.raises(ConnectionRefusedError):
        await joined()
    assert await said(ends, b"still there") == b"still there"
    await line.heal()
    assert await said(await joined(), b"two") == b"two"


async def test_a_stalled_line_says_everything_once_it_comes_back(line: Proxy, joined: Join, echo: Echo) -> None:
    ends = await joined()
    assert await said(ends, b"one") == b"one"
    line.stall()
    ends[1].write(b"two\n")
    late = await joined()
    late[1].write(b"three\n")
    assert await silent(ends) and echo.heard == [b"one\n"]
    await line.heal()
    assert await ends[0].readline() == b"two\n"
    assert await late[0].readline() == b"three\n"


async def test_a_half_open_line_loses_what_is_said_and_is_reset_when_healed(
    line: Proxy, joined: Join, echo: Echo
) -> None:
    ends, other = await joined(), await joined()
    assert await said(ends, b"one") == b"one" == await said(other, b"one")
    line.swallow()
    ends[1].write(b"two\n")
    late = await joined()
    assert await silent(ends) and await silent(late) and echo.ended == 0
    await line.heal()
    with pytest.raises(ConnectionResetError):
        await ends[0].read()
    with pytest.raises(ConnectionResetError):
        await late[0].read()
    assert await said(other, b"lost nothing") == b"lost nothing"
    assert b"two\n" not in echo.heard


async def test_one_direction_can_be_silent_alone(line: Proxy, joined: Join, echo: Echo) -> None:
    ends = await joined()
    assert await said(ends, b"one") == b"one"
    line.swallow(Way.DOWN)
    ends[1].write(b"two\n")
    assert await silent(ends)
    assert echo.heard == [b"one\n", b"two\n"]


async def test_a_slow_line_keeps_the_order(line: Proxy, joined: Join) -> None:
    ends = await joined()
    line.delay(0.02)
    began = asyncio.get_running_loop().time()
    assert [await said(ends, b"%d" % number) for number in range(3)] == [b"0", b"1", b"2"]
    assert asyncio.get_running_loop().time() - began > 3 * 2 * 0.02 * 0.9


async def test_a_full_disk_refuses_what_was_written_and_nothing_else(postgres_server: str) -> None:
    disk = Disk()
    url = postgres_server.replace("+asyncpg", "")
    async with proxied_url(url, disk.rewriter) as (_, address):
        connection = await asyncpg.connect(address)
        try:
            await connection.execute("CREATE TEMP TABLE noted (number int)")
            disk.full = True
            with pytest.raises(asyncpg.DiskFullError):
                async with connection.transaction():
                    await connection.execute("INSERT INTO noted VALUES ($1)", 1)
            async with connection.transaction():
                assert await connection.fetchval("SELECT count(*) FROM noted") == 0
            disk.full = False
            async with connection.transaction():
                await connection.execute("INSERT INTO noted VALUES ($1)", 2)
            assert await connection.fetchval("SELECT number FROM noted") == 2
            assert disk.refusals == 2
        finally:
            await connection.close()
