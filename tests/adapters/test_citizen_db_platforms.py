"""Through a provincial platform: its JSON, its spellings, and the database's answer inside (sheet §5.2)."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from adapters.citizen_db import wire
from adapters.citizen_db.simulator import SimulatorSettings
from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.transport.envelope import Fault, Unreadable
from tests.adapters.citizen_rig import a_question, message_of, open_citizen_rig, open_line, sample

REPLY = sample("lgsp-json-reply-wrapped.json")
PORTS = ["lgsp", "lgsp_camel"]
MAU = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}


async def failing(rig: Any, **ask: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await rig.ask(**ask)
    return caught.value


@pytest.mark.parametrize(("port", "name"), [("lgsp", "lgsp-json-request"), ("lgsp_camel", "lgsp-json-request-camel")])
async def test_a_question_is_the_sample_but_for_its_request_id(port: str, name: str) -> None:
    settings = {"service_account": "STTTT_TINHMAU", "bearer": "khoa"}
    async with open_line(REPLY, port, **settings) as line:
        receipt = await line.ask(person=MAU)
        headers, body = line.requests[-1]
        key = "MaYeuCau" if port == "lgsp" else "maYeuCau"
        asked, expected = json.loads(body), json.loads(sample(f"{name}.json"))
        assert asked.pop(key) == receipt.facts["request_id"] and expected.pop(key)
        assert asked == expected
        assert headers["Authorization"] == "Bearer khoa" and headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("port", PORTS)
async def test_the_sample_of_a_relayed_answer_comes_back_as_a_message(port: str) -> None:
    async with open_line(REPLY, port, service_account="x") as line:
        receipt = await line.ask(person=MAU)
        assert receipt.reply is not None and receipt.reply.mapping == "citizen_db/citizen.found.v1.lgsp"
        assert message_of(receipt.reply)["citizens"][0]["full_name"] == "NGUYỄN VĂN MẪU"


@pytest.mark.parametrize("port", PORTS)
async def test_a_json_view_says_the_same_as_the_envelope(port: str) -> None:
    told = []
    for reply in ("wrapped", "view"):
        async with open_citizen_rig(port=port, simulator=SimulatorSettings(platform_reply=reply)) as rig:
            told.append(await rig.told())
    assert told[0] == told[1]


@pytest.mark.parametrize("port", PORTS)
async def test_several_people_come_as_a_list_and_one_as_an_object(port: str) -> None:
    twins = {"id_card": "194999007", "full_name": "Hoàng Thị Trùng Tên", "birth_date": "1985-10-10"}
    async with open_citizen_rig(port=port, simulator=SimulatorSettings(platform_reply="view")) as rig:
        assert len((await rig.told(person=twins))["citizens"]) == 2


@pytest.mark.parametrize("service", ["verify", "household"])
async def test_a_platform_only_looks_people_up(service: str) -> None:
    async with open_citizen_rig() as asking, open_citizen_rig(port="lgsp") as rig:
        request = asking.outbound(a_question(service))
        with pytest.raises(PermanentError, match="PORT_WITHOUT_OPERATION"):
            await rig.adapter.deliver(request)
        assert rig.calls() == 0


@pytest.mark.parametrize("code", ["-1", -1, 7, "E99"])
async def test_a_code_of_the_platforms_own_is_tried_a_few_times(code: Any) -> None:
    async with open_citizen_rig(port="lgsp") as rig:
        rig.upset("refuse", code=code, message="Nguyễn Văn Mẫu")
        error = await failing(rig)
        assert isinstance(error, TransientError) and error.max_tries == 5
        assert error.code == f"PLATFORM_{code}" and "Mẫu" not in f"{error}{error.vi}"


async def test_a_fault_inside_a_relayed_answer_is_the_databases_own() -> None:
    async with open_citizen_rig(port="lgsp") as rig:
        rig.upset("business_fault", code="LOI-01")
        assert (await failing(rig)).code == "LOI-01"
        rig.upset("xroad_fault", code="Server.ServerProxy.AccessDenied")
        assert (await failing(rig)).code == "XROAD_AccessDenied"


async def test_a_wrong_token_is_for_an_operator_to_fix() -> None:
    async with open_citizen_rig(port="lgsp", bearer="khac") as rig:
        error = await failing(rig)
        assert isinstance(error, PermanentError) and (error.code, error.scope) == ("HTTP_401", "destination")


@pytest.mark.parametrize(
    "body",
    [
        b'{"error_code":"0","message":""}',
        b'{"error_code":"0","message":"<a"}',
        b'{"error_code":"0"}',
        b"{}",
        b"[]",
        b'{"Body":{"CongdanCollection":[1]}}',
        b'{"Body":7}',
        b'{"Body":{"CongdanCollection":{"NguoiDan":[{"SoDinhDanh":"044085999001"}]}}}',
        b'{"Body":{"CongdanCollection":{"CongDan":"044085999001"}}}',
        b'{"Body":{"CongdanCollection":{"CongDan":{"SoDinhDanh":"\\u0001"}}}}',
        b'{"error_code":"0","message":"<a>\\ud800</a>"}',
    ],
)
async def test_an_answer_that_says_nothing_is_not_nobody(body: bytes) -> None:
    async with open_line(body, "lgsp") as line:
        error = await failing(line)
        assert isinstance(error, UncertainError) and error.code == "GARBAGE_ANSWER"


def test_what_a_platform_hands_through_is_read_as_it_is() -> None:
    passed = wire.read_relayed(sample("tracuu-reply.direct.xml"))
    assert isinstance(passed, wire.Relayed) and passed.content is not None
    assert wire.read_relayed(b"<html></html>") is Unreadable.HTML
    assert isinstance(wire.read_relayed(orjson.dumps({"error_code": "0", "message": _FAULT})), Fault)


_FAULT = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
    "<faultcode>Server.ServerProxy.AccessDenied</faultcode></e:Fault></e:Body></e:Envelope>"
)
