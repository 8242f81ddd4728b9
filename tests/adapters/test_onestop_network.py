"""Where a callback may go: judged on the address really connected to, however it is written or resolved."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from adapters.contract import PermanentError, Receipt
from adapters.onestop import SPEC
from adapters.transport.networks import barred
from tests.adapters.onestop_rig import OneStopRig, open_onestop_rig, outbound

PUBLIC = ["8.8.8.8", "203.113.131.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::127.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "fec0::1",
    "5f00::1",
    "2002:7f00:1::1",
    "2002:c0a8:101::1",
]
NEVER = [
    "0.0.0.0",
    "::",
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "fd20:ce::254",
    "::ffff:0:169.254.169.254",
    "64:ff9b:1::169.254.169.254",
    "64:ff9b:1:0:a9:fea9:fe00:0",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1:a9fe:a9:fe00::",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_open_address_is_let_through(address: str) -> None:
    assert not barred(address, "refuse")


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_let_through_only_where_allowed(address: str) -> None:
    assert (barred(address, "refuse"), barred(address, "allow")) == (True, False)


@pytest.mark.parametrize(
    "address", ["::ffff:0:127.0.0.1", "64:ff9b:1::127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::"]
)
def test_this_machine_behind_a_translator_is_this_machine(address: str) -> None:
    assert barred(address, "elsewhere")


@pytest.mark.parametrize("address", NEVER)
def test_an_address_where_no_client_can_be_is_never_let_through(address: str) -> None:
    assert barred(address, "refuse") and barred(address, "allow")


def as_if_resolved(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name lead to these addresses; gives the names that were asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        kinds = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in addresses]
        tails = {socket.AF_INET: (port,), socket.AF_INET6: (port, 0, 0)}
        return [(kind, socket.SOCK_STREAM, 6, "", (one, *tails[kind])) for kind, one in kinds]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


async def sent_by_name(rig: OneStopRig, name: str, **settings: Any) -> Any:
    """What a delivery to the rig's simulator comes to when its host is called `name`."""
    url = rig.url.replace("127.0.0.1", name) + "/su-kien"
    section = {"mode": "callback", "url": url, "plain_http": True, "secrets": list(rig.onestop.settings.secrets)}
    async with SPEC.open(SPEC.settings.model_validate({**section, "connect_pause": "0s", **settings})) as adapter:
        return await OneStopRig(adapter, rig.onestop, url).send(outbound())


def refused_unsent(rig: OneStopRig, error: Any) -> bool:
    assert isinstance(error, PermanentError)
    assert "private_networks" in error.vi and "private_networks" in error.en
    return (error.code, error.scope, rig.calls()) == ("PRIVATE_NETWORK", "destination", 0)


async def test_a_name_that_leads_to_this_machine_is_refused_and_nothing_is_sent() -> None:
    async with open_onestop_rig() as rig:
        assert refused_unsent(rig, await sent_by_name(rig, "localhost", private_networks="refuse"))


async def test_the_same_name_is_called_where_private_networks_are_allowed() -> None:
    async with open_onestop_rig() as rig:
        assert isinstance(await sent_by_name(rig, "localhost", private_networks="allow"), Receipt)


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::1", "127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "fc00::1"]]
)
async def test_whatever_a_name_leads_to_is_judged(addresses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_onestop_rig() as rig:
        asked = as_if_resolved(monkeypatch, *addresses)
        error = await sent_by_name(rig, "motcua.example.invalid", private_networks="refuse")
        assert refused_unsent(rig, error)
        assert asked == ["motcua.example.invalid"]


async def test_a_name_is_asked_for_once_so_a_second_answer_cannot_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_onestop_rig() as rig:
        asked = as_if_resolved(monkeypatch, "127.0.0.1")
        assert isinstance(await sent_by_name(rig, "motcua.example.invalid"), Receipt)
        assert asked == ["motcua.example.invalid"]


async def test_a_name_that_leads_to_a_metadata_service_is_refused_even_where_private_networks_are_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_onestop_rig() as rig:
        as_if_resolved(monkeypatch, "169.254.169.254")
        assert refused_unsent(rig, await sent_by_name(rig, "motcua.example.invalid", private_networks="allow"))


async def test_a_probe_does_not_reach_a_private_network_either() -> None:
    async with open_onestop_rig() as rig:
        section = {"mode": "callback", "url": rig.url.replace("127.0.0.1", "localhost"), "plain_http": True}
        section |= {"secrets": list(rig.onestop.settings.secrets), "private_networks": "refuse"}
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            with pytest.raises(PermanentError, match="PRIVATE_NETWORK"):
                await adapter.probe()
        assert rig.calls() == 0
