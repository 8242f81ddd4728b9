"""What the portal holds is compared with what it confirmed, over HTTP on both sides; the difference is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Adapter, Reply
from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, build, faults
from gateway.bootstrap.gateway import Wrap
from tests.e2e.rig import ADMIN, CODE, Rig, eventually, progressed, recorded, running

CODES = tuple(f"{CODE[:-1]}{number}" for number in range(1, 6))
SAME, MISSING, BEHIND, AHEAD, NEVER = CODES


@asynccontextmanager
async def reconciling(folder: Path, portal: SimulatedPortal | None = None, **more: Any) -> AsyncIterator[Rig]:
    async with running(folder, portal, reconciliation={"rate": 100, "batch": 3}, **more) as rig:
        yield rig


async def post(rig: Rig, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with rig.http.post(f"{rig.gateway.address}/v1/reconciliations{path}", json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        assert response.status == status, answer
        return answer


async def begin(rig: Rig, **changes: Any) -> str:
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    answer = await post(rig, "", {"since": since, "reason": "kiểm tra hằng tuần", **changes}, 202)
    return str(answer["id"])


async def until(rig: Rig, run_id: str, state: str) -> dict[str, Any]:
    """The run once it is in a state."""

    async def there() -> bool:
        return bool((await rig.get(f"/v1/reconciliations/{run_id}"))["state"] == state)

    await eventually(there)
    return await rig.get(f"/v1/reconciliations/{run_id}")


async def drifted(rig: Rig) -> None:
    """Five dossiers: one of each kind. The portal lost one, put one back, moved one on; one never arrived."""
    for code in (SAME, MISSING, BEHIND, AHEAD):
        await rig.send(recorded(1, code=code))
    await rig.settled()
    await rig.send(progressed(2, "processing", "completed", code=BEHIND))
    await rig.send(progressed(2, "processing", code=MISSING))
    await rig.settled()
    rig.portal.next(faults.FAULTS["refuse"](message="Thiếu trường MaTTHC"))
    refused = await rig.send(recorded(1, code=NEVER))
    await rig.reaches(refused["id"], "refused")
    rig.portal.services.forget(MISSING)
    rig.portal.services.change(BEHIND, "4")
    rig.portal.services.change(AHEAD, "10")


async def items(rig: Rig, run_id: str, query: str = "") -> dict[str, tuple[str, str | None, str | None]]:
    page = await rig.get(f"/v1/reconciliations/{run_id}/items{query}")
    return {one["subject"]: (one["kind"], one["ours"], one["theirs"]) for one in page["items"]}


async def test_drift_of_every_kind_is_found(tmp_path: Path) -> None:
    async with reconciling(tmp_path) as rig:
        await drifted(rig)
        before = len(rig.portal.effects)
        run_id = await begin(rig)
        view = await until(rig, run_id, "compared")
        assert await items(rig, run_id) == {
            SAME: ("same", "received", "received"),
            MISSING: ("missing", "processing", None),
            BEHIND: ("behind", "completed", "processing"),
            AHEAD: ("ahead", "received", "returned"),
            NEVER: ("unconfirmed", None, None),
        }
        assert view["drifted"] == {"missing": 1, "behind": 1, "ahead": 1}
        assert view["counts"]["found"] == 5
        assert (len(rig.portal.effects), rig.portal.services.reads["TraCuuHoSo"]) == (before, 4)
        assert list(await items(rig, run_id, "?kind=missing")) == [MISSING]


async def test_the_difference_is_sent_again_and_then_there_is_none(tmp_path: Path) -> None:
    async with reconciling(tmp_path) as rig:
        await drifted(rig)
        run_id = await begin(rig)
        await until(rig, run_id, "compared")
        before = len(rig.effects)
        await post(rig, f"/{run_id}/send", {"reason": "gửi bù"})
        view = await until(rig, run_id, "sent")
        assert (view["sent"]["arrived"], view["kinds"]) == (2, ["missing", "behind"])
        assert sorted(rig.effects[before:]) == sorted(
            [("update", BEHIND, "2"), ("create", MISSING, "2"), ("progress", MISSING, "4")]
        )
        balance = await rig.settled()
        assert balance["balance"] == 0
        again = await begin(rig)
        assert (await until(rig, again, "compared"))["drifted"]["missing"] == 0
        assert await items(rig, again, "?kind=ahead") == {AHEAD: ("ahead", "received", "returned")}
        actions = [(one["action"], one["ok"]) for one in (await rig.gateway.ledger.audit_page(None, 10))["items"]]
        assert actions[:3] == [
            ("reconciliation.start", True),
            ("reconciliation.send", True),
            ("reconciliation.start", True),
        ]


async def test_a_message_sent_again_is_a_new_one_caused_by_the_old(tmp_path: Path) -> None:
    async with reconciling(tmp_path) as rig:
        first = await rig.send(recorded(1, code=MISSING))
        await rig.reaches(first["id"], "delivered")
        rig.portal.services.forget(MISSING)
        run_id = await begin(rig)
        await until(rig, run_id, "compared")
        await post(rig, f"/{run_id}/send", {"reason": "gửi bù", "kinds": ["missing"]})
        await until(rig, run_id, "sent")
        [item] = (await rig.get(f"/v1/reconciliations/{run_id}/items"))["items"]
        [again] = [await rig.get(f"/v1/messages/{one}") for one in item["messages"]]
        old = await rig.get(f"/v1/messages/{first['id']}")
        assert (again["causation_id"], again["source"], again["client"]) == (
            first["id"],
            "urn:lienthong:gateway",
            "mot-cua",
        )
        assert [one["state"] for one in old["deliveries"] + again["deliveries"]] == ["delivered", "delivered"]
        assert old["deliveries"][0]["replaced_by"] is None


async def test_a_newer_snapshot_on_its_way_is_never_overwritten(tmp_path: Path) -> None:
    async with reconciling(tmp_path) as rig:
        first = await rig.send(recorded(1, code=MISSING))
        await rig.reaches(first["id"], "delivered")
        rig.portal.services.forget(MISSING)
        run_id = await begin(rig)
        await until(rig, run_id, "compared")
        newer = await rig.send(recorded(2, "processing", code=MISSING))
        await rig.reaches(newer["id"], "delivered")
        await post(rig, f"/{run_id}/send", {"reason": "gửi bù"})
        await until(rig, run_id, "sent")
        assert rig.effects[-1] == ("create", MISSING, "4")
        [item] = (await rig.get(f"/v1/reconciliations/{run_id}/items"))["items"]
        assert (item["sent"], item["word"]) == ("skipped", "CONFIRMED_SINCE")


async def test_a_run_goes_on_after_a_restart(tmp_path: Path) -> None:
    """Stopped in the middle of the questions: what was stored is not asked again."""
    portal = build(SimulatorSettings())
    async with reconciling(tmp_path, portal) as rig:
        for code in CODES:
            await rig.send(recorded(1, code=code))
        await rig.settled()
        portal.services.forget(CODES[4])
        stopper = _StopAfter(3)
    async with reconciling(tmp_path, portal, wrap=Wrap(adapter=stopper.wrap)) as rig:
        run_id = await begin(rig)
        await stopper.reached.wait()
        assert (await rig.get(f"/v1/reconciliations/{run_id}"))["state"] == "asking"
    asked = portal.services.reads["TraCuuHoSo"]
    async with reconciling(tmp_path, portal) as rig:
        view = await until(rig, run_id, "compared")
        assert (view["counts"]["same"], view["counts"]["missing"]) == (4, 1)
    assert portal.services.reads["TraCuuHoSo"] - asked == 2
    assert asked == 3


class _StopAfter:
    """Answers so many questions and then none any more."""

    def __init__(self, answers: int) -> None:
        self._left = answers
        self.reached = asyncio.Event()
        self._never = asyncio.Event()

    def wrap(self, adapter: Adapter) -> Adapter:
        look = adapter.look  # type: ignore[attr-defined]

        async def counted(subject: str, deadline: float) -> Reply:
            if self._left == 0:
                self.reached.set()
                await self._never.wait()
            self._left -= 1
            answer: Reply = await look(subject, deadline)
            return answer

        adapter.look = counted  # type: ignore[attr-defined]
        return adapter


async def test_a_portal_that_answers_nothing_uses_up_no_tries(tmp_path: Path) -> None:
    async with reconciling(tmp_path, breaker_failures=1000) as rig:
        await rig.send(recorded(1, code=SAME))
        await rig.settled()
        rig.portal.next(faults.FAULTS["http_status"](status=503), times=20)
        run_id = await begin(rig)

        async def waits() -> bool:
            return bool((await rig.get(f"/v1/reconciliations/{run_id}"))["note"])

        await eventually(waits)
        view = await rig.get(f"/v1/reconciliations/{run_id}")
        [item] = (await rig.get(f"/v1/reconciliations/{run_id}/items"))["items"]
        assert (view["state"], view["note"]["code"], item["tries"]) == ("asking", "HTTP_503", 0)


async def test_a_run_is_paused_let_go_on_and_cancelled(tmp_path: Path) -> None:
    async with reconciling(tmp_path, mode="hold") as rig:
        await rig.send(recorded(1, code=SAME))
        run_id = await begin(rig)
        why = {"reason": "giờ cao điểm"}
        assert (await post(rig, f"/{run_id}/pause", why))["paused"] is True
        await post(rig, f"/{run_id}/pause", why, 409)
        assert (await post(rig, f"/{run_id}/continue", why))["paused"] is False
        assert (await post(rig, f"/{run_id}/cancel", why))["state"] == "cancelled"
        assert rig.portal.services.reads["TraCuuHoSo"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"since": "2025-06-12"}, 422),
        ({"since": "hôm qua", "reason": "x"}, 422),
        ({"since": "2025-06-12", "reason": "x", "destination": "payment"}, 409),
        ({"since": "2025-06-12", "until": "2025-06-12", "reason": "x"}, 409),
        ({"since": "2024-01-01", "until": "2025-06-12", "reason": "x"}, 409),
        ({"since": "2025-06-12", "reason": "x", "all": True}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(tmp_path: Path, body: dict[str, Any], status: int) -> None:
    async with reconciling(tmp_path) as rig:
        answer = await post(rig, "", body, status)
        assert " / " in answer["detail"]
        await post(rig, "/R-9/cancel", {"reason": "x"}, 404)
