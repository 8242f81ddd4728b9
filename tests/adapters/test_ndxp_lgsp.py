"""Style B, a province's LGSP (NDXP sheet §3): the packed header, and the two ways it wraps what a provider said."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from aiohttp import web

from adapters.contract import PermanentError, TransientError, UncertainError
from adapters.ndxp.road import Ride
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.simulator import SimulatorSettings
from tests.adapters.ndxp_rig import open_exchange_road, open_scripted, search

ACCOUNT = {
    "style": "lgsp",
    "app_name": "MotCua",
    "access_key": "khoa-1",
    "secret_key": "bi-mat",
    "partner_code": "000.00.00.H46",
    "partner_code_cus": "000.00.00.G22",
}
SAMPLE_09 = {
    "code": "200",
    "status": "SUCCESS",
    "correlationId": "b7f0c2de-0000-4000-8000-00000000abcd",
    "response": {"KetQuaXacThuc": {"TonTai": "true"}},
}
XML = '<?xml version="1.0" encoding="UTF-8"?><a b="1">"Việt"</a>'


async def relayed(said: object, status: int = 200, *, write: bool = True, **settings: Any) -> Any:
    """What comes out of a platform's answer: status, type and body."""
    async with open_scripted(**{**ACCOUNT, **settings}) as (road, server):
        server.answers = [web.Response(status=status, body=said if isinstance(said, bytes) else orjson.dumps(said))]
        answer = await road.send(Ride(write=write))
        return answer.status, answer.content_type, answer.body


async def test_the_five_values_go_packed_into_a_header_of_both_calls() -> None:
    async with open_scripted(**ACCOUNT, address="/csdldancu") as (road, server):
        await road.send(Ride("/tracuu", b"<a/>", {"Content-Type": "application/xml; charset=utf-8"}))
        token, call = server.seen
        assert (token.path, token.body) == ("/token", b"grant_type=client_credentials")
        assert "Authorization" not in token.headers
        assert call.path == "/csdldancu/tracuu"
        assert call.headers["Authorization"] == "Bearer t-1"
        assert token.headers["lgspaccesstoken"] == call.headers["lgspaccesstoken"]
        values = orjson.loads(base64.b64decode(call.headers["lgspaccesstoken"]))
        assert list(values) == ["AccessKey", "SecretKey", "AppName", "PartnerCode", "PartnerCodeCus"]
        assert list(values.values()) == ["khoa-1", "bi-mat", "MotCua", "000.00.00.H46", "000.00.00.G22"]


async def test_a_platform_that_refuses_the_header_is_a_matter_of_the_destination() -> None:
    async with open_exchange_road("lgsp", secret_key="sai") as (road, _):
        with pytest.raises(PermanentError) as caught:
            await road.send(search())
        assert (caught.value.code, caught.value.scope) == ("CREDENTIALS_REFUSED", "destination")


def test_the_packed_header_is_shown_nowhere() -> None:
    settings = RoadSettings.model_validate({**ACCOUNT, "address": "https://lgsp.example"})
    assert "bi-mat" not in repr(settings)


async def test_the_envelope_comes_off_and_the_providers_own_answer_is_left() -> None:
    status, content_type, body = await relayed(SAMPLE_09)
    assert (status, content_type) == (200, "application/json")
    assert orjson.loads(body) == {"KetQuaXacThuc": {"TonTai": "true"}}


@pytest.mark.parametrize("code", ["500", 500])
async def test_the_platforms_own_code_is_the_first_level_of_success(code: Any) -> None:
    status, _, body = await relayed({**SAMPLE_09, "code": code})
    assert status == 500
    assert orjson.loads(body) == {"KetQuaXacThuc": {"TonTai": "true"}}


async def test_the_providers_error_code_inside_is_the_second_level() -> None:
    inner = {"error_code0": "1", "message": "Không tìm thấy", "data": None}
    status, _, body = await relayed({**SAMPLE_09, "response": inner})
    assert (status, orjson.loads(body)) == (200, inner)


@pytest.mark.parametrize(("code", "expected"), [("403", 403), ("SUCCESS", 200), ("0", 200), ("99", 200), ("999", 200)])
async def test_a_failed_relay_has_no_answer_and_keeps_its_status(code: str, expected: int) -> None:
    failed = {name: value for name, value in SAMPLE_09.items() if name != "response"}
    assert await relayed({**failed, "code": code}) == (expected, "application/json", b"")


async def test_an_envelope_may_hold_a_text() -> None:
    assert await relayed({**SAMPLE_09, "response": XML}) == (200, "application/xml", XML.encode())
    assert await relayed({**SAMPLE_09, "response": None}) == (200, "application/json", b"")


@pytest.mark.parametrize(
    "said", [b"", b"<a/>", b"{broken", b"[1]", b"{}", {"code": 1, "status": "x"}, {**SAMPLE_09, "data": 1}]
)
async def test_what_is_not_that_envelope_passes_as_it_is(said: Any) -> None:
    body = said if isinstance(said, bytes) else orjson.dumps(said)
    assert (await relayed(said))[2] == body


@pytest.mark.parametrize("code", ["0", 0, "00"])
async def test_xml_inside_a_json_string_comes_out_as_xml(code: Any) -> None:
    said = {"error_code": code, "message": XML}
    assert await relayed(said, relay="string") == (200, "application/xml", XML.encode())
    assert orjson.loads((await relayed(said, relay="plain"))[2]) == said


async def test_a_platform_that_names_a_failure_of_its_own_is_uncertain_for_a_write_only() -> None:
    said = {"error_code": "-1", "message": "Lỗi của công dân 044999000123"}
    with pytest.raises(UncertainError) as written:
        await relayed(said, relay="string")
    with pytest.raises(TransientError) as read:
        await relayed(said, relay="string", write=False)
    assert written.value.code == read.value.code == "RELAY_-1"
    assert "044999000123" not in written.value.vi + written.value.en


@pytest.mark.parametrize(
    "said", [{"error_code": "0", "message": "ok"}, {"message": "x"}, {"error_code": "", "m": 1}, b"x"]
)
async def test_a_relayed_answer_without_xml_passes_as_it_is(said: Any) -> None:
    body = said if isinstance(said, bytes) else orjson.dumps(said)
    assert (await relayed(said, relay="string"))[2] == body


async def test_a_status_that_says_no_is_left_to_the_system_that_called() -> None:
    assert (await relayed({"error_code": "-1", "message": "x"}, 503, relay="string"))[0] == 503


@pytest.mark.parametrize("form", ["envelope", "string", "plain"])
async def test_the_store_is_reached_through_every_wrapping(form: str) -> None:
    simulator = SimulatorSettings.model_validate({"relay": form})
    async with open_exchange_road("lgsp", simulator) as (road, _):
        answer = await road.send(search())
        if form == "string":  # this platform quotes JSON as well, which nobody has been seen to read
            assert orjson.loads(answer.body)["error_code"] == "0"
        else:
            assert [paper["GiayToId"] for paper in orjson.loads(answer.body)["result"]]


@pytest.mark.parametrize(("key", "status"), [("sandbox-unsubscribed", 403), ("sandbox-expired", 401)])
async def test_a_consumer_without_the_right_meets_the_status_the_platform_documents(key: str, status: int) -> None:
    async with open_exchange_road("lgsp", access_key=key) as (road, _):
        assert (await road.send(search())).status == status


async def test_a_throttled_consumer_meets_429_after_its_calls() -> None:
    async with open_exchange_road("lgsp", access_key="sandbox-throttled") as (road, _):
        assert [(await road.send(search())).status for _ in range(4)] == [200, 200, 200, 429]
