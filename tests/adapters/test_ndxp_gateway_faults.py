"""What an API gateway says by itself (NDXP sheet §2): every fault's meaning, JSON or XML, whatever beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.ndxp import wso2
from adapters.ndxp.road import Ride
from adapters.ndxp.simulator import SimulatorSettings
from tests.adapters.ndxp_rig import open_exchange_road, open_scripted, search
from tests.adapters.ndxp_samples import ACCOUNT, JSON_804, JSON_901, XML_901, fault, raw


async def error_of(answer: web.Response, ride: Ride | None = None, **settings: Any) -> DeliveryError:
    """What the road makes of one answer."""
    async with open_scripted(**{**ACCOUNT, "address": "/apiDanCu/1.0", **settings}) as (road, server):
        server.answers = [answer]
        with pytest.raises(DeliveryError) as caught:
            await road.send(ride or Ride("/traCuu", write=True))
        return caught.value


@pytest.mark.parametrize("code", [900902, 900905, 900907, 900909])
async def test_a_401_that_a_new_token_would_not_mend_is_permanent_at_once(code: int) -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [raw(fault(code))]
        with pytest.raises(PermanentError) as caught:
            await road.send(Ride())
        assert (caught.value.code, caught.value.scope) == (f"WSO2_{code}", "destination")
        assert (len(server.tokens()), len(server.calls())) == (1, 1)


@pytest.mark.parametrize("code", [900906, 900908, 900910])
async def test_a_missing_right_names_the_api_and_the_subscription(code: int) -> None:
    error = await error_of(raw(fault(code), 403))
    assert isinstance(error, PermanentError)
    assert (error.code, error.scope) == (f"WSO2_{code}", "destination")
    assert "/apiDanCu/1.0" in error.vi
    assert "/apiDanCu/1.0" in error.en
    assert "chưa đăng ký" in error.vi
    assert "subscription is missing" in error.en


def test_no_number_of_a_person_is_ever_named_as_an_api() -> None:
    assert wso2.api_name("https://g.example/apiDanCu/1.0/044999000123") == "/apiDanCu/1.0"
    assert wso2.api_name("https://g.example/congdan/044999000123") == "/congdan/…"


@pytest.mark.parametrize("code", [900800, 900802, 900803, 900804, 900805, 900806, 900807])
async def test_throttling_binds_the_destination_until_the_time_it_names(code: int) -> None:
    until = (datetime.now(UTC) + timedelta(seconds=500)).strftime("%Y-%b-%d %H:%M:%S+0000 UTC")
    error = await error_of(raw(fault(code, nextAccessTime=until), 429))
    assert isinstance(error, TransientError)
    assert (error.code, error.scope) == (f"WSO2_{code}", "destination")
    assert error.retry_after is not None
    assert timedelta(seconds=490) < error.retry_after <= timedelta(seconds=500)


async def test_the_header_wins_over_the_time_in_the_body_and_a_past_time_means_now() -> None:
    answer = web.Response(status=429, body=JSON_804, headers={"Retry-After": "30"})
    error = await error_of(answer)
    assert isinstance(error, TransientError)
    assert error.retry_after == timedelta(seconds=30)
    past = await error_of(raw(JSON_804, 429))
    assert isinstance(past, TransientError)
    assert past.retry_after == timedelta(0)


@pytest.mark.parametrize("stated", ["", "soon", "2021-Xyz-20 01:31:00+0000 UTC", "2021-Feb-31 01:31:00+0000 UTC"])
async def test_throttling_without_a_readable_time_waits_a_minute(stated: str) -> None:
    error = await error_of(raw(fault(900800, nextAccessTime=stated), 429))
    assert isinstance(error, TransientError)
    assert error.retry_after == timedelta(minutes=1)


async def test_the_key_validation_away_is_transient() -> None:
    error = await error_of(raw(fault(900900), 500))
    assert isinstance(error, TransientError)
    assert (error.code, error.scope, error.retry_after) == ("WSO2_900900", "message", None)


@pytest.mark.parametrize("code", [700700, 900801])
async def test_a_closed_api_and_a_hard_limit_are_left_alone_for_long(code: int) -> None:
    error = await error_of(raw(fault(code), 503))
    assert isinstance(error, TransientError)
    assert (error.code, error.scope, error.retry_after) == (f"WSO2_{code}", "destination", timedelta(minutes=15))


@pytest.mark.parametrize("code", range(101500, 101511))
async def test_a_provider_cut_off_is_uncertain_for_a_write_and_transient_for_a_read(code: int) -> None:
    written = await error_of(raw(fault(code), 500))
    read = await error_of(raw(fault(code), 500), Ride("/traCuu"))
    assert isinstance(written, UncertainError)
    assert isinstance(read, TransientError)
    assert written.code == read.code == f"WSO2_{code}"


async def test_a_provider_cut_off_is_known_by_the_body_even_beside_200() -> None:
    assert isinstance(await error_of(raw(fault(101504), 200)), UncertainError)


async def test_a_body_too_large_or_too_slow_is_permanent_for_its_message() -> None:
    error = await error_of(raw(fault(102511), 400))
    assert isinstance(error, PermanentError)
    assert (error.code, error.scope) == ("WSO2_102511", "message")


NEWER_XML = (
    b'<?xml version="1.0" encoding="UTF-8"?><am:fault xmlns:am="http://wso2.org/apimanager"><am:code>900908</am:code>'
    b"<am:type>Status report</am:type></am:fault>"
)


@pytest.mark.parametrize(
    "body",
    [
        fault(900908),
        b'{"fault":{"code":"900908","message":"m"}}',
        XML_901.replace(b"900901", b"900908"),
        NEWER_XML,
    ],
)
async def test_faults_are_known_by_content_whatever_their_content_type(body: bytes) -> None:
    for content_type in ("application/json", "application/xml", "text/html"):
        assert (await error_of(raw(body, 403, content_type))).code == "WSO2_900908"


@pytest.mark.parametrize(
    "body",
    [
        b'{"fault":{"code":123,"message":"the provider\'s own"}}',
        b'{"fault":"text"}',
        b'{"faults":[]}',
        b"<fault><code>900908</code></fault>",
        b"<html><body>Service Unavailable</body></html>",
        b"plain words",
    ],
)
async def test_what_is_no_fault_of_the_gateway_is_the_providers_own_answer(body: bytes) -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [raw(body, 403)]
        answer = await road.send(Ride())
        assert (answer.status, answer.body) == (403, body)


async def test_the_samples_of_the_sheet_are_read() -> None:
    assert wso2.read_fault(JSON_901) == wso2.read_fault(XML_901) == wso2.GatewayFault(900901)
    assert wso2.read_fault(JSON_804) == wso2.GatewayFault(900804, datetime(2021, 8, 20, 1, 31, tzinfo=UTC))


async def test_the_simulated_gateway_speaks_xml_where_it_is_an_older_one() -> None:
    simulator = SimulatorSettings(fault_format="xml")
    async with open_exchange_road("oauth2", simulator, consumer_key="sandbox-unsubscribed") as (road, _):
        with pytest.raises(PermanentError) as caught:
            await road.send(search())
        assert caught.value.code == "WSO2_900908"
        assert b"ams:fault" in (caught.value.answer or b"")
        assert "/gateway/khoGiayTo" in caught.value.en
