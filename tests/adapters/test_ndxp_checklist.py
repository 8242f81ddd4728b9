"""What an adapter must survive: the sheet's checklist (NDXP §9), point by point, through the adapter itself."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import orjson
import pytest

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.ndxp.settings import NdxpSettings
from adapters.ndxp.simulator import SimulatorSettings
from adapters.ndxp.simulator.faults import Raw
from adapters.transport.settings import HttpSettings
from tests.adapters.ndxp_rig import STYLES, open_ndxp_rig
from tests.contract.adapter_contract import outcome

DESTINATION = "VN:GOV:000.00.00.G22:khogiayto"


async def test_1_the_same_service_answers_behind_every_style_by_configuration_alone() -> None:
    told = []
    for style in STYLES:
        async with open_ndxp_rig(style=style) as rig:
            told.append(await rig.told())
    assert all(message == told[0] for message in told)


@pytest.mark.parametrize("where", ["header", "query"])
@pytest.mark.parametrize("encoded", [True, False])
async def test_2_the_destination_goes_in_header_or_query_encoded_or_not(where: str, encoded: bool) -> None:
    road = {"dstcode_in": where, "encode_colons": encoded}
    async with open_ndxp_rig(style="forward", road=road) as rig:
        assert (await rig.told())[0] == "document.provided.v1"


@pytest.mark.parametrize("code", [0, "0"])
async def test_3_error_code_comes_as_number_or_text_and_success_is_tested_at_both_levels(code: Any) -> None:
    async with open_ndxp_rig(style="lgsp") as rig:
        inner = {"error_code": code, "result": []}
        envelope = {"code": "200", "status": "SUCCESS", "correlationId": "x", "response": inner}
        rig.exchange.next(Raw(orjson.dumps(envelope)))
        assert (await rig.told())[0] == "document.not_found.v1"
        rig.exchange.next(Raw(orjson.dumps({**envelope, "response": {"error_code": -1}})))
        assert _code(await outcome(rig)) == "unnamed"
        rig.exchange.next(Raw(orjson.dumps({**envelope, "code": "500"})))
        assert _code(await outcome(rig)) == "HTTP_500"
        rig.exchange.next(Raw(orjson.dumps({"fault": {"code": 900908, "message": "m"}}), 403))
        assert _code(await outcome(rig)) == "WSO2_900908"


@pytest.mark.parametrize(
    ("body", "status", "headers", "kind", "code"),
    [
        (b'{"fault":{"code":101504}}', 500, {}, UncertainError, "WSO2_101504"),
        (
            b'<am:fault xmlns:am="http://wso2.org/apimanager"><am:code>900801</am:code></am:fault>',
            503,
            {},
            TransientError,
            "WSO2_900801",
        ),
        (b'{"type":"Client.BadRequest","message":"m","detail":"d"}', 400, {}, PermanentError, "HTTP_400"),
        (b"<html><body>502</body></html>", 502, {}, UncertainError, "HTTP_502"),
        (b"<html><body>login</body></html>", 200, {}, TransientError, "HTML_ANSWER"),
        (b"Service Unavailable", 503, {}, TransientError, "HTTP_503"),
        (b"ok", 200, {}, UncertainError, "GARBAGE_ANSWER"),
    ],
)
async def test_4_what_comes_is_classified_by_its_content(
    body: bytes, status: int, headers: dict[str, str], kind: type[DeliveryError], code: str
) -> None:
    async with open_ndxp_rig(style="oauth2") as rig:
        rig.exchange.next(Raw(body, status, {"Content-Type": "text/plain", **headers}))
        error = await outcome(rig)
        assert isinstance(error, kind)
        assert error.code == code


async def test_4_a_provider_s_xml_inside_a_json_string_comes_out_whole() -> None:
    async with open_ndxp_rig(style="lgsp", road={"relay": "string"}) as rig:
        rig.exchange.next(Raw(orjson.dumps({"error_code": "0", "message": "<a>không phải JSON</a>"})))
        error = await outcome(rig)
        assert isinstance(error, UncertainError)
        assert error.answer == "<a>không phải JSON</a>".encode()


@pytest.mark.parametrize("style", ["forward", "xroad"])
async def test_5_not_allowed_comes_as_500_and_is_not_tried_again(style: str) -> None:
    async with open_ndxp_rig(style=style) as rig:
        rig.upset("not_allowed")
        error = await outcome(rig)
        assert isinstance(error, PermanentError)
        assert error.scope == "destination"


@pytest.mark.parametrize("style", ["oauth2", "lgsp"])
async def test_6_a_token_is_shared_and_a_401_renews_it_once(style: str) -> None:
    async with open_ndxp_rig(style=style) as rig:
        await rig.told()
        rig.exchange.tokens.lose()
        assert (await rig.told())[0] == "document.provided.v1"
        assert rig.exchange.tokens.issued == 2


async def test_6_a_token_with_a_short_life_left_is_renewed_in_time() -> None:
    now = [0.0]
    simulator = SimulatorSettings(token_lifetime=0.5)
    async with open_ndxp_rig(style="oauth2", simulator=simulator, clock=lambda: now[0]) as rig:
        assert (await rig.told())[0] == "document.provided.v1"
        assert rig.exchange.tokens.issued >= 2


async def test_7_a_call_has_5_s_to_connect_and_60_s_in_all_and_silence_is_uncertain() -> None:
    settings = HttpSettings.model_validate({})
    assert (settings.connect_timeout, settings.timeout) == (timedelta(seconds=5), timedelta(seconds=60))
    async with open_ndxp_rig(timeout=timedelta(milliseconds=300)) as rig:
        rig.upset("silence_after_commit")
        assert isinstance(await outcome(rig), UncertainError)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("fault", ["html", "provider_down", "not_allowed", "garbage"])
async def test_8_no_secret_and_no_person_stands_in_a_log_or_an_error(
    style: str, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_ndxp_rig(style=style) as rig:
        await rig.told()
        rig.upset(fault)
        error = await outcome(rig)
        shown = f"{caplog.text} {error!r} {error}"
        assert not [value for value in (*rig.personal, "lgspaccesstoken", "Bearer", "Basic ") if value in shown]


@pytest.mark.parametrize("secret", ["consumer_secret", "token", "secret_key"])
def test_8_no_secret_stands_in_settings_shown(secret: str) -> None:
    road = {"address": "http://a.example", secret: "bi-mat-that"}
    settings = NdxpSettings.model_validate({"road": road, "probe_officer": "044082999100"})
    assert "bi-mat-that" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def _code(error: object) -> str:
    assert isinstance(error, DeliveryError)
    return error.code
