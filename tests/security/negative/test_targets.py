"""Addresses that others name are never this machine's, the cloud's own, or a network that is not theirs.

What is refused here was asked of nobody's rights; the worker, or whoever tells of alerts, leaves the audit entry.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from adapters.contract import DeliveryError
from adapters.national_portal.simulator import SimulatorSettings, build
from adapters.onestop import SPEC
from adapters.payment import simulator as platform
from adapters.transport.networks import PrivateNetworks
from gateway.bootstrap.gateway import run_gateway
from gateway.client_settings import IssuerSettings
from gateway.errors import IntakeError
from gateway.intake.credentials.jwks import IssuerKeys
from gateway.notify.channel import NotToldError
from gateway.notify.webhook import open_webhook
from gateway.watch_settings import AlertSettings, WebhookChannel
from tests.adapters.onestop_rig import outbound
from tests.builders import NOW
from tests.contract.ledger_alerts import a_finding
from tests.e2e.province import province
from tests.e2e.rig import KEY, Rig, eventually, recorded, settings_for
from tests.e2e.test_paying import CALM, a_request, patient, reference_of
from tests.notify.servers import SECRET, Address, an_address
from tests.notify.test_webhook import a_letter
from tests.watch.test_teller import look, opened, tell

NEVER = {
    "the cloud's own service": "169.254.169.254",
    "the cloud's own service in IPv6": "[fd00:ec2::254]",
    "the cloud's own service within IPv6": "[::ffff:169.254.169.254]",
    "the cloud's own service behind NAT64": "[64:ff9b::a9fe:a9fe]",
    "the cloud's own service behind a translator of one's own": "[64:ff9b:1::a9fe:a9fe]",
    "another cloud's own service in IPv6": "[fd20:ce::254]",
    "a link-local address": "[fe80::1]",
    "no address at all": "0.0.0.0",
    "no address at all in IPv6": "[::]",
    "everybody": "224.0.0.1",
}
"""Wherever they are named, and whatever is allowed."""
OURS = {
    "this machine": "127.0.0.1",
    "this machine by another number": "127.8.8.8",
    "this machine in IPv6": "[::1]",
    "this machine within IPv6": "[::ffff:127.0.0.1]",
    "this machine as one number": "2130706433",
    "this machine in hexadecimal": "0x7f000001",
    "this machine in octal": "0177.0.0.1",
    "this machine cut short": "127.1",
    "this machine by name": "localhost",
    "a private network": "10.0.0.1",
    "another private network": "192.168.0.1",
    "a third private network": "172.16.0.1",
    "a private network of IPv6": "[fd12:3456::1]",
    "the network of a provider": "100.64.0.1",
}
"""Not where private networks are refused."""
TARGETS = [(name, host, "allow") for name, host in NEVER.items()] + [
    (name, host, "refuse") for name, host in (NEVER | OURS).items()
]
NAMES = {
    "a name that leads to this machine": ["127.0.0.1"],
    "a name that leads to the cloud's own service": ["169.254.169.254"],
    "a name that leads to this machine in IPv6 and elsewhere": ["::1", "10.0.0.1"],
}


def _port(address: Address) -> int:
    return int(address.url.rsplit(":", 1)[1])


async def called_back(host: str, port: int, private: PrivateNetworks) -> str:
    """How a client's callback to this host is refused."""
    section = {
        "mode": "callback", "url": f"http://{host}:{port}/su-kien", "plain_http": True, "connect_pause": "0s",
        "secrets": [SECRET], "private_networks": private,
    }  # fmt: skip
    try:
        settings = SPEC.settings.model_validate(section)
    except ValidationError:
        return "refused at start"
    async with SPEC.open(settings) as adapter:
        try:
            await adapter.deliver(outbound())
        except DeliveryError as exc:
            return exc.code
    return "sent"


async def told(host: str, port: int, private: PrivateNetworks) -> str:
    """How an alert to a webhook at this host is refused."""
    section = {"url": f"http://{host}:{port}/x", "secrets": [SECRET], "plain_http": True, "private_networks": private}
    try:
        settings = WebhookChannel.model_validate(section | {"timeout": "5s"})
    except ValidationError:
        return "refused at start"
    async with open_webhook(settings) as channel:
        try:
            await channel.send(a_letter())
        except NotToldError as exc:
            return exc.code
    return "sent"


WAYS = {"callback": called_back, "alert": told}
SAYS_NO = ("refused at start", "PRIVATE_NETWORK", "ADDRESS")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_nothing_is_sent_to_an_address_that_is_not_theirs(way: Any) -> None:
    async with an_address() as canary:
        for name, host, private in TARGETS:
            assert await way(host, _port(canary), private) in SAYS_NO, (name, private)
    assert canary.calls == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("addresses", NAMES.values(), ids=NAMES)
