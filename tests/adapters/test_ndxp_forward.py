"""Style C, the adapter's forward service (NDXP sheet §4): destination in header or query, both spellings of a colon."""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from pydantic import ValidationError

from adapters.contract import PermanentError
from adapters.ndxp.road import Ride
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.simulator import SimulatedExchange
from tests.adapters.ndxp_rig import Seen, open_exchange_road, open_scripted, search

DESTINATION = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
FORWARD = "/XrdAdapter/RestService/forward"
ENCODED = DESTINATION.replace(":", "%3A")
PROVIDER = "providerurl=https%3A%2F%2Fprovider.example"


async def call_of(ride: Ride, **settings: Any) -> Seen:
    async with open_scripted(style="forward", dstcode=DESTINATION, **settings) as (road, server):
        await road.send(ride)
        return server.seen[0]


async def test_the_destination_goes_in_a_header() -> None:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    seen = await call_of(Ride("/mapi/login", b"{}", headers))
    assert (seen.method, seen.path, seen.body) == ("POST", f"{FORWARD}/mapi/login", b"{}")
    assert seen.headers["dstcode"] == DESTINATION
    assert seen.headers["Charset"] == "utf-8"
    assert seen.headers["Accept"] == seen.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("encoded", "spelled"), [(False, DESTINATION), (True, ENCODED)])
async def test_the_destination_goes_in_the_query_with_colons_as_the_line_wants_them(
    encoded: bool, spelled: str
) -> None:
    seen = await call_of(Ride("/mapi/g"), dstcode_in="query", encode_colons=encoded)
    assert seen.path == f"{FORWARD}/mapi/g?dstcode={spelled}"
    assert "dstcode" not in seen.headers


async def test_the_base_of_the_provider_goes_encoded_beside_it() -> None:
    seen = await call_of(
        Ride("/v1/login"), dstcode_in="query", encode_colons=True, providerurl="https://provider.example"
    )
    assert seen.path == f"{FORWARD}/v1/login?dstcode={ENCODED}&{PROVIDER}"


async def test_a_query_of_the_call_itself_stands_behind() -> None:
    ride = Ride("/v1/tra cuu", method="GET", query={"ma": "1.001612", "ten": "a&b=c"})
    seen = await call_of(ride, dstcode_in="query")
    assert (seen.method, seen.path) == (
        "GET",
        f"{FORWARD}/v1/tra%20cuu?dstcode={DESTINATION}&ma=1.001612&ten=a%26b%3Dc",
    )


@pytest.mark.parametrize("path", [FORWARD, "/VXPAdapter/RestService/forward", ""])
async def test_older_and_newer_adapters_differ_by_their_path(path: str) -> None:
    assert (await call_of(Ride("/mapi/g"), forward_path=path)).path == f"{path}/mapi/g"


async def test_a_path_encoded_already_is_not_encoded_again() -> None:
    assert (await call_of(Ride("/a%2Fb/%C4%91"))).path == f"{FORWARD}/a%2Fb/%C4%91"


async def test_a_path_that_would_lead_to_another_host_is_not_called() -> None:
    async with open_scripted() as (road, server):
        with pytest.raises(ValueError, match="slash"):
            await road.send(Ride(".evil.example/"))
        assert not server.seen


async def test_an_error_of_the_exchange_itself_is_told_from_the_providers() -> None:
    async with open_scripted(style="forward", dstcode=DESTINATION) as (road, server):
        denied = orjson.dumps({"type": "Server.ServerProxy.AccessDenied", "message": "m", "detail": "d"})
        server.answers = [
            web.Response(status=500, body=denied, headers={"X-Road-Error": "Server.ServerProxy.AccessDenied"}),
            web.Response(status=500, body=denied),
        ]
        with pytest.raises(PermanentError, match="XROAD_AccessDenied"):
            await road.send(Ride())
        assert (await road.send(Ride())).status == 500


@pytest.mark.parametrize(
    "settings", [{"dstcode": ""}, {"address": ""}, {"address": "http://a.example/"}, {"forward_path": "forward"}]
)
def test_a_road_that_leads_nowhere_is_refused_at_the_start(settings: dict[str, str]) -> None:
    whole = {"style": "forward", "address": "http://a.example", "dstcode": DESTINATION, **settings}
    with pytest.raises(ValidationError, match=next(iter(settings))):
        RoadSettings.model_validate(whole)


@pytest.mark.parametrize("adapter", ["XrdAdapter", "VXPAdapter"])
@pytest.mark.parametrize("where", ["header", "query"])
async def test_the_simulated_adapter_answers_at_both_names_and_takes_both_places(adapter: str, where: str) -> None:
    changes = {"forward_path": f"/{adapter}/RestService/forward", "dstcode_in": where, "encode_colons": True}
    async with open_exchange_road("forward", **changes) as (road, _):
        assert orjson.loads((await road.send(search())).body)["error_code"] == "0"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "dstcode is missing"),
        (f"?{DESTINATION}&https://provider.example", "without its name"),
        (f"?dstcode={DESTINATION}&providerurl=http%3A%2F%2F127.0.0.1%3A1", "allow-list"),
    ],
)
async def test_a_call_that_names_its_parameters_wrongly_gets_a_clear_400(query: str, words: str) -> None:
    exchange = SimulatedExchange()
    async with exchange.running() as url, aiohttp.ClientSession() as client:
        async with client.post(f"{url}{FORWARD}/TimGiayTo{query}", json={}) as answer:
            assert answer.status == 400
            assert words in (await answer.json())["message"]
        assert exchange.store.searches == 0


async def test_a_destination_nobody_knows_is_an_unknown_member() -> None:
    async with open_exchange_road("forward", dstcode="VN:GOV:000.00.00.G99:khac") as (road, _):
        with pytest.raises(PermanentError, match="XROAD_UnknownMember"):
            await road.send(search())


async def test_a_known_providerurl_is_let_through_and_never_reaches_the_provider() -> None:
    changes = {"dstcode_in": "query", "providerurl": "https://provider.example"}
    async with open_exchange_road("forward", **changes) as (road, exchange):
        assert (await road.send(search())).status == 200
        assert exchange.store.searches == 1
