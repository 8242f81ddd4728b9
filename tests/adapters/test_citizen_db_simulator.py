"""The simulated database over real HTTP: its checks, switches, effects and panel (sheet §8, NDXP sheet §6, §10)."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from lxml import etree

from adapters.citizen_db.ports import WSDL
from adapters.citizen_db.simulator import PEOPLE, SimulatedCitizenDb, SimulatorSettings, build, faults
from adapters.contract import DeliveryError, RefusedError
from adapters.transport.envelope import Envelope, Fault, read_envelope
from tests.adapters.citizen_rig import a_question, mapped, open_citizen_rig, sample

XSD = etree.XMLSchema(etree.parse(WSDL.with_name("citizen-db.xsd")))
HEADERS = etree.XMLSchema(etree.parse(WSDL.with_name("xroad-headers.xsd")))
Change = Callable[[Any], None]


@asynccontextmanager
async def served(settings: SimulatorSettings | None = None) -> AsyncIterator[tuple[SimulatedCitizenDb, Any]]:
    """A simulated database and a way to post to it."""
    database = build(settings)
    async with database.running() as url, aiohttp.ClientSession() as http:

        async def post(path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
            async with http.post(url + path, data=body, headers=headers) as response:
                return response.status, await response.read()

        yield database, post


def changed(change: Change) -> bytes:
    """The sample request over the exchange, with something different about it."""
    envelope = etree.fromstring(sample("tracuu-request.xroad.xml"))
    change(envelope)
    return etree.tostring(envelope)


def drop(name: str) -> Change:
    def change(envelope: Any) -> None:
        [found] = envelope[0].iterfind(f"{{*}}{name}")
        envelope[0].remove(found)

    return change


def put(path: str, text: str) -> Change:
    def change(envelope: Any) -> None:
        envelope.find(path).text = text

    return change


def double(envelope: Any) -> None:
    envelope[0].append(etree.fromstring(etree.tostring(envelope[0].find("{*}issue"), with_tail=False)))


@pytest.mark.parametrize("sample_name", ["tracuu-request.xroad", "xacthuc-request.xroad", "hogiadinh-request.xroad"])
async def test_the_samples_over_the_exchange_are_answered_by_the_schema(sample_name: str) -> None:
    async with served() as (database, post):
        status, body = await post("/xroad", sample(f"{sample_name}.xml"))
        read = read_envelope(body)
        assert status == 200 and isinstance(read, Envelope) and read.content is not None
        assert XSD.validate(etree.fromstring(etree.tostring(read.content)))
        assert all(HEADERS.validate(etree.fromstring(etree.tostring(block))) for block in read.headers)
        asked = read_envelope(sample(f"{sample_name}.xml"))
        assert isinstance(asked, Envelope)
        assert [block.tag for block in read.headers[:-1]] == [block.tag for block in asked.headers]
        assert read.headers[-1].tag.endswith("requestHash")
        assert len(database.effects) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (drop("id"), "Server.ClientProxy.MissingHeaderField"),
        (drop("client"), "Server.ClientProxy.MissingHeaderField"),
        (double, "Server.ClientProxy.DuplicateHeaderField"),
        (put(".//{*}protocolVersion", "3.1"), "Server.ClientProxy.InvalidProtocolVersion"),
        (put(".//{*}serviceCode", "KhongCo"), "Server.ClientProxy.UnknownService"),
        (put(".//{*}service/{*}memberCode", "000.00.00.G99"), "Server.ClientProxy.UnknownService"),
        (put(".//{*}client/{*}subsystemCode", "khac"), "Server.ServerProxy.AccessDenied"),
        (put(".//{*}SoDinhDanh", "04408599900"), "Client"),
        (put(".//{*}MaTichHop", "abc"), "Client"),
    ],
)
async def test_what_the_exchange_does_not_take_is_a_fault_with_http_500(change: Change, code: str) -> None:
    async with served() as (database, post):
        status, body = await post("/xroad", changed(change))
        read = read_envelope(body)
        assert status == 500 and isinstance(read, Fault) and read.code == code
        assert bool(read.reference) == code.startswith("Server")
        assert not database.effects


async def test_the_alias_of_mocks_and_another_order_are_read_by_name_unless_order_is_strict() -> None:
    def mock(envelope: Any) -> None:
        body = envelope[1][0]
        body.insert(0, body[-1])
        body.find("{*}MaTichHop").tag = "{http://dancuquocgia.bca}MaDichVu"

    for strict, taken in ((False, True), (True, False)):
        async with served(SimulatorSettings(strict_order=strict)) as (database, post):
            await post("/xroad", changed(mock))
            assert bool(database.effects) is taken


@pytest.mark.parametrize(
    ("code", "service", "answer"),
    [
        ("037", "lookup", ""),
        ("033", "lookup", "MATICHHOP_KHONG_HOP_LE"),
        ("003", "verify", ""),
        ("034", "household", ""),
    ],
)
async def test_each_service_has_its_integration_code(code: str, service: str, answer: str) -> None:
    async with open_citizen_rig() as rig:
        request = rig.outbound(a_question(service))
        request.document["MaTichHop"] = code
        if answer:
            with pytest.raises(RefusedError, match=answer):
                await rig.adapter.deliver(request)
        else:
            assert (await rig.adapter.deliver(request)).code in ("FOUND", "VERIFIED")


async def test_a_guide_that_demands_an_agency_is_a_switch() -> None:
    async with open_citizen_rig(simulator=SimulatorSettings(demand_agency=True), send_agency=False) as rig:
        with pytest.raises(RefusedError, match="THIEU_MADONVI"):
            await rig.ask()
    async with open_citizen_rig(simulator=SimulatorSettings(demand_agency=True)) as rig:
        assert (await rig.ask()).code == "FOUND"


@pytest.mark.parametrize(("rule", "code"), [("found", "FOUND"), ("not_found", "NOT_FOUND")])
async def test_what_is_said_of_the_dead_is_a_switch(rule: Any, code: str) -> None:
    dead = {"citizen_id": "044030999009", "full_name": "Võ Văn Đã Mất", "birth_date": "1930-03-03"}
    async with open_citizen_rig(simulator=SimulatorSettings(deceased=rule)) as rig:
        assert (await rig.ask(person=dead)).code == code
    async with open_citizen_rig(simulator=SimulatorSettings(deceased="fault")) as rig:
        with pytest.raises(RefusedError, match="CONGDAN_DA_CHET"):
            await rig.ask(person=dead)


async def test_a_client_that_must_be_named_is_a_switch_of_the_direct_port() -> None:
    async with open_citizen_rig(port="direct", simulator=SimulatorSettings(demand_client=True), xroad_client="") as rig:
        with pytest.raises(DeliveryError, match="HTTP_401"):
            await rig.ask()
    async with open_citizen_rig(port="direct", xroad_client="") as rig:
        assert (await rig.ask()).code == "FOUND"


@pytest.mark.parametrize("change", [{"MaYeuCau": ""}, {"MaTichHop": None}, {"HoVaTen": ""}])
async def test_a_platform_names_what_is_missing(change: dict[str, Any]) -> None:
    asked = {**mapped(a_question(), "lgsp"), "MaYeuCau": "1", **change}
    async with served() as (database, post):
        for body in (orjson.dumps({k: v for k, v in asked.items() if v is not None}), b"[", b"[]"):
            status, answer = await post("/lgsp", body, Authorization="Bearer sandbox")
            assert (status, orjson.loads(answer)["error_code"]) == (200, "-1")
        assert not database.effects


def test_every_person_is_invented_and_every_case_of_the_sheet_is_there() -> None:
    numbers = [person["SoDinhDanh"] for person in PEOPLE if person["SoDinhDanh"]]
    assert all(number[-6:-3] == "999" for number in numbers) and len(set(numbers)) == len(numbers)
    assert any(not person["SoDinhDanh"] and person["SoCMND"] for person in PEOPLE)
    assert any(len(person["NgayThangNamSinh"]) == 4 for person in PEOPLE)
    assert any(person["ThuongTru"] == {} for person in PEOPLE)
    assert any(person.get("_dead") for person in PEOPLE)
    assert any(
        person.get("ChuHo", {}).get("SoDinhDanh") == person.get("Cha", {}).get("SoDinhDanh") for person in PEOPLE
    )
    assert len({(person["HoVaTen"], person["NgayThangNamSinh"]) for person in PEOPLE}) < len(PEOPLE)


@pytest.mark.parametrize("person", [p for p in PEOPLE if not p.get("_dead")], ids=lambda p: p["HoVaTen"])
@pytest.mark.parametrize("form", ["live", "qcvn109"])
@pytest.mark.parametrize("port", ["xroad", "direct", "lgsp", "lgsp_camel"])
async def test_everybody_is_found_on_every_port_in_both_forms(port: str, form: Any, person: Any) -> None:
    born = person["NgayThangNamSinh"]
    asked = {
        "full_name": person["HoVaTen"],
        "birth_date": born if len(born) == 4 else f"{born[:4]}-{born[4:6]}-{born[6:]}",
        **({"citizen_id": person["SoDinhDanh"]} if person["SoDinhDanh"] else {"id_card": person["SoCMND"]}),
    }
    async with open_citizen_rig(port=port, simulator=SimulatorSettings(form=form)) as rig:
        [citizen] = (await rig.told(person=asked))["citizens"]
        assert (citizen["full_name"], citizen["birth_date"]) == (person["HoVaTen"], asked["birth_date"])


async def test_of_a_household_each_member_is_answered_for_itself() -> None:
    members = [
        {"citizen_id": "044188999002", "full_name": "Lê Thị Vợ Mẫu", "birth_date": "1988-07-30"},
        {"citizen_id": "044212999003", "full_name": "Nguyễn Con Mẫu", "birth_date": "2012"},
        {"citizen_id": "044090999006", "full_name": "Phạm Văn Khuyết"},
        {"citizen_id": "044188999002", "full_name": "Tên Khác"},
    ]
    async with open_citizen_rig() as rig:
        told = await rig.told("household", members=members)
        assert told["verified"] is True
        assert [(m["verified"], m.get("relation")) for m in told["members"]] == [
            (True, "VC01"), (True, "CO01"), (False, None), (False, None),
        ]  # fmt: skip
        stranger = {"citizen_id": "044090999006", "full_name": "Tên Khác"}
        assert (await rig.told("household", stranger, members=members[:1]))["verified"] is False


async def test_effects_are_what_was_given_out_and_hold_no_personal_data() -> None:
    async with open_citizen_rig() as rig:
        await rig.ask()
        await rig.ask("verify")
        await rig.ask(person={"citizen_id": "044085999099", "full_name": "Không Có Ai", "birth_date": "1985"})
        effects = rig.database.effects
        assert [(e.sequence, e.call, e.kind) for e in effects] == [(1, 1, "lookup"), (2, 2, "verify")]
        assert not [one for one in rig.personal if one in str(effects)]
        assert rig.database.counts() == {"not_found": 1}


async def test_faults_and_effects_are_there_over_http() -> None:
    async with served() as (database, post):
        fault = {"fault": "xroad_fault", "on": "TraCuuThongTinCongDan", "code": "Server.ServerProxy.AccessDenied"}
        assert (await post("/_panel/faults", orjson.dumps(fault)))[0] == 200
        assert (await post("/xroad", sample("tracuu-request.xroad.xml")))[0] == 500
        assert (await post("/xroad", sample("tracuu-request.xroad.xml")))[0] == 200
        assert (await post("/_panel/reset", b""))[0] == 200
        assert (len(database.effects), database.calls) == (0, 0)
        assert (await post("/xroad", sample("tracuu-request.xroad.xml")))[0] == 200


async def test_a_restarted_database_knows_the_request_ids_of_its_log(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    for expected in (b"CongDan>", b"MAYEUCAU_TRUNG"):
        async with served(SimulatorSettings(log=path)) as (_, post):
            assert expected in (await post("/xroad", sample("tracuu-request.xroad.xml")))[1]
    assert len(path.read_bytes().splitlines()) == 1


async def test_held_calls_do_not_keep_the_database_from_stopping() -> None:
    hold = faults.Hold()
    async with served() as (database, post):
        database.next(hold)
        call = asyncio.create_task(post("/xroad", sample("tracuu-request.xroad.xml")))
        await hold.reached.wait()
    with pytest.raises(aiohttp.ClientError):
        await call


async def test_alone_it_says_when_it_is_ready_and_takes_switches(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    command = [sys.executable, "-m", "adapters.citizen_db.simulator", "--port", "0", "--log", str(path)]
    process = await asyncio.create_subprocess_exec(
        *command, "--set", "not_found=nameless", "--set", "skew=60", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        word, url = (await process.stdout.readline()).decode().split()
        assert word == "ready"
        asked = sample("tracuu-request.xroad.xml")
        async with aiohttp.ClientSession() as http, http.post(url + "/xroad", data=asked) as response:
            assert response.status == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert len(path.read_bytes().splitlines()) == 1


async def test_alone_it_refuses_a_switch_it_does_not_have() -> None:
    command = [sys.executable, "-m", "adapters.citizen_db.simulator", "--set", "colour=red"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert (process.returncode, b"colour" in said) == (2, True)
