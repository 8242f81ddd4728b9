"""A shadow looks up what the portal has of a dossier, and changes nothing there."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import Compared, Compares, DeliveryError
from adapters.national_portal.simulator import faults
from tests.adapters.portal_rig import a_record, open_portal_rig, outbound

CODE = str(a_record()["MaHoSo"])


@pytest.mark.parametrize("style", ["header", "gateway"])
async def test_a_dossier_is_absent_the_same_or_in_another_status(style: str) -> None:
    async with open_portal_rig(style=style) as rig:
        assert isinstance(rig.adapter, Compares)
        asked = rig.dossier(subject=CODE)
        assert await rig.adapter.compare(asked) == Compared("absent")
        await rig.adapter.deliver(asked)
        assert await rig.adapter.compare(asked) == Compared("same")
        found = await rig.adapter.compare(rig.dossier(a_record(TrangThaiHoSo="10"), subject=CODE))
        assert found.state == "differs"
        assert [(one.code, one.pointer) for one in found.differences] == [("SHADOW_DIFFERS", "/data/status")]
        assert rig.done() == [("create", "2")]


async def test_progress_is_compared_by_the_step_that_comes_last_in_time() -> None:
    steps = [
        {"MaHoSo": CODE, "ThoiDiemXuLy": "20250612100000", "TrangThai": "2"},
        {"MaHoSo": CODE, "ThoiDiemXuLy": "20250612090000", "TrangThai": "1"},
    ]
    async with open_portal_rig() as rig:
        assert isinstance(rig.adapter, Compares)
        await rig.adapter.deliver(rig.dossier())
        assert await rig.adapter.compare(rig.progress({"data": steps}, subject=CODE)) == Compared("same")


@pytest.mark.parametrize("document", [[], {"MaDanhMuc": "x"}, None])
async def test_what_is_about_no_dossier_is_not_asked_about(document: Any) -> None:
    async with open_portal_rig() as rig:
        assert isinstance(rig.adapter, Compares)
        assert await rig.adapter.compare(outbound("LayThuTuc", document)) == Compared("not_asked")
        assert rig.portal.calls == 0


async def test_a_portal_that_does_not_answer_raises_what_an_operator_would_meet() -> None:
    async with open_portal_rig() as rig:
        assert isinstance(rig.adapter, Compares)
        rig.portal.next(faults.http_status(503), on="TraCuuHoSo")
        with pytest.raises(DeliveryError):
            await rig.adapter.compare(rig.dossier(subject=CODE))
