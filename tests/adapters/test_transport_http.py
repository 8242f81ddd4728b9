"""The HTTP wrapper on real sockets: what it sends again, what never, and what it knows about bytes that left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from yarl import URL

from adapters.contract import PermanentError, TransientError, UncertainError
from adapters.transport.http import Answer, Call, Http
from adapters.transport.settings import HttpSettings
from tests.adapters.portal_rig import closed_port

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def settings(**changes: object) -> HttpSettings:
    return HttpSettings.model_validate({"timeout": "20s", "connect_pause": "0s", **changes})


@asynccontextmanager
async def socket_server(handler: Handler) -> AsyncIterator[URL]:
    """A server that speaks only as `handler` writes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x")


async def answer_with(raw: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(raw)
    await writer.drain()


def a_write(url: URL, deadline: float = float("inf")) -> Call:
    return Call(url, {}, b"{}", write=True, deadline=deadline)


async def sent_to(handler: Handler, **changes: object) -> Answer:
    async with socket_server(handler) as url, Http(settings(**changes)) as http:
        return await http.send(a_write(url))


async def test_an_answer_of_any_status_comes_back_whole() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await answer_with(b"HTTP/1.1 418 T\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc", writer)

    answer = await sent_to(handler)
    assert (answer.status, answer.content_type, answer.body) == (418, "text/plain", b"abc")


async def test_the_length_of_the_body_is_said_and_compression_is_not_asked_for() -> None:
    heads: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        await answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", writer)

    await sent_to(handler)
    assert b"Content-Length: 2\r\n" in heads[0]
    assert b"Accept-Encoding: identity\r\n" in heads[0]


async def test_a_chunked_answer_is_read_up_to_the_limit() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        await answer_with(head + b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n", writer)

    assert len((await sent_to(handler, max_answer_bytes=1024)).body) == 1024
    assert (await sent_to(handler, max_answer_bytes=2048)).body == b"x" * 1024


async def test_an_endless_answer_is_given_up_at_the_limit() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await answer_with(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", writer)
        while True:
            await answer_with(b"400\r\n" + b"x" * 1024 + b"\r\n", writer)

    with pytest.raises(UncertainError) as caught:
        await sent_to(handler, max_answer_bytes=4096)
    assert caught.value.code == "ANSWER_TOO_LARGE"


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
async def test_an_answer_that_is_not_http_or_stops_short_leaves_a_write_uncertain(raw: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await answer_with(raw, writer)

    with pytest.raises(UncertainError):
        await sent_to(handler)


async def test_a_write_whose_answer_is_lost_is_not_sent_a_second_time() -> None:
    seen = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        await reader.readuntil(b"{}")
        seen += 1

    with pytest.raises(UncertainError):
        await sent_to(handler, connect_tries=5)
    assert seen == 1


async def test_a_refused_connection_is_tried_again_until_somebody_listens() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/x", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    url = URL(closed_port()) / "x"
    tries = 0

    class Listening(Http):
        async def _once(self, call: Call) -> Answer:
            nonlocal tries
            tries += 1
            if tries == 3:
                await web.TCPSite(runner, "127.0.0.1", url.port).start()
            return await super()._once(call)

    async with Listening(settings(connect_tries=3)) as http:
        assert (await http.send(a_write(url))).body == b"ok"
    await runner.cleanup()
    assert tries == 3


@pytest.mark.parametrize("tries", [1, 2, 4])
async def test_a_refused_connection_is_given_up_after_the_tries_allowed(tries: int) -> None:
    made = 0

    class Counting(Http):
        async def _once(self, call: Call) -> Answer:
            nonlocal made
            made += 1
            return await super()._once(call)

    async with Counting(settings(connect_tries=tries)) as http:
        with pytest.raises(TransientError) as caught:
            await http.send(a_write(URL(closed_port())))
    assert (made, caught.value.code) == (tries, "CONNECT")


async def test_a_deadline_that_passes_while_connecting_stops_before_the_first_byte() -> None:
    received = b""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        received += await reader.read()

    class Ticking(Http):
        """Its clock passes the deadline between the first look and the connection."""

        def now(self) -> float:
            return 0.0

    async with socket_server(handler) as url, Ticking(settings()) as http:
        with pytest.raises(TransientError) as caught:
            await http.send(a_write(url, deadline=asyncio.get_running_loop().time()))
    assert (caught.value.code, received) == ("DEADLINE", b"")


async def test_the_total_time_counts_the_body_of_the_answer_too() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", writer)
        await reader.read()

    with pytest.raises(UncertainError) as caught:
        await sent_to(handler, timeout=timedelta(milliseconds=300))
    assert caught.value.code == "TIMEOUT"


async def test_an_address_without_a_host_is_ours_to_fix() -> None:
    async with Http(settings()) as http:
        with pytest.raises(PermanentError) as caught:
            await http.send(a_write(URL("/only/a/path")))
    assert (caught.value.code, caught.value.scope) == ("ADDRESS", "destination")


async def test_plain_http_behind_an_https_address_is_not_trusted() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_with(b"HTTP/1.1 200 OK\r\n\r\n", writer)

    async with socket_server(handler) as url, Http(settings()) as http:
        with pytest.raises(PermanentError) as caught:
            await http.send(a_write(url.with_scheme("https")))
    assert caught.value.code == "TLS"


@pytest.mark.parametrize("text", ["5 minutes", "5", "-1s", "s", "\u0665s"])
def test_a_duration_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="timeout"):
        HttpSettings.model_validate({"timeout": text})
