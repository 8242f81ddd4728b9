"""The simulated portal files with the province (§5): it calls until it hears 0 or 1, and a whole gateway listens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from adapters.national_portal.simulator import (
    Filed,
    Push,
    SimulatedPortal,
    SimulatorSettings,
    adapter_settings,
    build,
    samples,
)
from tests.adapters.portal_rig import closed_port
from tests.e2e.province import Province, province

FILED_NATIONALLY = "dossier.filed_nationally.v1"
KEY = "khoa-gia-lap"


class Listener:
    """A province that answers as a test says, the last answer for ever after."""

    def __init__(self, *answers: bytes | int) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

    async def hear(self, request: web.Request) -> web.Response:
        self.bodies.append(orjson.loads(await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=answer) if isinstance(answer, int) else web.Response(body=answer)


@asynccontextmanager
async def served(listener: Listener) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/nhan", listener.hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/nhan"
    finally:
        await runner.cleanup()


def waiting_portal(**settings: Any) -> tuple[SimulatedPortal, list[float]]:
    """A portal and the pauses it made, which take no time."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    return SimulatedPortal(SimulatorSettings(**settings), sleep=sleep), pauses


def said(code: Any) -> bytes:
    return orjson.dumps({"error_code": code, "message": "lời"})


@pytest.mark.parametrize(
    ("answers", "filed", "paused"),
    [
        ((said(0),), Filed(0, "lời", 1), []),
        ((said("1"),), Filed(1, "lời", 1), []),
        ((said(-1), said(-1), said(0)), Filed(0, "lời", 3), [1, 5]),
        ((503, b"<html>", b"[]", said(1)), Filed(1, "lời", 4), [1, 5, 30]),
        ((said(-1),), Filed(-1, "lời", 4), [1, 5, 30]),
        ((500,), Filed(None, "HTTP 500", 4), [1, 5, 30]),
        ((b"{}",), Filed(None, "", 4), [1, 5, 30]),
    ],
)
async def test_a_call_is_made_again_until_it_is_answered_0_or_1(
    answers: tuple[Any, ...], filed: Filed, paused: list[float]
) -> None:
    portal, pauses = waiting_portal()
    listener = Listener(*answers)
    async with served(listener) as url:
        assert await portal.file(samples.promotion(), to=url) == filed
    assert (pauses, len(listener.bodies)) == (paused, filed.tries)
    assert [effect.kind for effect in portal.effects] == ["filed"] * filed.tries


async def test_a_province_that_is_away_is_called_again_too() -> None:
    portal, pauses = waiting_portal(file_pauses=(2,))
    filed = await portal.file(samples.promotion(), to=closed_port())
    assert (filed.error_code, filed.tries, pauses) == (None, 2, [2])


async def test_a_dossier_goes_bare_and_what_has_a_service_in_an_envelope_with_the_key() -> None:
    portal, _ = waiting_portal(security_key=KEY)
    listener = Listener(said(0))
    async with served(listener) as url:
        await portal.file({"MaHoSo": "DVCQG-0001"}, to=url)
        await portal.file(samples.dossier(updating=True), to=url)
    bare, enveloped = listener.bodies
    assert bare == {"MaHoSo": "DVCQG-0001"}
    assert {name: enveloped[name] for name in ("service", "isUpdating", "SecurityKey")} == {
        "service": "NhanHoSo",
        "isUpdating": "True",
        "SecurityKey": KEY,
    }


async def test_effects_of_filing_hold_the_answer_and_nothing_personal_and_are_no_dossiers_of_the_portal(
    tmp_path: Path,
) -> None:
    log = tmp_path / "effects.ndjson"
    portal = build(SimulatorSettings(log=log))
    async with served(Listener(said(0))) as url:
        await portal.file(samples.dossier(), to=url)
    [effect] = portal.effects
    assert (effect.kind, effect.key, effect.status) == ("filed", samples.dossier().code, "0")
    portal.log.close()
    assert not [word for word in ("Thử Nghiệm", "044999000123", "0900000001") if word in log.read_text("utf-8")]
    again = build(SimulatorSettings(log=log))
    assert (again.counts()["filed"], again.services.dossiers) == (1, {})
    again.log.close()


async def test_the_panel_files_samples_and_records_and_calls_nobody_but_this_machine() -> None:
    portal, _ = waiting_portal()
    listener = Listener(said(0))
    async with served(listener) as to, portal.running() as url, aiohttp.ClientSession() as http:

        async def ask(body: Any) -> tuple[int, Any]:
            async with http.post(f"{url}/_panel/file", data=orjson.dumps(body)) as response:
                return response.status, orjson.loads(await response.read())

        done = (200, {"error_code": 0, "message": "lời", "tries": 1})
        assert await ask({"to": to, "sample": "promotion"}) == done
        assert await ask({"to": to, "sample": "tax_voucher", "code": "H46.09-250502-0100"}) == done
        data = [{"MaHoSo": "DVCQG-0001"}]
        assert await ask({"to": to, "service": "NhanHoSo", "isUpdating": True, "data": data}) == done
        assert [body.get("isUpdating") for body in listener.bodies] == [None, "False", "True"]
        assert listener.bodies[1]["data"]["MaHoSo"] == "H46.09-250502-0100"
        for wrong in (
            {},
            [],
            {"to": to},
            {"to": to, "sample": "x"},
            {"to": "http://example.invalid", "sample": "dossier"},
        ):
            status, answer = await ask(wrong)
            assert (status, "promotion" in answer["known"]) == (400, True)
        assert len(listener.bodies) == 3


