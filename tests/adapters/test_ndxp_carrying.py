"""Calls that the simulated exchange carries to providers of its settings, in every access style (NDXP sheet §10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from adapters.contract import TransientError
from adapters.ndxp.road import Ride
from adapters.ndxp.simulator import SimulatedExchange, SimulatorSettings
from tests.adapters.ndxp_rig import DOSSIER, Scripted, open_exchange_road, open_scripted
from tests.adapters.portal_rig import closed_port

EXCHANGES = ("oauth2", "lgsp", "forward", "xroad")
NAMES = {
    "oauth2": "dichvu/1.0",
    "lgsp": "dichvu",
    "forward": "VN:GOV:000.00.00.G01:dichvu",
    "xroad": "VN/GOV/000.00.00.G01/dichvu/tracuu",
}


@asynccontextmanager
async def carried(style: Any, **changes: Any) -> AsyncIterator[tuple[Any, SimulatedExchange, Scripted]]:
    """A road over an exchange to a provider that is somebody else's server."""
    async with open_scripted() as (_, provider):
        simulator = SimulatorSettings(providers={NAMES[style]: f"{provider.url}/goc"})
        async with open_exchange_road(style, simulator, provider=NAMES[style], **changes) as (road, exchange):
            yield road, exchange, provider


@pytest.mark.parametrize("style", EXCHANGES)
async def test_a_call_is_carried_to_the_provider_of_the_settings_and_its_answer_back(style: str) -> None:
    async with carried(style) as (road, exchange, provider):
        provider.answers = [web.json_response({"session": "s", "error_code": 0}, status=201)]
        headers = {"Content-Type": "application/json", "X-Rieng": "1"}
        answer = await road.send(Ride("/mapi/login", b'{"a":1}', headers, issue=DOSSIER))
        assert (answer.status, orjson.loads(answer.body)) == (201, {"session": "s", "error_code": 0})
        (seen,) = provider.seen
        assert (seen.method, seen.path, seen.body) == ("POST", "/goc/mapi/login", b'{"a":1}')
        assert (seen.headers["Content-Type"], seen.headers["X-Rieng"]) == ("application/json", "1")
        assert not {"dstcode", "lgspaccesstoken", "Authorization"} & set(seen.headers)
        (effect,) = exchange.effects
        key = DOSSIER if style == "xroad" else ""
        assert (effect.kind, effect.key, effect.details["provider"]) == ("carried", key, NAMES[style])


@pytest.mark.parametrize("style", ["forward", "xroad"])
async def test_the_providers_own_authorisation_travels_where_the_exchange_wants_none(style: str) -> None:
    async with carried(style) as (road, _, provider):
        await road.send(Ride("/a", headers={"Authorization": "Basic eDp5"}))
        assert provider.seen[0].headers["Authorization"] == "Basic eDp5"


async def test_the_query_of_the_call_goes_on_without_what_was_for_the_exchange() -> None:
    changes = {"dstcode_in": "query", "encode_colons": True, "providerurl": "https://provider.example"}
    async with carried("forward", **changes) as (road, _, provider):
        await road.send(Ride("/ho%20so", method="GET", query={"ma": "a b&c"}))
        assert [(seen.method, seen.path) for seen in provider.seen] == [("GET", "/goc/ho%20so?ma=a%20b%26c")]


async def test_the_base_url_of_a_provider_is_a_providerurl_that_is_known() -> None:
    async with open_scripted() as (_, provider):
        simulator = SimulatorSettings(providers={NAMES["forward"]: provider.url})
        changes = {"dstcode_in": "query", "providerurl": f"{provider.url}/"}
        async with open_exchange_road("forward", simulator, provider=NAMES["forward"], **changes) as (road, _):
            assert (await road.send(Ride("/a"))).status == 200


async def test_a_providerurl_that_is_not_listed_is_never_called() -> None:
    async with (
        open_scripted() as (_, stranger),
        carried("forward", dstcode_in="query", providerurl=stranger.url) as (road, exchange, provider),
    ):
        answer = await road.send(Ride("/a"))
        assert (answer.status, stranger.seen, provider.seen, exchange.effects) == (400, [], [], [])


async def test_a_provider_that_is_away_is_the_exchanges_word() -> None:
    simulator = SimulatorSettings(providers={NAMES["xroad"]: closed_port()})
    async with open_exchange_road("xroad", simulator, provider=NAMES["xroad"]) as (road, exchange):
        with pytest.raises(TransientError, match="XROAD_NetworkError"):
            await road.send(Ride(write=True))
        assert not exchange.effects


async def test_a_providers_redirect_is_handed_back_and_not_followed() -> None:
    async with carried("xroad") as (road, _, provider):
        provider.answers = [web.Response(status=302, headers={"Location": "/dang-nhap"})]
        answer = await road.send(Ride("/a"))
        assert (answer.status, answer.headers["Location"], len(provider.seen)) == (302, "/dang-nhap", 1)


async def test_a_shorter_name_is_found_behind_a_longer_one() -> None:
    async with open_scripted() as (_, short), open_scripted() as (_, long):
        simulator = SimulatorSettings(providers={"a": short.url, "a/1.0": long.url})
        async with open_exchange_road("oauth2", simulator, provider="a") as (road, _):
            await road.send(Ride("/1.0/x"))
            await road.send(Ride("/2.0/x"))
        assert [seen.path for seen in short.seen] == ["/2.0/x"]
        assert [seen.path for seen in long.seen] == ["/x"]
