"""Senders that drip, sit or crowd: each is bounded, answered in words, and the others go on."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from aiohttp import web

from gateway.edge_settings import HttpSettings
from gateway.errors import IntakeError
from gateway.intake.bounds import BOUNDS, Bounds, arriving
from gateway.settings import CodeRuleSettings
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import KEY, Door, a_door
from tests.intake.test_malformed_http import BEHIND, GET, POST, everything_said, statuses

Opens = Callable[..., AbstractAsyncContextManager[Door]]


@pytest.fixture
def opened(code_rules: CodeRuleSettings) -> Opens:
    """A door with settings of its own."""

    def door(**http: Any) -> AbstractAsyncContextManager[Door]:
        settings = HttpSettings.model_validate({"port": 0, "body_timeout": "300ms", **http})
        return a_door(code_rules, MemoryAcceptance(), MemoryViews(), settings=settings)

    return door


async def drip(port: int, first: bytes, drop: bytes, every: float = 0.02) -> bytes:
    """Send `first`, then a drop now and then, until the other side has had enough; its refusal."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    reading = asyncio.create_task(reader.readuntil(b"]}"))
    try:
        async with asyncio.timeout(20):
            while not reading.done():
                writer.write(drop)
                await asyncio.wait([reading], timeout=every)
        return await reading
    finally:
        writer.close()


async def test_headers_that_drip_are_given_up_and_the_bytes_between_do_not_help(opened: Opens) -> None:
    async with opened(header_timeout="200ms") as door:
        said = await drip(door.port, GET, b"X-A: a\r\n", every=0.05)
    assert statuses(said) == [408] and b"HEADERS_STALLED" in said and b"Connection: close" in said


async def test_headers_that_drip_behind_an_answered_request_are_given_up_too(opened: Opens) -> None:
    async with opened(header_timeout="200ms") as door:
        said = await drip(door.port, GET + b"\r\n" + GET, b"a", every=0.05)
    assert statuses(said) == [200, 408]


async def test_a_body_that_drips_is_given_up_although_it_never_stops(opened: Opens) -> None:
    async with opened(body_timeout="200ms", body_rate=1000) as door:
        said = await drip(door.port, POST + b"Content-Length: 100000\r\n\r\n{", b" ")
        assert statuses(said) == [408] and b"BODY_STALLED" in said
        assert not door.acceptance.stored


async def test_a_body_that_keeps_the_rate_may_take_longer(opened: Opens) -> None:
    async with opened(body_timeout="300ms", body_rate=10) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(POST + b"Connection: close\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            writer.write(b" ")
            await asyncio.sleep(0.02)
        assert statuses(await reader.read()) == [400]  # read to its end: empty
        writer.close()


async def test_a_connection_that_asks_nothing_is_closed(opened: Opens) -> None:
    async with opened(idle_timeout="100ms") as door:
        assert await everything_said(door.port, b"") == b""
        assert statuses(await everything_said(door.port, GET + b"\r\n")) == [200]


async def test_one_connection_too_many_is_told_so_and_the_others_go_on(opened: Opens) -> None:
    async with opened(max_connections=3) as door:
        sitting = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(3)]
        said = await everything_said(door.port, BEHIND)
        assert statuses(said) == [503] and b"TOO_BUSY" in said and b"Retry-After" in said
        for reader, writer in sitting:
            writer.write(BEHIND)
            assert statuses(await reader.read()) == [200]
            writer.close()
        assert statuses(await everything_said(door.port, BEHIND)) == [200]


async def test_one_address_cannot_take_all_connections_unless_it_is_a_proxys(opened: Opens) -> None:
    async with opened(max_connections_each=1, proxies=[]) as door:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        assert statuses(await everything_said(door.port, BEHIND)) == [503]
        writer.close()
    async with opened(max_connections_each=1) as door:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        assert statuses(await everything_said(door.port, BEHIND)) == [200]
        writer.close()


@pytest.mark.parametrize(
    ("address", "counted"),
    [("127.0.0.1", False), ("::1", False), ("::ffff:127.0.0.1", False), ("10.0.0.1", True), ("fe80::1%eth0", True)],
)
def test_a_proxy_is_known_by_its_network_however_the_address_is_written(address: str, counted: bool) -> None:
    bounds = Bounds(HttpSettings(max_connections_each=1))
    assert [bounds.enter(address), bounds.enter(address)] == [True, not counted]
    bounds.leave(address)
    bounds.leave(address)
    assert bounds.enter(address)


def test_bodies_on_their_way_share_one_room_and_give_it_back() -> None:
    app = web.Application()
    app[BOUNDS] = Bounds(HttpSettings(max_bodies_bytes=1 << 20))
    with arriving(app) as first:
        assert first.take(1 << 20) == 1 << 20
        with pytest.raises(IntakeError) as caught, arriving(app) as second:
            second.take(1)
        assert caught.value.status == 503 and caught.value.reason == "TOO_BUSY"
    with arriving(app) as third:
        third.take(1 << 20)


@pytest.mark.parametrize("layers", [1, 2])
async def test_a_bomb_is_refused_by_what_comes_out_of_it(door: Door, layers: int) -> None:
    body = b" " * (64 << 20)
    for _ in range(layers):
        body = gzip.compress(body, 9)
    coding = ", ".join(["gzip"] * layers)
    response, problem = await door.post(body, headers={"Content-Encoding": coding})
    assert response.status in (400, 413), problem
    assert not door.acceptance.stored


EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Server": "lienthong",
    "Cache-Control": "no-store",
}


@pytest.fixture
async def answers(door: Door) -> list[Any]:
    given = [
        await door.call("GET", path, key=key)
        for path in ("/healthz", "/readyz", "/metrics", "/v1/messages", "/v1/nothing", "/docs", "/openapi.json")
        for key in (KEY, None)
    ]
    return [response for response, _ in [*given, await door.post(b"{"), await door.call("DELETE", "/docs")]]


async def test_every_answer_says_what_a_browser_may_do_with_it_and_not_what_made_it(answers: list[Any]) -> None:
    for response in answers:
        assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "Strict-Transport-Security" not in response.headers


async def test_what_is_no_http_is_answered_with_the_same_headers(door: Door) -> None:
    said = await everything_said(door.port, b"\x16\x03\x01\r\n\r\n")
    for name, value in EVERYWHERE.items():
        assert f"{name}: {value}".encode() in said
    assert b"aiohttp" not in said and b"Python" not in said


async def test_browsers_are_told_to_insist_on_tls_where_others_reach_us_by_it(opened: Opens) -> None:
    async with opened(public_url="https://lienthong.example.invalid") as door:
        response, _ = await door.call("GET", "/healthz")
        assert response.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_the_style_of_a_page_is_the_one_its_policy_allows(door: Door) -> None:
    """By its digest: a page into which something was slipped shows it without style and runs nothing."""
    response, page = await door.call("GET", "/docs", key=None)
    assert "style-src 'sha256-" in response.headers["Content-Security-Policy"]
    assert b"<script" not in page and b"style=" not in page and page.count(b"<style>") == 1