async def test_the_catalogue_is_changed_over_the_panel() -> None:
    portal = build()
    async with portal.running() as url, aiohttp.ClientSession() as http:

        async def change(**wish: str) -> tuple[int, Any]:
            async with http.post(f"{url}/_panel/catalogue", data=orjson.dumps(wish)) as response:
                return response.status, orjson.loads(await response.read())

        assert (await change(do="add", kind="fields", code="G14-DD04", name="Đất đai"))[0] == 200
        assert (await change(do="rename", kind="procedures", code="1.001193", name="Khai sinh"))[0] == 200
        assert (await change(do="remove", kind="agencies", code="000.00.16.H46"))[0] == 200
        async with http.get(f"{url}/_panel/catalogue") as response:
            known = orjson.loads(await response.read())
        assert (known["fields"]["G14-DD04"], known["procedures"]["1.001193"]) == ("Đất đai", "Khai sinh")
        assert [*known["agencies"]] == ["000.00.00.H46"]
        for wish in ({"do": "remove", "kind": "fields", "code": "x"}, {"do": "burn"}, {"do": "add", "kind": "x"}):
            assert (await change(**wish))[0] == 400


def callback(there: Province, operation: str) -> str:
    return f"{there.gateway.address}/v1/callbacks/national_portal/{operation}"


def open_province(folder: Path, key: str = "", pauses: Sequence[float] = ()) -> Any:
    portal = build(SimulatorSettings(security_key=key, file_pauses=tuple(pauses)))
    return province(folder, {"national_portal": (portal, lambda url: adapter_settings(url, portal.settings))})


async def test_what_the_portal_files_is_a_message_once_and_a_repeat_is_a_duplicate(tmp_path: Path) -> None:
    async with open_province(tmp_path, KEY) as there:
        portal = there.peers["national_portal"].system
        pushes = (
            ("addtthcKhuyenMai", samples.promotion()),
            ("NhanHoSo", samples.dossier()),
            ("NhanHoSo", samples.dossier(updating=True)),
            ("NhanChungTuThueDat", samples.tax_voucher()),
            ("NhanThongBaoThueDat", samples.tax_notice()),
        )
        for operation, push in pushes:
            for code in (0, 1):
                filed = await portal.file(push, to=callback(there, operation))
                assert (filed.error_code, filed.tries) == (code, 1), filed
        told = await there.told(FILED_NATIONALLY, len(pushes))
        assert [item["subject"] for item in told] == [push.code for _, push in pushes]
        assert {item["source"] for item in told} == {"urn:lienthong:national_portal"}
        assert told[0]["data"]["promotion"]["name"] == "Mừng sinh nhật (dữ liệu thử)"
        assert [effect.status for effect in portal.effects] == ["0", "1"] * len(pushes)


async def test_a_call_with_a_wrong_key_is_noted_as_forged_and_stores_nothing(tmp_path: Path) -> None:
    async with open_province(tmp_path, KEY) as there:
        portal = there.peers["national_portal"].system
        answer = await there.call("national_portal/NhanHoSo", orjson.dumps(samples.dossier().body("khoa-khac")))
        assert answer == {"error_code": -1, "message": "SecurityKey không đúng"}
        assert "callback.forged" in await there.audited()
        assert (await portal.file(samples.dossier(), to=callback(there, "NhanHoSo"))).error_code == 0


@pytest.mark.parametrize(
    "broken",
    [{"NgayNopHoSo": "hôm qua"}, {"TrangThaiHoSo": "99"}, {"TaiLieuNop": "x"}, {"MaTTHC": {"a": {"b": 1}}}],
)
async def test_content_that_no_rule_understands_is_refused_noted_and_sent_again(
    tmp_path: Path, broken: Mapping[str, Any]
) -> None:
    push = samples.dossier()
    bad = Push(push.code, {**push.data, **broken}, push.service)
    async with open_province(tmp_path, pauses=(0, 0)) as there:
        portal = there.peers["national_portal"].system
        filed = await portal.file(bad, to=callback(there, "NhanHoSo"))
        assert (filed.error_code, filed.tries) == (-1, 3)
        assert any(action.startswith("callback.") for action in await there.audited())
        assert (await portal.file(push, to=callback(there, "NhanHoSo"))).error_code == 0
        assert len(await there.told(FILED_NATIONALLY)) == 1
