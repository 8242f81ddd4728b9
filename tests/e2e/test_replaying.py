"""Replaying many over HTTP: planned first, exactly the list that was seen, climbing by itself, stopping by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.national_portal.simulator import faults
from tests.e2e.rig import ADMIN, KEY, Rig, eventually, recorded, running

DEAD = {"destination": "national_portal", "code": "HTTP_400"}


def code(number: int) -> str:
    return f"000.00.16.H46-250612-{number:04}"


async def ask(rig: Rig, path: str, body: Any, *, key: str = ADMIN) -> tuple[int, dict[str, Any]]:
    """POST as the administrator; the status and what came with it."""
    headers = {"Authorization": f"Bearer {key}"}
    async with rig.http.post(rig.gateway.address + path, json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        return response.status, answer


async def die(rig: Rig, count: int) -> None:
    """So many dossiers that the portal takes for broken."""
    rig.portal.next(faults.http_status(400), times=count)
    for number in range(1, count + 1):
        await rig.send(recorded(code=code(number)))
    await rig.settled()


async def start(rig: Rig, **more: Any) -> dict[str, Any]:
    """A job over what is dead now."""
    _, plan = await ask(rig, "/v1/replays", {"filter": DEAD})
    body = {"filter": DEAD, "digest": plan["digest"], "reason": "cổng đã sửa", **more}
    status, job = await ask(rig, "/v1/replays", body)
    assert status == 201, job
    return job


async def becomes(rig: Rig, job_id: str, state: str) -> dict[str, Any]:
    async def there() -> bool:
        return bool((await rig.get(f"/v1/replays/{job_id}"))["state"] == state)

    await eventually(there, 30)
    return await rig.get(f"/v1/replays/{job_id}")


async def test_a_plan_says_what_it_would_be_and_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, rate=50) as rig:
        await die(rig, 3)
        status, plan = await ask(rig, "/v1/replays", {"filter": DEAD, "dry_run": True})
        assert status == 200
        assert (plan["count"], plan["dossiers"], plan["needless"], plan["to_send"]) == (3, 3, 0, 3)
        assert plan["expected_minutes"] == 0.1 or plan["expected_minutes"] == 0.0
        assert len(plan["digest"]) == 64
        assert (await rig.get("/v1/replays"))["items"] == []


async def test_a_job_climbs_by_itself_and_finishes(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await die(rig, 30)
        job = await becomes(rig, (await start(rig))["id"], "finished")
        assert [step["size"] for step in job["steps"]] == [1, 5, 20, 4]
        assert job["counts"]["passed"] == job["total"] == 30
        assert (await rig.gateway.ledger.balance())["dead"] == 0
        assert len({key for _, key, _ in rig.effects}) == 30
        audit = (await rig.gateway.ledger.audit_page(None, 100))["items"]
        decisions = [one["action"] for one in audit if one["action"].startswith("replay.")]
        assert decisions == ["replay.finish", *["replay.step"] * 4, "replay.create"]


async def test_it_stops_when_the_portal_begins_to_refuse_and_goes_on_when_that_is_mended(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await die(rig, 30)
        rig.portal.next(faults.passing(), times=6)
        rig.portal.next(faults.http_status(400), times=1000)
        stopped = await becomes(rig, (job := await start(rig))["id"], "stopped")
        assert [step["size"] for step in stopped["steps"]][:2] == [1, 5]
        assert stopped["counts"]["passed"] == 6
        assert stopped["verdict"]["code"] == "HTTP_400" and "HTTP_400" in stopped["stopped_because"]["vi"]
        rig.portal.pending.clear()
        status, _ = await ask(rig, f"/v1/replays/{job['id']}/continue", {"reason": "cổng đã sửa lại"})
        assert status == 200
        finished = await becomes(rig, job["id"], "finished")
        failed = await rig.get(finished["failed_list"])
        assert len(failed["items"]) == finished["counts"]["failed"] > 0
        _, rest = await ask(rig, "/v1/replays", finished["retry_failed"])
        assert rest["count"] == finished["counts"]["failed"]


async def test_a_list_that_changed_is_answered_with_the_new_plan(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await die(rig, 2)
        _, plan = await ask(rig, "/v1/replays", {"filter": DEAD})
        rig.portal.next(faults.http_status(400))
        await rig.send(recorded(code=code(9)))
        await rig.settled()
        body = {"filter": DEAD, "digest": plan["digest"], "reason": "thử"}
        status, refused = await ask(rig, "/v1/replays", body)
        assert status == 409 and refused["errors"][0]["code"] == "LIST_CHANGED"
        assert refused["plan"]["count"] == 3
        status, _ = await ask(rig, "/v1/replays", body | {"digest": refused["plan"]["digest"]})
        assert status == 201


async def test_overlapping_jobs_are_refused_with_the_way_to_the_other(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await die(rig, 2)
        hold = faults.silence_after_reading()
        rig.portal.next(hold, times=10)
        job = await start(rig)
        _, plan = await ask(rig, "/v1/replays", {"filter": DEAD})
        assert plan["overlaps"] == job["id"]
        body = {"filter": DEAD, "digest": plan["digest"], "reason": "thử"}
        status, refused = await ask(rig, "/v1/replays", body)
        assert (status, refused["errors"][0]["code"]) == (409, "OVERLAP")
        assert refused["replay"] == f"/v1/replays/{job['id']}"
        hold.released.set()  # type: ignore[attr-defined]
        rig.portal.pending.clear()
        await becomes(rig, job["id"], "finished")


async def test_pause_continue_and_cancel(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await die(rig, 8)
        hold = faults.silence_after_reading()
        rig.portal.next(hold)
        job_id = (await start(rig))["id"]
        await hold.reached.wait()  # type: ignore[attr-defined]
        for how, state in (("pause", "paused"), ("continue", "running"), ("cancel", "cancelled")):
            status, job = await ask(rig, f"/v1/replays/{job_id}/{how}", {"reason": "thử"})
            assert (status, job["state"]) == (200, state)
        hold.released.set()  # type: ignore[attr-defined]
        job = await becomes(rig, job_id, "cancelled")
        assert job["counts"]["left"] == 7
        status, refused = await ask(rig, f"/v1/replays/{job_id}/pause", {"reason": "thử"})
        assert (status, refused["errors"][0]["code"]) == (409, "STATE")


async def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        digest = "0" * 64
        for body, wanted in (
            ({}, "SCHEMA_REQUIRED"),
            ({"filter": {}}, "SCHEMA_MINPROPERTIES"),
            ({"filter": {"subject": "044 999 000 123"}}, "FILTER_PERSON"),
            ({"filter": {"colour": "red"}}, "SCHEMA_ADDITIONALPROPERTIES"),
            ({"filter": {"since": "yesterday"}}, "MOMENT_FORMAT"),
            ({"filter": DEAD, "digest": digest}, "REASON_REQUIRED"),
            ({"filter": DEAD, "digest": digest, "reason": " "}, "REASON_REQUIRED"),
        ):
            status, refused = await ask(rig, "/v1/replays", body)
            assert (status, refused["errors"][0]["code"]) == (422, wanted)
        status, refused = await ask(rig, "/v1/replays", {"filter": DEAD, "digest": digest, "reason": "thử"})
        assert (status, refused["errors"][0]["code"]) == (409, "STATE")
        assert (await ask(rig, "/v1/replays", {"filter": DEAD}, key=KEY))[0] == 403
        assert (await ask(rig, "/v1/replays/nothing/pause", {"reason": "thử"}))[0] == 404


async def test_behind_a_door_of_its_own_process_too(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig:
        await die(rig, 2)
        _, plan = await ask(rig, "/v1/replays", {"filter": DEAD})
        body = {"filter": DEAD, "digest": "0" * 64, "reason": "thử"}
        status, refused = await ask(rig, "/v1/replays", body)
        assert (status, refused["plan"]["digest"]) == (409, plan["digest"])
        assert (await becomes(rig, (await start(rig))["id"], "finished"))["counts"]["passed"] == 2
