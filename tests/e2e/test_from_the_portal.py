"""What the portal tells by itself: dossiers filed there reach the province's system, catalogues feed the code lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from adapters.national_portal import simulator as portal
from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings
from adapters.national_portal.simulator.samples import dossier, promotion, tax_voucher
from adapters.onestop import simulator as onestop
from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.operations.refreshed import refreshed_changes
from gateway.scheduler.catalogues import CatalogueClock
from gateway.settings import CatalogueSettings, load_settings
from mappings.catalogue import today
from tests.e2e.province import Province, province
from tests.e2e.rig import eventually

FILED = "dossier.filed_nationally.v1"


def systems(dvcqg: SimulatedPortal, one_stop: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"national_portal": (dvcqg, lambda url: portal.adapter_settings(url, dvcqg.settings))}
    if one_stop is not None:
        found["onestop"] = (one_stop, onestop.adapter_settings)
    return found


def address(rig: Province, operation: str) -> str:
    return f"{rig.gateway.address}/v1/callbacks/national_portal/{operation}"


async def test_a_dossier_filed_on_the_portal_reaches_the_one_stop_system_once(tmp_path: Path) -> None:
    dvcqg, one_stop = portal.build(), onestop.build()
    async with province(tmp_path, systems(dvcqg, one_stop)) as rig:
        first = await dvcqg.file(dossier(), address(rig, "NhanHoSo"))
        again = await dvcqg.file(dossier(), address(rig, "NhanHoSo"))
        updated = await dvcqg.file(dossier(updating=True), address(rig, "NhanHoSo"))
        assert [one.error_code for one in (first, again, updated)] == [0, 1, 0]
        told = await rig.told(FILED, 2)
        assert {one["subject"] for one in told} == {dossier().code}

        async def heard() -> bool:
            return len(one_stop.effects) == 2

        await eventually(heard)
        assert (await rig.settled())["balance"] == 0
    assert (one_stop.forged, one_stop.events.out_of_order) == (0, 0)


async def test_both_shapes_are_heard_and_answered_as_the_portal_expects(tmp_path: Path) -> None:
    dvcqg = portal.build()
    async with province(tmp_path, systems(dvcqg)) as rig:
        assert (await dvcqg.file(promotion(), address(rig, "addtthcKhuyenMai"))).error_code == 0
        assert (await dvcqg.file(tax_voucher(), address(rig, "NhanChungTuThueDat"))).error_code == 0
        answer = await rig.call("national_portal/NhanHoSo", b"khong phai JSON")
        assert answer["error_code"] == -1
        assert "callback.refused" in await rig.audited()
        assert len(await rig.told(FILED, 2)) == 2


async def test_a_call_without_the_agreed_key_is_forged(tmp_path: Path) -> None:
    dvcqg = portal.build(SimulatorSettings(security_key="khoa-thoa-thuan", file_pauses=()))
    async with province(tmp_path, systems(dvcqg)) as rig:
        assert (await dvcqg.file(dossier(), address(rig, "NhanHoSo"))).error_code == 0
        forged = orjson.dumps(dossier("000.00.16.H46-250610-0003").body("khoa-khac"))
        assert (await rig.call("national_portal/NhanHoSo", forged))["error_code"] == -1
        assert "callback.forged" in await rig.audited()
        assert len(await rig.told(FILED)) == 1


async def test_a_refreshed_catalogue_shows_what_was_added_removed_and_renamed(tmp_path: Path) -> None:
    dvcqg = portal.build()
    async with province(tmp_path, systems(dvcqg)) as rig:
        live = LiveCatalogue(own_folder(tmp_path))
        for code, name in (("1.001612", "Thành lập hộ kinh doanh (tên mới)"), ("1.001193", "Đăng ký khai sinh")):
            dvcqg.catalogue.add("procedures", code, name)
        dvcqg.catalogue.add("procedures", "3.000999", "Thủ tục mới công bố")
        replies = Replies(rig.gateway.ring, Router(load_settings(environment={}).routes))
        clock = CatalogueClock(
            rig.gateway.ledger, replies, CatalogueSettings(refresh_at="00:00", kinds=("procedures",))
        )
        now = datetime.now(UTC)
        for moment in (now, now + timedelta(minutes=1)):  # looked at twice, asked once a day
            await clock.look(moment)
        [refreshed] = await rig.told("catalogue.refreshed.v1")
        assert refreshed["data"]["kind"] == "procedures"
        changes = await refreshed_changes(rig.gateway.ledger, live.current, "procedures", today())
        assert (await rig.settled())["balance"] == 0
    assert "3.000999" in {one["code"] for one in changes["added"]}
    assert "1.001612" in {one["code"] for one in changes["renamed"]}
    assert "1.004194" in {one["code"] for one in changes["removed"]}
    assert {one["foreign"] for one in changes["rows"]} >= {"1.001612", "1.004194"}
