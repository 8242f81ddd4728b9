"""The direct port: SOAP with an empty header, authorised by a digest in HTTP headers (sheet §5.1)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from typing import Any

import pytest
from aiohttp import web

from adapters.citizen_db import SPEC
from adapters.citizen_db.simulator import SimulatorSettings, adapter_settings
from adapters.contract import Outbound, PermanentError
from tests.adapters.citizen_rig import (
    DOSSIER,
    FAR,
    OPERATIONS,
    a_question,
    mapped,
    message_of,
    open_citizen_rig,
    open_line,
    sample,
    serving,
)

REPLY = sample("tracuu-reply.direct.xml")


@pytest.mark.parametrize(("unit", "a_second"), [("ms", 1000), ("s", 1)])
async def test_the_digest_is_made_of_address_account_time_and_secret(unit: str, a_second: int) -> None:
    before = time.time()
    async with open_line(REPLY, timestamp_unit=unit) as line:
        await line.ask()
        headers = line.requests[-1][0]
        stamp = headers["Timestamp"]
        assert int(before) <= int(stamp) / a_second <= time.time()
        mixed = f"https://csdldancu.example.invalid/xacthucsandbox{stamp}sandbox"
        digest = hashlib.sha256(mixed.encode()).hexdigest()
        assert headers["Authorization"] == "Basic " + base64.b64encode(f"sandbox:{digest}".encode()).decode()


async def test_a_call_names_the_province_its_officer_and_the_dossier() -> None:
    async with open_line(REPLY) as line:
        receipt = await line.ask()
        headers = line.requests[-1][0]
        assert headers["X-Road-Client"] == "VN/GOV/000.00.00.H46/qbdvcconsumer"
        assert (headers["X-Road-Issue"], headers["X-Road-UserId"]) == (DOSSIER, "VN044082999100")
        assert headers["X-Road-Id"] == receipt.facts["message_id"]
        assert (headers["ApiKey"], headers["SOAPAction"]) == ("sandbox", '""')
        assert headers["Content-Type"] == "application/xml; charset=utf-8"


async def test_an_older_line_gets_neither_client_nor_key() -> None:
    async with open_line(REPLY, xroad_client="", api_key="") as line:
        await line.ask()
        headers = line.requests[-1][0]
        assert not [name for name in headers if name.lower().startswith(("x-road", "apikey"))]


async def test_the_soap_header_is_empty() -> None:
    async with open_line(REPLY) as line:
        await line.ask()
        assert b"xroad.xsd" not in line.requests[-1][1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tracuu-reply", "citizen.found.v1"),
        ("tracuu-reply-qcvn109-style", "citizen.found.v1"),
        ("tracuu-reply-notfound", "citizen.not_found.v1"),
        ("xacthuc-reply", "citizen.verified.v1"),
    ],
)
async def test_the_samples_of_the_direct_port_come_back_as_messages(name: str, kind: str) -> None:
    person = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}
    async with open_line(sample(f"{name}.direct.xml")) as line:
        receipt = await line.ask("verify" if name.startswith("xacthuc") else "lookup", person)
        assert receipt.reply is not None and receipt.reply.type == kind
        message_of(receipt.reply)


@pytest.mark.parametrize(
    "wrong",
    [{"secret_key": "khac"}, {"username": "khac"}, {"sv_url": "khac"}, {"api_key": "khac"}, {"timestamp_unit": "s"}],
)
async def test_a_wrong_account_is_for_an_operator_to_fix_and_concerns_everybody(wrong: dict[str, Any]) -> None:
    async with open_citizen_rig(port="direct", **wrong) as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.ask()
        assert (caught.value.code, caught.value.scope) == ("HTTP_401", "destination")


@pytest.mark.parametrize(("late", "taken"), [(299, True), (301, False), (-301, False)])
async def test_a_timestamp_counts_within_the_databases_window(late: int, taken: bool) -> None:
    async with open_citizen_rig(port="direct", clock=lambda: time.time() + late) as rig:
        if taken:
            assert (await rig.ask()).code == "FOUND"
        else:
            with pytest.raises(PermanentError, match="HTTP_401"):
                await rig.ask()


async def test_a_database_of_seconds_is_met_by_a_setting() -> None:
    async with open_citizen_rig(port="direct", simulator=SimulatorSettings(timestamp_unit="s")) as rig:
        assert (await rig.ask()).code == "FOUND"


async def test_over_the_exchanges_own_road_the_road_names_the_province() -> None:
    requests: list[web.Request] = []

    async def take(request: web.Request) -> web.Response:
        requests.append(request)
        echoed = {"X-Road-Id": request.headers["X-Road-Id"], "X-Road-Client": request.headers["X-Road-Client"]}
        return web.Response(body=REPLY, content_type="application/xml", headers=echoed)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    async with serving(app) as url:
        road = {
            "style": "xroad",
            "address": url,
            "xroad_client": "VN/GOV/000.00.00.H46/qbdvcconsumer",
            "xroad_service": "VN/GOV/000.00.00.G01/csdldancu/tracuuthongtincongdan",
        }
        section = {**adapter_settings(url, port="direct"), "road": road, "path": ""}
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            deadline = asyncio.get_running_loop().time() + FAR
            asked = Outbound(OPERATIONS["lookup"], mapped(a_question()), "k", "c", deadline, subject=DOSSIER)
            receipt = await adapter.deliver(asked)
    [request] = requests
    assert receipt.code == "FOUND"
    assert request.path == "/r1/VN/GOV/000.00.00.G01/csdldancu/tracuuthongtincongdan"
    assert request.headers.getall("X-Road-Client") == ["VN/GOV/000.00.00.H46/qbdvcconsumer"]
    assert request.headers.getall("X-Road-Issue") == [DOSSIER]
    assert request.headers.getall("X-Road-UserId") == ["VN044082999100"]
    assert request.headers.getall("X-Road-Id") == [receipt.facts["message_id"]]
