"""The simulated exchange (NDXP sheet §10): its fixtures, one switch per failure, its store and its process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from pydantic import ValidationError

from adapters.contract import DeliveryError, PermanentError, Receipt, TransientError, UncertainError
from adapters.ndxp.road import Ride
from adapters.ndxp.simulator import SimulatedExchange, SimulatorSettings, build, faults
from adapters.ndxp.simulator.__main__ import main
from tests.adapters.ndxp_rig import STYLES, open_exchange_road, open_ndxp_rig, search
from tests.contract.adapter_contract import outcome

EXCHANGES = ("oauth2", "lgsp", "forward", "xroad")


# ---- fixtures keyed by consumer


@pytest.mark.parametrize("style", STYLES)
async def test_a_known_consumer_is_served_in_every_style(style: str) -> None:
    async with open_exchange_road(style) as (road, exchange):
        answer = await road.send(search())
        assert orjson.loads(answer.body)["error_code"] == "0"
        assert exchange.counts()["searches"] == 1


@pytest.mark.parametrize(
    ("style", "changes", "code"),
    [
        ("oauth2", {"consumer_key": "sandbox-unsubscribed"}, "WSO2_900908"),
        ("oauth2", {"consumer_key": "sandbox-expired"}, "WSO2_900901"),
        ("oauth2", {"consumer_key": "la"}, "CREDENTIALS_REFUSED"),
        ("oauth2", {"consumer_secret": "sai"}, "CREDENTIALS_REFUSED"),
        ("oauth2", {"token": "tu-nghi-ra"}, "WSO2_900901"),
        ("xroad", {"xroad_client": "VN/GOV/000.00.00.H46/chuadangky"}, "XROAD_AccessDenied"),
    ],
)
async def test_a_consumer_without_the_right_is_turned_away(style: str, changes: dict[str, str], code: str) -> None:
    async with open_exchange_road(style, **changes) as (road, exchange):
        with pytest.raises(PermanentError) as caught:
            await road.send(search())
        assert (caught.value.code, caught.value.scope) == (code, "destination")
        assert exchange.store.searches == 0


async def test_a_throttled_consumer_is_served_so_often_and_told_when_to_come_back() -> None:
    simulator = SimulatorSettings(throttle_after=2, throttle_for=90)
    async with open_exchange_road("oauth2", simulator, consumer_key="sandbox-throttled") as (road, exchange):
        for _ in range(2):
            await road.send(search())
        with pytest.raises(TransientError) as caught:
            await road.send(search())
        assert (caught.value.code, caught.value.scope) == ("WSO2_900804", "destination")
        assert caught.value.retry_after is not None
        assert timedelta(seconds=80) < caught.value.retry_after <= timedelta(seconds=90)
        assert exchange.store.searches == 2


@pytest.mark.parametrize(("form", "accepted"), [("basic", True), ("form", False)])
async def test_a_gateway_may_take_one_form_of_credentials_only(form: str, accepted: bool) -> None:
    simulator = SimulatorSettings.model_validate({"credentials": form})
    async with open_exchange_road("oauth2", simulator) as (road, _):
        if accepted:
            assert (await road.send(search())).status == 200
        else:
            with pytest.raises(PermanentError, match="CREDENTIALS_REFUSED"):
                await road.send(search())


@pytest.mark.parametrize("same", [True, False])
async def test_asked_again_the_issuer_gives_the_same_token_or_a_new_one(same: bool) -> None:
    exchange = SimulatedExchange(SimulatorSettings(same_token=same))
    assert (
        exchange.tokens.issue("sandbox")["access_token"] == exchange.tokens.issue("sandbox")["access_token"]
    ) is same


async def test_a_grant_of_another_kind_is_refused_in_oauth_words() -> None:
    async with SimulatedExchange().running() as url, aiohttp.ClientSession() as client:
        answer = await client.post(f"{url}/gateway/token", data={"grant_type": "password"})
        assert (answer.status, (await answer.json())["error"]) == (400, "unsupported_grant_type")


async def test_calls_without_or_with_another_kind_of_token_are_named() -> None:
    async with SimulatedExchange().running() as url, aiohttp.ClientSession() as client:
        for header, code in (({}, 900902), ({"Authorization": "Basic eDp5"}, 900905)):
            async with client.post(f"{url}/gateway/khoGiayTo/1.0/TimGiayTo", headers=header) as answer:
                assert (answer.status, (await answer.json())["fault"]["code"]) == (401, code)


async def test_an_api_nobody_publishes_has_no_matching_resource() -> None:
    async with open_exchange_road("oauth2", provider="khongCo/1.0") as (road, _):
        with pytest.raises(PermanentError, match="WSO2_900906"):
            await road.send(search())


# ---- one switch per failure


FAILURES: dict[str, dict[str, tuple[type[DeliveryError], str]]] = {
    "provider_down": {
        "oauth2": (UncertainError, "WSO2_101503"),
        "lgsp": (UncertainError, "HTTP_502"),
        "forward": (TransientError, "XROAD_NetworkError"),
        "xroad": (TransientError, "XROAD_NetworkError"),
    },
    "not_allowed": {
        "oauth2": (PermanentError, "WSO2_900908"),
        "lgsp": (PermanentError, "HTTP_403"),
        "forward": (PermanentError, "XROAD_AccessDenied"),
        "xroad": (PermanentError, "XROAD_AccessDenied"),
    },
    "outdated_configuration": {
        "oauth2": (TransientError, "WSO2_900900"),
        "lgsp": (TransientError, "HTTP_503"),
        "forward": (TransientError, "XROAD_OutdatedGlobalConf"),
        "xroad": (TransientError, "XROAD_OutdatedGlobalConf"),
    },
    "truncated": dict.fromkeys(EXCHANGES, (UncertainError, "GARBAGE_ANSWER")),
    "wrong_charset": dict.fromkeys(EXCHANGES, (UncertainError, "GARBAGE_ANSWER")),
    "html": dict.fromkeys(EXCHANGES, (TransientError, "HTML_ANSWER")),
    "changed_id": {"xroad": (UncertainError, "XROAD_INCONSISTENT")},
}
CASES = [(failure, style, *meant) for failure, styles in FAILURES.items() for style, meant in styles.items()]


@pytest.mark.parametrize(("failure", "style", "kind", "code"), CASES)
async def test_every_failure_is_a_fault_for_the_next_call(failure: str, style: str, kind: Any, code: str) -> None:
    async with open_ndxp_rig(style=style) as rig:
        rig.upset(failure)
        error = await outcome(rig)
        assert (type(error), getattr(error, "code", None)) == (kind, code)
        assert isinstance(await outcome(rig), Receipt)


@pytest.mark.parametrize(("failure", "style", "kind", "code"), CASES)
async def test_every_failure_is_a_switch_for_all_calls(failure: str, style: str, kind: Any, code: str) -> None:
    simulator = SimulatorSettings.model_validate({"failure": failure})
    async with open_ndxp_rig(style=style, simulator=simulator) as rig:
        for _ in range(2):
            error = await outcome(rig)
            assert (type(error), getattr(error, "code", None)) == (kind, code)


async def test_a_slow_exchange_is_a_switch_too() -> None:
    simulator = SimulatorSettings(failure="slow", slow_by=3600)
    async with open_ndxp_rig(simulator=simulator, timeout=timedelta(milliseconds=300)) as rig:
        error = await outcome(rig)
        assert isinstance(error, UncertainError)
        assert error.code == "TIMEOUT"


@pytest.mark.parametrize("code", [102511, 101504, 700700, 900800, 900801, 900907, 900909, 900910])
async def test_any_fault_of_the_gateway_can_be_asked_for_by_its_number(code: int) -> None:
    async with open_ndxp_rig(style="oauth2") as rig:
        rig.upset("gateway_fault", code=code)
        error = await outcome(rig)
        assert isinstance(error, DeliveryError)
        assert error.code == f"WSO2_{code}"


async def test_any_error_of_xroad_can_be_asked_for_by_its_type() -> None:
    async with open_ndxp_rig() as rig:
        rig.upset("xroad_error", kind="Server.ServerProxy.ServiceDisabled")
        error = await outcome(rig)
        assert isinstance(error, PermanentError)
        assert error.code == "XROAD_ServiceDisabled"


async def test_faults_effects_and_counts_are_there_over_http() -> None:
    exchange = build()
    async with exchange.running() as url, aiohttp.ClientSession() as client:
        async with client.post(f"{url}/_panel/faults", json={"fault": "provider_down", "times": 2}) as answer:
            assert (await answer.json()) == {"waiting": 1}
        async with client.get(f"{url}/_panel/effects") as answer:
            said = await answer.json()
            assert said == {"effects": [], "calls": 0, "tokens": 0, "searches": 0, "carried": 0}
        async with client.post(f"{url}/_panel/reset") as answer:
            assert answer.status == 200
        assert not exchange.pending


# ---- the store and the process


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/TimGiayTo", {"SoDinhDanh": "044999000123", "MaGiayToKetQua": "KQ.G15.000031"}, "-1"),
        ("/LayGiayTo", {"GiayToId": "0"}, "-2"),
    ],
)
async def test_the_store_refuses_what_it_does_not_have_or_may_not_tell(path: str, body: Any, code: str) -> None:
    async with open_exchange_road("direct") as (road, exchange):
        answer = await road.send(Ride(path, orjson.dumps(body)))
        assert orjson.loads(answer.body)["error_code"] == code
        assert not exchange.effects


async def test_an_address_the_store_does_not_have_gets_a_page() -> None:
    async with open_exchange_road("direct") as (road, _):
        assert (await road.send(Ride("/khac"))).status == 404


async def test_effects_outlive_the_process_and_hold_nobody_s_number(tmp_path: Path) -> None:
    log = tmp_path / "effects.ndjson"
    async with open_ndxp_rig(simulator=SimulatorSettings(log=log)) as rig:
        await rig.ask()
    assert not [value for value in rig.personal if value in log.read_text("utf-8")]
    again = SimulatedExchange(SimulatorSettings(log=log))
    assert [effect.kind for effect in again.effects] == ["given_out"]
    again.log.close()


@pytest.mark.parametrize("wrong", ["failure=khong_co", "khong_co=1", "failure"])
def test_a_switch_that_makes_no_sense_ends_with_2(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--set", wrong]) == 2
    assert capsys.readouterr().err


def test_an_unknown_failure_is_refused() -> None:
    with pytest.raises(ValidationError, match="failure"):
        SimulatorSettings.model_validate({"failure": "khong_co"})


def test_every_fault_can_be_made_by_its_name() -> None:
    own = {"provider_down", "not_allowed", "outdated_configuration", "gateway_fault", "xroad_error", "changed_id"}
    assert own <= set(faults.FAULTS)
    assert all(faults.FAULTS[name]() for name in own)
