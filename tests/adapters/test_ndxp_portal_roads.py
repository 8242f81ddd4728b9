"""The national portal by the roads of the exchange: the same adapter, whatever carries it (NDXP sheet §1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web
from pydantic import ValidationError

from adapters.contract import PermanentError, TransientError
from adapters.national_portal import SPEC
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.simulator import SimulatedPortal, adapter_settings
from adapters.ndxp.simulator import SimulatedExchange, SimulatorSettings, faults, road_settings
from tests.adapters.ndxp_rig import open_scripted
from tests.adapters.portal_rig import PortalRig, a_record, outbound, steps

NAMES = {
    "direct": None,
    "oauth2": "congDVC/1.0",
    "lgsp": "congDVC",
    "forward": "VN:GOV:000.00.00.G22:vpcpdvcprovider",
    "xroad": "VN/GOV/000.00.00.G22/vpcpdvcprovider/mapi",
}


@asynccontextmanager
async def open_portal_by(style: Any, access: str = "header") -> AsyncIterator[tuple[PortalRig, SimulatedExchange]]:
    """The portal's adapter in front of its simulator behind the exchange's."""
    portal = SimulatedPortal()
    async with portal.running() as portal_url:
        base = f"{portal_url}/KetNoiMotCuaQuocGia" if access == "gateway" else portal_url
        exchange = SimulatedExchange(SimulatorSettings(providers={NAMES[style]: base}))
        async with exchange.running() as url:
            section = {**adapter_settings("", portal.settings, access), "gateway_token": ""}
            section["road"] = road_settings(url, style, NAMES[style], exchange.settings)
            async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
                yield PortalRig(adapter, portal), exchange


@pytest.mark.parametrize("style", ["oauth2", "lgsp", "forward", "xroad"])
async def test_dossiers_and_progress_travel_by_every_road(style: str) -> None:
    async with open_portal_by(style) as (rig, exchange):
        await rig.adapter.probe()
        receipt = await rig.adapter.deliver(rig.dossier())
        assert receipt.facts["mode"] == "create"
        await rig.adapter.deliver(rig.progress(steps(2)))
        assert [kind for kind, _ in rig.done()] == ["create", "progress", "progress"]
        assert exchange.carried == rig.portal.calls


async def test_what_the_exchange_says_of_itself_reaches_an_operator_as_such() -> None:
    async with open_portal_by("xroad") as (rig, exchange):
        await rig.adapter.deliver(rig.dossier())
        exchange.next(faults.not_allowed())
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert (caught.value.code, caught.value.scope) == ("XROAD_AccessDenied", "destination")
        exchange.next(faults.provider_down())
        with pytest.raises(TransientError, match="XROAD_NetworkError"):
            await rig.adapter.deliver(rig.dossier())


async def test_a_dead_session_is_renewed_behind_a_gateway_too() -> None:
    async with open_portal_by("oauth2") as (rig, _):
        await rig.adapter.deliver(rig.dossier())
        rig.portal.sessions.lose()
        assert (await rig.adapter.deliver(rig.dossier())).facts["mode"] == "update"
        assert rig.portal.sessions.logins == 2


async def test_a_provincial_gateway_may_want_a_token_that_is_fetched() -> None:
    tokens = {"style": "oauth2", "consumer_key": "k", "consumer_secret": "s"}
    async with open_scripted(**tokens) as (_, server):
        road = {**tokens, "address": f"{server.url}/KetNoiMotCuaQuocGia"}
        settings = PortalSettings.model_validate({"style": "gateway", "road": road})
        async with SPEC.open(settings) as adapter:
            await adapter.deliver(outbound("DongBoHoSoMC", a_record()))
        token, call = server.seen
        assert token.path == "/token"
        assert call.path == "/KetNoiMotCuaQuocGia/DongBoHoSoMC?isUpdating=False"
        assert call.headers["Authorization"] == "Bearer t-1"


async def test_an_exchange_error_is_heard_on_the_present_keys_too() -> None:
    async with open_scripted() as (_, server):
        kind = "Server.ServerProxy.NetworkError"
        body = orjson.dumps({"type": kind, "message": "m", "detail": "d"})
        server.answers = [web.Response(status=500, body=body, headers={"X-Road-Error": kind})]
        account = {"username": "u", "password": "p", "madonvi": "000.00.00.H46", "dstcode": NAMES["forward"]}
        async with SPEC.open(PortalSettings.model_validate({"adapter_url": server.url, **account})) as adapter:
            with pytest.raises(TransientError, match="XROAD_NetworkError"):
                await adapter.deliver(outbound("DongBoHoSoMC", a_record()))


@pytest.mark.parametrize(
    ("changes", "road"),
    [
        ({}, ("forward", "http://a.example", "", "header")),
        ({"dstcode": ""}, ("direct", "http://a.example", "/XrdAdapter/RestService/forward", "header")),
        ({"style": "query"}, ("forward", "http://a.example", "/XrdAdapter/RestService/forward", "query")),
        ({"style": "query", "forward_path": "/f"}, ("forward", "http://a.example", "/f", "query")),
        ({"style": "gateway"}, ("direct", "http://a.example/KetNoiMotCuaQuocGia", None, "header")),
        (
            {"style": "gateway", "gateway_token": "t"},
            ("oauth2", "http://a.example/KetNoiMotCuaQuocGia", None, "header"),
        ),
    ],
)
def test_the_present_keys_describe_a_road(changes: dict[str, Any], road: tuple[str, str, str | None, str]) -> None:
    account = {"username": "u", "password": "p", "madonvi": "m", "dstcode": "VN:GOV:x:y"}
    way = PortalSettings.model_validate({"adapter_url": "http://a.example", **account, **changes}).way
    assert (way.style, way.address, way.dstcode_in) == (road[0], road[1], road[3])
    assert road[2] is None or way.forward_path == road[2]


def test_a_road_of_its_own_needs_no_adapter_url_but_still_the_account() -> None:
    road = {"style": "direct", "address": "http://a.example"}
    account = {"username": "u", "password": "p", "madonvi": "m"}
    assert PortalSettings.model_validate({"road": road, **account}).way.address == "http://a.example"
    with pytest.raises(ValidationError, match="password"):
        PortalSettings.model_validate({"road": road, "username": "u", "madonvi": "m"})
