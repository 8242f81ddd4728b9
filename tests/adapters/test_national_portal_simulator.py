"""The simulated portal keeps to its checklist (§14): what it takes, refuses and logs, and how it is upset."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from adapters.national_portal.fields import DOSSIER_FIELDS
from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, build, content_digest, digest, faults
from tests.adapters.portal_rig import a_record, a_step, open_portal_rig


class Caller:
    """A plain client of the portal, logged in."""

    def __init__(self, http: aiohttp.ClientSession, url: str, session: str) -> None:
        self.http, self.url, self.session = http, url, session

    async def call(self, service: Any, **parameters: Any) -> dict[str, Any]:
        body = {"session": self.session, "madonvi": "000.00.00.H46", "service": service, **parameters}
        async with self.http.post(self.url + "/mapi/g", data=orjson.dumps(body)) as response:
            return dict(orjson.loads(await response.read()))

    async def create(self, *records: Any, updating: Any = "False") -> dict[str, Any]:
        return await self.call("DongBoHoSoMC", isUpdating=updating, data=list(records))

    async def progress(self, *steps: Any) -> dict[str, Any]:
        return await self.call("CapNhatTienDoHoSoMC", data=list(steps))

    async def panel(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else orjson.dumps(body)
        async with self.http.request(method, f"{self.url}/_panel/{path}", data=data) as response:
            return response.status, orjson.loads(await response.read())


async def serve(portal: SimulatedPortal) -> AsyncIterator[Caller]:
    async with portal.running() as url, aiohttp.ClientSession() as http:
        account = {"username": "sandbox", "password": "sandbox"}
        async with http.post(url + "/mapi/login", json=account) as response:
            yield Caller(http, url, (await response.json())["session"])


async def using(settings: SimulatorSettings | None = None) -> AsyncIterator[tuple[SimulatedPortal, Caller]]:
    portal = build(settings)
    async for caller in serve(portal):
        yield portal, caller


@pytest.mark.parametrize(
    ("updating", "kind"),
    [
        ("False", "create"),
        ("false", "create"),
        (False, "create"),
        ("TRUE", "update"),
        ("true", "update"),
        (True, "update"),
    ],
)
async def test_is_updating_is_taken_in_any_letter_case_and_as_a_boolean(updating: Any, kind: str) -> None:
    async for portal, caller in using():
        if kind == "update":
            await caller.create(a_record())
        answer = await caller.create(a_record(), updating=updating)
        assert (answer["error_code"], portal.effects[-1].kind) == ("0", kind)


async def test_an_update_of_an_unknown_dossier_is_refused() -> None:
    async for portal, caller in using():
        answer = await caller.create(a_record(), updating="True")
        assert (answer["error_code"], "không tồn tại" in answer["message"], len(portal.effects)) == ("-1", True, 0)


async def test_codes_are_taken_as_numbers_too() -> None:
    async for portal, caller in using():
        await caller.create(a_record(LoaiDoiTuong=1, TrangThaiHoSo=2, HinhThuc=0))
        assert portal.effects[0].status == "2"


@pytest.mark.parametrize("service", ["dongbohosomc", "DongBoHoSoMC ", "", None, 5])
async def test_service_names_are_exact(service: Any) -> None:
    async for portal, caller in using():
        answer = await caller.call(service, isUpdating="False", data=[a_record()])
        assert (answer["error_code"], len(portal.effects)) == ("-1", 0)


async def test_a_call_without_a_live_session_is_refused_before_anything_else() -> None:
    async for portal, caller in using():
        caller.session = "made-up"
        assert await caller.create(a_record()) == {
            "error_code": "-1",
            "message": "Session không hợp lệ hoặc đã hết hạn",
        }
        assert not portal.effects


async def test_a_sliding_session_lives_as_long_as_it_is_used() -> None:
    now = [0.0]
    portal = SimulatedPortal(SimulatorSettings(session_lifetime=60, session_sliding=True), lambda: now[0])
    async for caller in serve(portal):
        for minute in range(1, 6):
            now[0] = minute * 50.0
            assert (await caller.call("LayDanhSachTTHC"))["error_code"] == "0"
        now[0] += 61
        assert (await caller.call("LayDanhSachTTHC"))["error_code"] == "-1"


BAD = a_record("000.00.09.H46-250612-0002", MaTTHC="")


@pytest.mark.parametrize(
    ("mode", "code", "stored", "items"),
    [("atomic", "-1", 0, None), ("partial", "0", 1, ["0", "-1"]), ("lying", "0", 1, None)],
)
async def test_a_batch_with_a_bad_item_is_treated_in_three_ways(
    mode: Any, code: str, stored: int, items: list[str] | None
) -> None:
    async for portal, caller in using(SimulatorSettings(batch=mode)):
        answer = await caller.create(a_record(), BAD)
        assert (answer["error_code"], len(portal.effects)) == (code, stored)
        assert items is None or [item["error_code"] for item in answer["result"]] == items


async def test_progress_needs_a_known_dossier_and_repeats_are_ignored() -> None:
    async for portal, caller in using():
        assert "không tồn tại" in (await caller.progress(a_step(1)))["message"]
        await caller.create(a_record())
        for _ in range(2):
            assert (await caller.progress(a_step(1), a_step(2)))["error_code"] == "0"
        assert [e.kind for e in portal.effects] == ["create", "progress", "progress"]
        assert portal.services.repeats_ignored == 2


async def test_required_fields_are_a_switch_from_none_to_every_marked_one() -> None:
    bare = {"MaHoSo": "000.00.09.H46-250612-0007"}
    for required, code in (("none", "0"), ("attested", "-1"), ("marked", "-1")):
        async for _, caller in using(SimulatorSettings.model_validate({"required": required})):
            assert (await caller.create(bare))["error_code"] == code
    full: dict[str, Any] = {**dict.fromkeys(DOSSIER_FIELDS, "1"), "DinhDanhCHS": [{}], "DSKetNoiCSDL": [{}]}
    async for _, caller in using(SimulatorSettings(required="marked", also_required=("ChuHoSo",))):
        assert (await caller.create(full))["error_code"] == "0"
        assert (await caller.create({**full, "ChuHoSo": ""}))["message"] == "Thiếu trường ChuHoSo"


async def test_limits_are_a_switch_and_reach_into_lists() -> None:
    long = a_record(TaiLieuNop=[{"TenTepDinhKem": "x" * 4001}])
    async for _, caller in using(SimulatorSettings(limits=True)):
        assert (await caller.create(long))["message"] == "Trường TenTepDinhKem vượt quá 4000 ký tự"
    async for _, caller in using():
        assert (await caller.create(long))["error_code"] == "0"


async def test_the_reads_answer_from_what_is_known() -> None:
    async for _, caller in using():
        await caller.create(a_record())
        assert (await caller.call("LayThuTuc", maTTHC="1.001612"))["result"][0]["MATTHC"] == "1.001612"
        assert (await caller.call("LayThuTuc", maTTHC="9.999999"))["result"] == []
        assert (await caller.call("LayDanhSachTTHC"))["result"]
        [known] = (await caller.call("TraCuuHoSo", mahoso="000.00.09.H46-250612-0007"))["result"]
        assert (known["MaHoSo"], known["MaTrangThai"]) == ("000.00.09.H46-250612-0007", "2")
        assert (await caller.call("TraCuuHoSo", mahoso="x"))["result"] == []


async def test_effects_are_numbered_without_gaps_and_hold_no_personal_data() -> None:
    async for portal, caller in using():
        await caller.create(a_record())
        await caller.progress(a_step(1), a_step(2))
        status, panel = await caller.panel("GET", "effects")
        assert (status, panel["calls"], panel["logins"]) == (200, 3, 1)
        assert [effect["sequence"] for effect in panel["effects"]] == [1, 2, 3]
        assert [effect["call"] for effect in panel["effects"]] == [2, 3, 3]
        created, step, _ = panel["effects"]
        assert (created["kind"], created["status"], created["digest"]) == ("create", "2", digest(a_record()))
        assert (step["step_at"], step["content"]) == (a_step(1)["ThoiDiemXuLy"], content_digest("Bước 1"))
        assert "Mẫu Đơn" not in str(portal.effects)
        newer = (await caller.panel("GET", "effects?after=2"))[1]["effects"]
        assert [effect["sequence"] for effect in newer] == [3]


async def test_faults_can_be_scripted_over_http() -> None:
    async for portal, caller in using():
        wish = {"fault": "refuse", "times": 2, "on": "DongBoHoSoMC", "code": -3, "message": "đã tồn tại"}
        assert (await caller.panel("POST", "faults", wish))[0] == 200
        assert (await caller.panel("GET", "faults"))[1]["waiting"][0]["times"] == 2
        assert (await caller.call("LayDanhSachTTHC"))["error_code"] == "0"
        assert [(await caller.create(a_record()))["error_code"] for _ in range(3)] == [-3, -3, "0"]
        assert not portal.pending


@pytest.mark.parametrize(
    "wish",
    [{"fault": "no_such"}, {"fault": "latency"}, {"fault": "html", "colour": 1}, {"times": 1}, [], {"fault": []}],
)
async def test_a_fault_that_makes_no_sense_is_answered_with_what_there_is(wish: Any) -> None:
    async for portal, caller in using():
        status, answer = await caller.panel("POST", "faults", wish)
        assert (status, "html" in answer["known"], len(portal.pending)) == (400, True, 0)


async def test_a_reset_forgets_everything(tmp_path: Path) -> None:
    async for portal, caller in using(SimulatorSettings(log=tmp_path / "effects.ndjson")):
        await caller.create(a_record())
        portal.next(faults.html())
        await caller.panel("POST", "reset")
        assert (len(portal.effects), len(portal.pending), portal.calls) == (0, 0, 0)
        assert (tmp_path / "effects.ndjson").read_bytes() == b""
        assert "Session" in (await caller.create(a_record()))["message"]


async def test_an_effect_is_in_the_log_file_before_its_answer_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    async for portal, caller in using(SimulatorSettings(log=path)):
        portal.next(faults.cut_after_commit())
        with pytest.raises(aiohttp.ClientError):
            await caller.create(a_record())
        assert [orjson.loads(line)["key"] for line in path.read_bytes().splitlines()] == [a_record()["MaHoSo"]]


async def test_a_restarted_portal_knows_what_its_log_knows(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    async for _, caller in using(SimulatorSettings(log=path)):
        await caller.create(a_record())
        await caller.progress(a_step(1))
    path.write_bytes(path.read_bytes() + b'{"sequence":3,"ca')  # cut by a crash
    async for portal, caller in using(SimulatorSettings(log=path)):
        assert "đã tồn tại" in (await caller.create(a_record()))["message"]
        await caller.progress(a_step(1), a_step(2))
        assert [effect.sequence for effect in portal.effects] == [1, 2, 3]
        assert portal.services.repeats_ignored == 1
    assert len(path.read_bytes().splitlines()) == 3


async def test_waiting_for_effects_needs_no_polling() -> None:
    async with open_portal_rig() as rig:
        waiting = asyncio.create_task(rig.portal.log.reached(2))
        far = asyncio.get_running_loop().time() + 3600
        await rig.adapter.deliver(rig.request(far))
        assert not waiting.done()
        await rig.adapter.deliver(rig.request(far))
        await waiting
        await rig.portal.log.reached(1)


async def test_held_calls_do_not_keep_the_portal_from_stopping() -> None:
    hold = faults.Hold()
    calls: list[asyncio.Task[dict[str, Any]]] = []
    async for portal, caller in using():
        portal.next(hold)
        calls.append(asyncio.create_task(caller.create(a_record())))
        await hold.reached.wait()
    with pytest.raises(aiohttp.ClientError):
        await calls[0]


async def test_an_unknown_address_gets_a_page() -> None:
    async for _, caller in using():
        async with caller.http.post(caller.url + "/elsewhere") as response:
            assert (response.status, response.content_type) == (404, "text/html")


async def test_alone_it_says_when_it_is_ready_and_keeps_its_log_when_killed(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    command = [sys.executable, "-m", "adapters.national_portal.simulator", "--port", "0", "--log", str(path)]
    process = await asyncio.create_subprocess_exec(
        *command, "--set", "exists_code=-3", "--set", "username=sandbox", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        word, url = (await process.stdout.readline()).decode().split()
        assert word == "ready"
        async with aiohttp.ClientSession() as http:
            async with http.post(url + "/mapi/login", json={"username": "sandbox", "password": "sandbox"}) as response:
                caller = Caller(http, url, (await response.json())["session"])
            await caller.create(a_record())
            assert (await caller.create(a_record()))["error_code"] == "-3"
        process.send_signal(signal.SIGKILL)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert len(path.read_bytes().splitlines()) == 1


async def test_alone_it_refuses_a_switch_it_does_not_have() -> None:
    command = [sys.executable, "-m", "adapters.national_portal.simulator", "--set", "colour=red"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert (process.returncode, b"colour" in said) == (2, True)
