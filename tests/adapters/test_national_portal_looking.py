"""`TraCuuHoSo` (§5): what the portal holds of a dossier, in every access style, whatever its rows are called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import orjson
import pytest

from adapters.contract import DeliveryError, UncertainError
from adapters.national_portal.simulator import SimulatorSettings, faults
from adapters.registry import ADAPTERS
from tests.adapters.portal_rig import PortalRig, a_record, a_step, open_portal_rig
from tests.contract.adapter_contract import OpenRig, soon
from tests.contract.looks_contract import LooksContract, can_look, seen

CODE = "000.00.09.H46-250612-0007"


class HoldingRig(PortalRig):
    def held(self) -> tuple[str, str]:
        self.portal.services.dossiers[CODE] = a_record(TrangThaiHoSo="4")
        return CODE, "processing"


@asynccontextmanager
async def open_looking_rig(**how: Any) -> AsyncIterator[HoldingRig]:
    async with open_portal_rig(**how) as rig:
        yield HoldingRig(rig.adapter, rig.portal)


class TestLooking(LooksContract):
    @pytest.fixture(params=["header", "query", "gateway"])
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        return partial(open_looking_rig, style=request.param)


async def look(rig: PortalRig, code: str = CODE) -> list[dict[str, Any]]:
    return seen(await rig.adapter.look(code, soon()))  # type: ignore[attr-defined]


def test_who_says_that_it_looks_does_and_nobody_else() -> None:
    assert [name for name, spec in ADAPTERS.items() if spec.looks] == ["national_portal"]


async def test_the_open_adapter_can_look() -> None:
    async with open_portal_rig() as rig:
        assert can_look(rig.adapter)


@pytest.mark.parametrize("keys", ["mixed", "capitals"])
async def test_rows_are_read_whatever_their_keys_are_called(keys: Any) -> None:
    async with open_portal_rig(simulator=SimulatorSettings(look_up=keys)) as rig:
        await rig.adapter.deliver(rig.dossier(a_record(CODE)))
        assert await look(rig) == [{"code": CODE, "status": "received"}]


async def test_a_row_without_a_status_says_that_the_dossier_is_known_and_no_more() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(look_up="bare")) as rig:
        await rig.adapter.deliver(rig.dossier(a_record(CODE)))
        assert await look(rig) == [{"code": CODE}]


@pytest.mark.parametrize(("moves", "status"), [(True, "completed"), (False, "received")])
async def test_a_step_moves_the_dossiers_status_where_the_portal_does_that(moves: bool, status: str) -> None:
    async with open_portal_rig(simulator=SimulatorSettings(progress_moves_status=moves)) as rig:
        await rig.adapter.deliver(rig.dossier(a_record(CODE)))
        await rig.adapter.deliver(rig.progress({"data": [a_step(1, CODE, TrangThai="9")]}))
        assert (await look(rig))[0]["status"] == status


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"error_code": "0", "result": [{"MaHoSo": CODE, "MaTrangThai": 10}]}, [{"code": CODE, "status": "returned"}]),
        ({"error_code": 0, "result": None}, []),
        ({"error_code": 0, "result": ""}, []),
        ({"error_code": 0, "result": [{"MaHoSo": "000.00.09.H46-250612-0008", "MaTrangThai": "2"}]}, []),
        ({"error_code": -1, "message": "Hồ sơ không tồn tại"}, []),
    ],
    ids=str,
)
async def test_what_an_answer_says(answer: dict[str, Any], found: list[dict[str, Any]]) -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.Raw(orjson.dumps(answer)))
        assert await look(rig) == found


@pytest.mark.parametrize(
    "answer",
    [
        {"result": []},
        {"error_code": -1, "message": "Lỗi hệ thống"},
        {"error_code": 0, "message": "Hồ sơ đã tồn tại", "result": {"x": 1}},
        {"error_code": -1, "message": "Mã hồ sơ đã tồn tại"},
    ],
    ids=str,
)
async def test_an_answer_that_says_nothing_clear_is_an_error(answer: dict[str, Any]) -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.Raw(orjson.dumps(answer)))
        with pytest.raises(DeliveryError):
            await look(rig)


async def test_rows_of_the_wrong_shape_are_unclear() -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.Raw(orjson.dumps({"error_code": 0, "result": ["x"]})))
        with pytest.raises(UncertainError):
            await look(rig)


async def test_drift_can_be_planted_through_the_panel() -> None:
    async with open_portal_rig() as rig, rig.portal.running() as url:
        for number in (7, 8):
            await rig.adapter.deliver(rig.dossier(a_record(f"000.00.09.H46-250612-000{number}")))
        async with aiohttp.ClientSession() as http:
            for wish in ({"do": "forget", "code": CODE}, {"do": "change", "code": CODE[:-1] + "8", "status": "3"}):
                async with http.post(f"{url}/_panel/dossiers", json=wish) as response:
                    assert response.status == 200
            async with http.post(f"{url}/_panel/dossiers", json={"do": "forget", "code": CODE}) as response:
                assert response.status == 400
        assert await look(rig) == []
        assert (await look(rig, CODE[:-1] + "8"))[0]["status"] == "refused"
