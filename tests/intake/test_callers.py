"""Who calls, by address: proxies in front name their callers, and nobody else is believed about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.caller import PROXIES, caller_address
from gateway.client_settings import AttemptSettings
from gateway.edge_settings import HttpSettings
from gateway.intake.callbacks import Listener
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.ways import credentials_of
from gateway.intake.gate import Gate
from gateway.settings import CodeRuleSettings, Settings
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import CLIENTS, a_door

PROXY, STRANGER = "127.0.0.1", "127.200.1.2"
FRONT = (ip_network("127.0.0.1/32"), ip_network("10.1.0.0/16"), ip_network("2001:db8:1::/48"))


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """A server that answers by whom it was called."""

    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=caller_address(request) or "")

    app = web.Application()
    app[PROXIES] = FRONT
    app.router.add_get("/", tell)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def told(address: str, whence: str, *said: str) -> str:
    connector = aiohttp.TCPConnector(local_addr=(whence, 0))
    async with aiohttp.ClientSession(connector=connector) as session:
        headers = [("X-Forwarded-For", one) for one in said]
        async with session.get(address, headers=headers) as response:
            return await response.text()


async def test_who_is_no_proxy_is_not_believed_about_where_a_call_comes_from(address: str) -> None:
    assert await told(address, STRANGER, "198.51.100.7") == STRANGER
    assert await told(address, STRANGER, "127.0.0.1", "10.1.2.3") == STRANGER


@pytest.mark.parametrize(
    ("said", "caller"),
    [
        ((), PROXY),
        (("198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9, 198.51.100.7, 10.1.2.3", "10.1.0.9"), "198.51.100.7"),
        (("không phải địa chỉ, 198.51.100.7",), "198.51.100.7"),
        (("198.51.100.7:4711",), "198.51.100.7"),
        (("[2001:db8:2::7]:4711, 2001:db8:1::1",), "2001:db8:2::7"),
        (("::ffff:198.51.100.7",), "198.51.100.7"),
        (("198.51.100.7, unknown, 10.1.2.3",), PROXY),
        (("198.51.100.7,",), PROXY),
        ((",".join(["198.51.100.7", *["10.1.2.3"] * 500]),), PROXY),
        (("10.1.2.3",), PROXY),
    ],
)
async def test_a_proxys_caller_is_the_last_that_is_no_proxy(address: str, said: tuple[str, ...], caller: str) -> None:
    assert await told(address, PROXY, *said) == caller


async def test_wrong_keys_are_counted_and_audited_by_the_caller_behind_the_proxy(code_rules: CodeRuleSettings) -> None:
    few = AttemptSettings(per_second=0.1, burst=2)
    gate = Gate([credentials_of(Settings(failed_attempts=few), Directory(CLIENTS))])
    settings = HttpSettings(port=0, body_timeout=timedelta(seconds=0.3))
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), gate=gate, settings=settings) as door:
        said = [
            (await door.post(b"{}", key="lt_sai", headers={"X-Forwarded-For": whence}))[0].status
            for whence in ("198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.2, 198.51.100.3")
        ]
        assert said == [401, 401, 429, 401, 401]
        assert "198.51.100.1" in door.audit.entries[0].target


async def test_a_call_back_is_judged_by_the_caller_behind_the_proxy(address: str) -> None:
    """Else the proxy's own address, which all callers share, would have to be let in."""
    listener = Listener(None, frozenset(), [ip_network("198.51.100.0/24")], anyone=False)  # type: ignore[arg-type]
    for whence, said, let_in in (
        (PROXY, "198.51.100.7", True),
        (PROXY, "198.51.100.7, 203.0.113.9", False),
        (PROXY, "", False),
        (STRANGER, "198.51.100.7", False),
    ):
        assert listener.lets_in(await told(address, whence, said)) is let_in
