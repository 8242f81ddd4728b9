"""No call reaches an address it may not, however that address is written; nothing is followed, no proxy is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from adapters.contract import DeliveryError
from adapters.payment import receipts
from adapters.payment.settings import PaymentSettings
from adapters.payment.simulator import adapter_settings
from adapters.transport.http import Call, Http
from adapters.transport.networks import Networks
from adapters.transport.settings import HttpSettings
from gateway.notify.channel import NotToldError
from gateway.notify.letter import Letter
from gateway.notify.webhook import open_webhook
from gateway.watch_settings import WebhookChannel

SPELLINGS = [
    "127.0.0.1",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "\N{FULLWIDTH DIGIT ONE}27.0.0.1",
    "127\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}1",
    "\N{CIRCLED LATIN SMALL LETTER L}ocalhost",
    "nobody@127.0.0.1",
    "nobody:word@localhost",
]
"""Ways to write this machine."""


@dataclass
class Server:
    """A server of this machine, and what was asked of it."""

    port: int
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def a_server(answer: Mapping[str, str] | None = None) -> AsyncIterator[Server]:
    """On every address of this machine; answers 200, or a redirect."""
    server = Server(0)

    async def take(request: web.BaseRequest) -> web.Response:
        server.asked.append(request.path)
        return web.Response(status=302 if answer else 200, headers=answer)

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


def quick(**more: Any) -> HttpSettings:
    return HttpSettings(timeout=timedelta(seconds=5), connect_tries=1, **more)


@pytest.mark.parametrize("level", ["elsewhere", "refuse"])
@pytest.mark.parametrize("host", SPELLINGS)
async def test_this_machine_is_not_reached_however_it_is_written(host: str, level: Any) -> None:
    async with a_server() as server, Http(quick(), Networks(level)) as http:
        try:
            url = URL(f"http://{host}:{server.port}/")
        except ValueError:
            return  # no address at all: nobody can register it
        with pytest.raises(DeliveryError):
            await http.send(Call(url, {}, method="GET"))
        assert server.asked == []


def test_what_reads_as_no_address_is_barred() -> None:
    assert all(Networks("allow").bars(text) for text in ("127.1", "2130706433", "0x7f000001", "", "localhost"))


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "0.0.0.0"])
async def test_what_is_never_meant_is_refused_even_where_everything_is_allowed(host: str) -> None:
    everything = Networks("allow", (ip_network("0.0.0.0/0"), ip_network("::/0")))
    async with Http(quick(), everything) as http:
        with pytest.raises(DeliveryError) as caught:
            await http.send(Call(URL(f"http://{host}:9/"), {}, method="GET"))
        assert (caught.value.code, caught.value.scope) == ("PRIVATE_NETWORK", "destination")


async def test_a_network_that_is_named_is_reached_where_others_are_not() -> None:
    async with a_server() as server, Http(quick(private_networks="refuse", allow_networks=["127.0.0.0/8"])) as http:
        assert (await http.send(Call(URL(f"http://localhost:{server.port}/"), {}, method="GET"))).status == 200


async def test_a_redirect_to_this_machine_is_given_back_and_not_followed() -> None:
    async with a_server() as inside, a_server({"Location": f"http://127.0.0.1:{inside.port}/"}) as server:
        async with Http(quick()) as http:
            answer = await http.send(Call(URL(f"http://127.0.0.1:{server.port}/"), {}, method="GET"))
        assert (answer.status, inside.asked) == (302, [])


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_server() as proxy, a_server() as server, Http(quick()) as http:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await http.send(Call(URL(f"http://127.0.0.1:{server.port}/"), {}, method="GET"))
        assert (proxy.asked, server.asked) == ([], ["/"])


def test_a_receipts_file_lies_on_another_machine_unless_said_otherwise() -> None:
    section = adapter_settings("http://127.0.0.1:1")
    section.pop("receipt_networks")
    networks = PaymentSettings.model_validate(section).receipts
    assert networks.bars("127.0.0.1") and networks.bars("169.254.169.254") and networks.bars("::ffff:127.0.0.1")
    assert not networks.bars("10.1.2.3") and not networks.bars("8.8.8.8")


@pytest.mark.parametrize("address", ["http://a@h.invalid/1.pdf", "http://a:b@h.invalid/", "http:///x", ""])
def test_a_receipts_address_with_an_account_or_no_host_is_refused(address: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        receipts.reachable(address, PaymentSettings.model_validate(adapter_settings("http://127.0.0.1:1")))
    assert caught.value.code == "RECEIPT_ADDRESS" and "a:b" not in str(caught.value)


async def test_an_alert_does_not_reach_a_private_network_where_that_is_refused() -> None:
    async with a_server() as server:
        channel = WebhookChannel.model_validate(
            {
                "url": f"http://localhost:{server.port}/",
                "plain_http": True,
                "secrets": ["whsec_" + "QUJD" * 10],
                "private_networks": "refuse",
            }
        )
        async with open_webhook(channel) as webhook:
            with pytest.raises(NotToldError) as caught:
                await webhook.send(Letter("n1", "test", datetime(2026, 1, 5, tzinfo=UTC), "vi", "en", "link"))
        assert "allow_networks" in str(caught.value) and server.asked == []