async def test_a_name_is_judged_by_what_it_leads_to(
    way: Any, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        kinds = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in addresses]
        tails = {socket.AF_INET: (port,), socket.AF_INET6: (port, 0, 0)}
        return [(kind, socket.SOCK_STREAM, 6, "", (one, *tails[kind])) for kind, one in kinds]

    async with an_address() as canary:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        assert await way("motcua.example.invalid", _port(canary), "refuse") == "PRIVATE_NETWORK"
    assert canary.calls == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_an_answer_that_sends_elsewhere_is_not_followed(way: Any) -> None:
    async with an_address() as canary:
        canary.status = 307
        assert await way("127.0.0.1", _port(canary), "allow") not in ("sent", *SAYS_NO)
    assert len(canary.calls) == 1


async def test_a_delivery_that_was_to_go_into_a_private_network_leaves_an_audit_entry(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    async with portal.running() as url:
        settings = settings_for(tmp_path, url)
        elsewhere = {"adapter_url": url.replace("127.0.0.1", "localhost"), "private_networks": "refuse"}
        adapters = {"national_portal": {**settings.adapters["national_portal"], **elsewhere}}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with (
            run_gateway(settings.model_copy(update={"adapters": adapters})) as gateway,
            aiohttp.ClientSession(headers=headers) as sender,
        ):
            rig = Rig(gateway, portal, sender)
            sent = await rig.send(recorded(1))
            deadline = asyncio.get_running_loop().time() + 30
            while not (left := await _barred(gateway.ledger)):
                assert asyncio.get_running_loop().time() < deadline
                await asyncio.sleep(0.02)
            owed = await rig.delivery(sent["id"])
    assert {(one["actor"], one["target"], one["ok"]) for one in left} == {("worker", owed["id"], False)}
    assert left[-1]["details"] == {"destination": "national_portal", "attempt": 1}
    assert portal.effects == []


async def test_an_answer_that_names_this_machine_leaves_an_audit_entry_and_nobody_here_is_called(
    tmp_path: Path,
) -> None:
    """The adapter has words of its own for a receipt that does not come; the audit goes by what the call met."""
    heard: list[str] = []
    canary = await asyncio.start_server(lambda _, writer: (heard.append("called"), writer.close()), "127.0.0.1")
    here = f"http://127.0.0.1:{canary.sockets[0].getsockname()[1]}/"
    simulated = patient(receipt_base=here)
    own = {"receipt_prefix": "", "receipt_base": "", "receipt_networks": "elsewhere", "receipt_pauses": ["1h"]}
    section: Any = lambda url: platform.adapter_settings(url, simulated.settings) | own  # noqa: E731
    async with canary, province(tmp_path, {"payment": (simulated, section)}, **CALM) as rig:
        simulated.notices.callbacks = f"{rig.gateway.address}/v1/callbacks/payment"
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        simulated.pay(await reference_of(simulated))

        async def left() -> bool:
            return bool(await _barred(rig.gateway.ledger))

        await eventually(left)
        [entry] = await _barred(rig.gateway.ledger)
        owed = await rig.gateway.ledger.delivery_view(entry["target"])
    assert (entry["actor"], entry["details"]) == ("worker", {"destination": "payment", "attempt": 1})
    assert owed is not None and here not in str(entry) and owed["last_error"]["code"] == "RECEIPT_UNREACHABLE"
    assert heard == []


async def test_an_alert_that_was_to_go_into_a_private_network_leaves_an_audit_entry(tmp_path: Path) -> None:
    hook = {"url": "http://localhost:9/x", "secrets": [SECRET], "plain_http": True, "private_networks": "refuse"}
    own = AlertSettings.model_validate({"webhooks": {"ops": hook}})
    async with opened(tmp_path) as ledger:
        await look(ledger, a_finding())
        await tell(ledger, own, NOW)
        [entry] = await _barred(ledger)
    assert (entry["actor"], entry["target"], entry["ok"]) == ("scheduler", "ops", False)


async def _barred(ledger: Any) -> list[dict[str, Any]]:
    return [one for one in (await ledger.audit_page(None, 50))["items"] if one["action"] == "address.refused"]


async def test_an_issuers_keys_are_fetched_neither_from_the_clouds_own_service_nor_by_a_redirect() -> None:
    async with an_address() as canary:
        canary.status = 302
        for place in ("http://169.254.169.254/jwks", "http://[::ffff:169.254.169.254]/jwks", f"{canary.url}/jwks"):
            section = {"issuer": "https://sso.example.invalid", "audience": "lienthong", "jwks_url": place}
            keys = IssuerKeys(IssuerSettings.model_validate(section | {"timeout": "2s"}), lambda: 0.0)
            with pytest.raises(IntakeError) as caught:
                await keys.candidates("x", "RS256")
            assert caught.value.status == 503
    assert len(canary.calls) <= 1
