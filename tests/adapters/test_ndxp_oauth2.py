"""Style A, an API gateway with a token (NDXP sheet §2): fetched, kept and renewed, and every fault's meaning."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from adapters.contract import PermanentError, TransientError
from adapters.ndxp.road import Ride
from adapters.ndxp.simulator import SimulatorSettings, faults
from tests.adapters.ndxp_rig import open_exchange_road, open_scripted, search
from tests.adapters.ndxp_samples import ACCOUNT, JSON_901, XML_901, fault, ok, raw


async def test_a_token_is_asked_for_with_basic_and_then_shown_as_bearer() -> None:
    async with open_scripted(**ACCOUNT, address="/apiDanCu/1.0") as (road, server):
        await road.send(Ride("/traCuu", b"{}", {"Content-Type": "application/json"}))
        token, call = server.seen
        assert (token.method, token.path, token.body) == ("POST", "/token", b"grant_type=client_credentials")
        assert token.headers["Authorization"] == "Basic " + base64.b64encode(b"made-up-key:bi-mat").decode()
        assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert (call.method, call.path, call.body) == ("POST", "/apiDanCu/1.0/traCuu", b"{}")
        assert call.headers["Authorization"] == "Bearer t-1"
        assert call.headers["Content-Type"] == "application/json"


async def test_key_and_secret_may_go_as_form_fields() -> None:
    async with open_scripted(**ACCOUNT, credentials="form") as (road, server):
        await road.send(Ride())
        token = server.tokens()[0]
        assert token.body == b"grant_type=client_credentials&client_id=made-up-key&client_secret=bi-mat"
        assert "Authorization" not in token.headers


async def test_tokens_may_be_fetched_elsewhere() -> None:
    async with (
        open_scripted(**ACCOUNT) as (_, other),
        open_scripted(**ACCOUNT, token_url=f"{other.url}/v1/token") as (
            road,
            server,
        ),
    ):
        await road.send(Ride())
        assert [call.path for call in other.seen] == ["/v1/token"]
        assert not server.tokens()


async def test_one_token_is_fetched_however_many_calls_want_it() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        await asyncio.gather(*(road.send(Ride()) for _ in range(10)))
        assert (len(server.tokens()), len(server.calls())) == (1, 10)


@pytest.mark.parametrize("stated", [100, "100", 100.0])
async def test_a_token_is_renewed_at_nine_tenths_of_the_life_stated_for_it(stated: Any) -> None:
    now = [0.0]
    async with open_scripted(clock=lambda: now[0], **ACCOUNT) as (road, server):
        server.token = {"access_token": "t-1", "expires_in": stated}
        for moment, issued in ((0.0, 1), (89.9, 1), (90.1, 2)):
            now[0] = moment
            await road.send(Ride())
            assert len(server.tokens()) == issued


async def test_the_same_token_given_again_with_little_life_left_is_used_for_that_long_only() -> None:
    now = [0.0]
    async with open_exchange_road("oauth2", SimulatorSettings(token_lifetime=100), lambda: now[0]) as (road, exchange):
        await road.send(search())
        for moment, issued in ((95.0, 2), (99.0, 2), (99.6, 3), (101.0, 4)):
            now[0] = moment
            assert (await road.send(search())).status == 200
            assert exchange.tokens.issued == issued


async def test_a_token_without_a_stated_life_is_used_until_it_is_refused() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.token = {"access_token": "t-1"}
        await road.send(Ride())
        server.token = {"access_token": "t-2", "expires_in": 3600}
        await road.send(Ride())
        assert len(server.tokens()) == 1
        server.answers = [raw(JSON_901), ok()]
        await road.send(Ride())
        assert server.calls()[-1].headers["Authorization"] == "Bearer t-2"


@pytest.mark.parametrize("body", [JSON_901, XML_901, b"", b"<html>Unauthorized</html>"])
async def test_a_refused_token_is_fetched_anew_once_and_the_call_repeated_once(body: bytes) -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        await road.send(Ride())
        server.token = {"access_token": "t-2", "expires_in": 3600}
        server.answers = [raw(body), ok()]
        answer = await road.send(Ride("/ghi", b"{}", write=True))
        assert answer.status == 200
        assert [call.headers["Authorization"] for call in server.calls()] == ["Bearer t-1", "Bearer t-1", "Bearer t-2"]
        assert len(server.tokens()) == 2


async def test_a_second_refusal_is_a_matter_of_the_destination() -> None:
    async with open_exchange_road("oauth2", consumer_key="sandbox-expired") as (road, exchange):
        with pytest.raises(PermanentError) as caught:
            await road.send(search())
        assert (caught.value.code, caught.value.scope) == ("WSO2_900901", "destination")
        assert exchange.calls <= 4


async def test_a_token_lost_by_the_gateway_is_not_noticed_above() -> None:
    async with open_exchange_road("oauth2") as (road, exchange):
        await road.send(search())
        exchange.next(faults.tokens_lost())
        assert (await road.send(search())).status == 200
        assert exchange.tokens.issued == 2


async def test_many_calls_that_find_their_token_refused_fetch_one() -> None:
    async with open_exchange_road("oauth2") as (road, exchange):
        await road.send(search())
        exchange.tokens.lose()
        answers = await asyncio.gather(*(road.send(search()) for _ in range(8)))
        assert {answer.status for answer in answers} == {200}
        assert exchange.tokens.issued == 2


async def test_a_call_past_its_deadline_fetches_no_token() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        with pytest.raises(TransientError, match="DEADLINE"):
            await road.send(Ride(deadline=0.0))
        assert not server.seen


async def test_a_token_handed_out_for_good_is_shown_and_never_fetched() -> None:
    async with open_scripted(style="oauth2", token="lau-dai") as (road, server):
        await road.send(Ride())
        server.answers = [raw(JSON_901)]
        with pytest.raises(PermanentError, match="WSO2_900901"):
            await road.send(Ride())
        assert [call.headers["Authorization"] for call in server.seen] == ["Bearer lau-dai"] * 2


# ---- /token says no


@pytest.mark.parametrize(("status", "form"), [(401, "basic"), (400, "form")])
async def test_credentials_refused_are_a_matter_of_the_destination(status: int, form: str) -> None:
    async with open_scripted(**ACCOUNT, credentials=form) as (road, server):
        server.token_status = status
        server.token = {"error": "invalid_client", "error_description": "No valid OAuth client for made-up-key"}
        with pytest.raises(PermanentError) as caught:
            await road.send(Ride())
        error = caught.value
        assert (error.code, error.scope, error.answer) == ("CREDENTIALS_REFUSED", "destination", None)
        assert "made-up-key" not in error.vi + error.en
        assert not server.calls()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (b"", 200, "TOKEN_UNCLEAR"),
        (b"<html></html>", 200, "TOKEN_UNCLEAR"),
        ({"access_token": ""}, 200, "TOKEN_UNCLEAR"),
        ({"access_token": "a\nb"}, 200, "TOKEN_UNCLEAR"),
        ({}, 503, "HTTP_503"),
        ({}, 500, "HTTP_500"),
        (fault(900900), 500, "WSO2_900900"),
    ],
)
async def test_a_token_that_does_not_come_is_transient(said: Any, status: int, code: str) -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.token, server.token_status = said, status
        with pytest.raises(TransientError) as caught:
            await road.send(Ride(write=True))
        assert caught.value.code == code
        assert not server.calls()
