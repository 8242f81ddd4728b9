"""The three ways in, byte for byte (§1, §2): what a call looks like in each access style."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from aiohttp import web
from pydantic import ValidationError

from adapters.contract import PermanentError, Receipt, RefusedError, TransientError
from adapters.national_portal import SPEC
from adapters.national_portal.access import Ask, open_access
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.simulator import SimulatorSettings
from adapters.national_portal.simulator.faults import Fault, Raw
from adapters.transport.http import Http
from tests.adapters.portal_rig import a_record, open_portal_rig, outbound, steps

DESTINATION = "VN:GOV:000.00.00.G22:vpcpdvcprovider"


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@asynccontextmanager
async def recorder(seen: list[Seen]) -> AsyncIterator[str]:
    """A server that remembers every call and answers every one with success and a session."""

    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append(Seen(request.method, request.raw_path, headers, orjson.loads(body) if body else None))
        return web.json_response({"error_code": 0, "session": "s-1", "message": "Thành công"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def section(url: str, **changes: Any) -> PortalSettings:
    account = {"username": "u", "password": "p", "madonvi": "000.00.00.H46", "dstcode": DESTINATION}
    return PortalSettings.model_validate({"adapter_url": url, **account, **changes})


async def calls_of(operation: str, document: Any, **changes: Any) -> list[Seen]:
    seen: list[Seen] = []
    async with recorder(seen) as url, SPEC.open(section(url, **changes)) as adapter:
        await adapter.deliver(outbound(operation, document))
    return seen


async def test_style_a_names_the_destination_in_a_header() -> None:
    login, call = await calls_of("DongBoHoSoMC", a_record())
    assert (login.method, login.path, login.body) == ("POST", "/mapi/login", {"username": "u", "password": "p"})
    assert (call.method, call.path) == ("POST", "/mapi/g")
    for seen in (login, call):
        assert seen.headers["dstcode"] == DESTINATION
        assert seen.headers["accept"] == seen.headers["content-type"] == "application/json"
        assert seen.headers["charset"] == "utf-8"
        assert int(seen.headers["content-length"]) > 0


async def test_style_a_without_a_destination_sends_no_such_header() -> None:
    assert all("dstcode" not in seen.headers for seen in await calls_of("DongBoHoSoMC", a_record(), dstcode=""))


async def test_style_b_names_the_destination_in_the_query_behind_the_forward_service() -> None:
    login, call = await calls_of("DongBoHoSoMC", a_record(), style="query")
    assert login.path == f"/XrdAdapter/RestService/forward/mapi/login?dstcode={DESTINATION}"
    assert call.path == f"/XrdAdapter/RestService/forward/mapi/g?dstcode={DESTINATION}"
    assert "dstcode" not in call.headers


async def test_style_b_may_encode_colons_and_name_the_provider() -> None:
    provider = "https://provider.example"
    changes = {"style": "query", "encode_colons": True, "providerurl": provider, "forward_path": "/f"}
    call = (await calls_of("DongBoHoSoMC", a_record(), **changes))[-1]
    encoded = DESTINATION.replace(":", "%3A")
    assert call.path == f"/f/mapi/g?dstcode={encoded}&providerurl=https%3A%2F%2Fprovider.example"


async def test_style_c_posts_a_bare_array_without_any_login() -> None:
    (call,) = await calls_of("DongBoHoSoMC", a_record(), style="gateway", gateway_token="t-1")
    assert (call.method, call.path) == ("POST", "/KetNoiMotCuaQuocGia/DongBoHoSoMC?isUpdating=False")
    assert call.body == [a_record()]
    assert call.headers["authorization"] == "Bearer t-1"


async def test_style_c_sends_progress_as_a_bare_array_too() -> None:
    (call,) = await calls_of("CapNhatTienDoHoSoMC", steps(2), style="gateway")
    assert (call.path, call.body) == ("/KetNoiMotCuaQuocGia/CapNhatTienDoHoSoMC", steps(2)["data"])
    assert "authorization" not in call.headers


async def test_style_c_reads_with_get_and_query_parameters() -> None:
    seen: list[Seen] = []
    async with recorder(seen) as url, SPEC.open(section(url, style="gateway")) as adapter:
        await adapter.probe()
    assert [(s.method, s.path) for s in seen] == [("GET", "/KetNoiMotCuaQuocGia/LayThuTuc?maTTHC=1.001612")]


async def test_the_envelope_is_flat_and_exact() -> None:
    call = (await calls_of("DongBoHoSoMC", a_record()))[-1]
    assert list(call.body) == ["session", "madonvi", "service", "isUpdating", "data"]
    assert call.body == {
        "session": "s-1",
        "madonvi": "000.00.00.H46",
        "service": "DongBoHoSoMC",
        "isUpdating": "False",
        "data": [a_record()],
    }


@pytest.mark.parametrize(("switch", "sent"), [(True, [3, 1]), (False, ["3", "1"])])
async def test_the_two_integers_of_paper_lists_are_a_switch(switch: bool, sent: list[Any]) -> None:
    record = a_record(DanhSachTepDinhKemKhac=[{"TenGiayTo": "Bản chính", "SoLuong": 3, "LoaiGiayTo": 1}])
    call = (await calls_of("DongBoHoSoMC", record, integers=switch))[-1]
    paper = call.body["data"][0]["DanhSachTepDinhKemKhac"][0]
    assert [paper["SoLuong"], paper["LoaiGiayTo"]] == sent
    assert paper["TenGiayTo"] == "Bản chính"


async def test_catalogue_services_go_to_the_share_endpoint_and_look_ups_do_not() -> None:
    seen: list[Seen] = []
    async with recorder(seen) as url:
        settings = section(url, share_endpoint="/mapi/share")
        async with Http(settings) as http:
            access = open_access(settings, http)
            for service in ("LayDanhMucCoQuan", "LayDanhSachTTHC", "TraCuuTechID", "LayThuTuc", "TraCuuHoSo"):
                await access.ask(Ask(service))
            await access.close()
    assert [s.path for s in seen[1:]] == ["/mapi/share"] * 3 + ["/mapi/g"] * 2


@pytest.mark.parametrize("style", ["header", "query"])
async def test_a_portal_that_checks_the_destination_is_reached_in_both_styles(style: str) -> None:
    async with open_portal_rig(style=style, simulator=SimulatorSettings(dstcode=DESTINATION)) as rig:
        await rig.adapter.deliver(rig.dossier())
        assert rig.effects() == 1


@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_gateway_may_wrap_the_answer_into_its_message_or_not(wrapped: bool) -> None:
    async with open_portal_rig(style="gateway", simulator=SimulatorSettings(wrap_gateway=wrapped)) as rig:
        first = await rig.adapter.deliver(rig.dossier())
        second = await rig.adapter.deliver(rig.dossier())
        assert (first.facts["mode"], second.facts["mode"]) == ("create", "update")
        await rig.adapter.probe()


async def test_a_gateway_that_refuses_its_token_is_a_matter_of_the_destination() -> None:
    async with open_portal_rig(style="gateway", gateway_token="wrong") as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert (caught.value.code, caught.value.scope) == ("HTTP_401", "destination")


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"password": ""}, "password"),
        ({"style": "query", "dstcode": ""}, "dstcode"),
        ({"madonvi": ""}, "madonvi"),
        ({"adapter_url": ""}, "adapter_url"),
        ({"adapter_url": "ftp://x"}, "adapter_url"),
        ({"session_renew_before": "10m"}, "session_renew_before"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(changes: dict[str, Any], missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        section("http://adapter.example", **changes)


def test_secrets_do_not_show_in_the_settings_text() -> None:
    text = repr(section("http://adapter.example", password="bi-mat-1", gateway_token="bi-mat-2"))
    assert "bi-mat" not in text


@pytest.mark.parametrize(("value", "both"), [(True, True), ("true", True), ("ask", False)])
def test_whether_unclear_progress_may_be_repeated_is_a_setting(value: Any, both: bool) -> None:
    settings = section("http://adapter.example", repeat_unclear_progress=value)
    writes = {one for one in SPEC.repeatable(settings) if not one.startswith("Lay")}
    assert writes == ({"DongBoHoSoMC", "CapNhatTienDoHoSoMC"} if both else {"DongBoHoSoMC"})


async def test_a_probe_may_be_a_fresh_login() -> None:
    async with open_portal_rig(probe="login") as rig:
        await rig.adapter.probe()
        await rig.adapter.probe()
        assert rig.portal.calls == rig.portal.sessions.logins
        assert rig.portal.sessions.logins >= 2


async def test_a_body_that_names_its_refusal_wins_over_the_status() -> None:
    async with open_portal_rig() as rig:
        body = {"error_code": -1, "message": "Thiếu trường MaTTHC"}
        rig.portal.next(raw(body, 400))
        with pytest.raises(RefusedError, match="MaTTHC"):
            await rig.adapter.deliver(rig.dossier())
        rig.portal.next(raw({"error_code": 0, "message": "thành công"}, 503))
        with pytest.raises(TransientError, match="HTTP_503"):
            await rig.adapter.deliver(rig.dossier())
        assert isinstance(await rig.adapter.deliver(rig.dossier()), Receipt)


def raw(body: dict[str, Any], status: int) -> Fault:
    return Raw(orjson.dumps(body), status, {"Content-Type": "application/json"})
