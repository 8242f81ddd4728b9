"""Thousands died of what the portal said of each; they are replayed, it begins to refuse again, it is mended."""

from __future__ import annotations

from collections import Counter
from typing import Any

from adapters.national_portal.simulator import faults
from gateway.demo.outage import claims
from gateway.demo.outage.claims import Claim
from gateway.demo.outage.plan import PORTAL
from gateway.demo.outage.site import break_down, mend
from gateway.demo.outage.stage import Stage
from gateway.demo.outage.traffic import record
from gateway.scheduler.staircase import AT_ONCE, STAIRS

_PATIENCE = 900.0
_CODE = "HTTP_400"
_STATUS = 400


async def replay_the_dead(stage: Stage) -> list[Claim]:
    """Play it; what it shows."""
    await _kill(stage)
    chosen = {"destination": PORTAL, "code": _CODE}
    plan = await stage.command("/v1/replays", {"filter": chosen, "dry_run": True})
    before = len(stage.place.portal.effects)
    body = {"filter": chosen, "digest": plan["digest"], "reason": "diễn tập: cổng đã sửa / drill: the portal is mended"}
    job_id = (await stage.command("/v1/replays", body))["id"]
    with stage.track("gửi lại theo bậc / replaying step by step", plan["count"]) as done:
        good = sum(STAIRS[: _good_steps(plan["count"])])
        await stage.place.portal.log.reached(before + good)
        break_down(stage.place.portal, faults.http_status(_STATUS))
        stopped = await _becomes(stage, job_id, "stopped", done)
        mend(stage.place.portal)
        await stage.command(f"/v1/replays/{job_id}/continue", {"reason": "diễn tập: đã sửa lại / drill: mended again"})
        finished = await _becomes(stage, job_id, "finished", done)
    rest = await _rest(stage, finished)
    sheet = await _at_rest(stage)
    keys = Counter(effect.key for effect in stage.place.portal.effects[before:])
    return [
        _made(stage, plan),
        _climbed(stopped),
        _stopped(stopped),
        _went_on(finished, rest, sheet, keys, stage.plan.dead),
        claims.balanced("balance_after_replay", sheet, {PORTAL: stage.plan.dossiers * 3 + stage.plan.dead}),
    ]


def _good_steps(count: int) -> int:
    """How many steps go well: all but the last two that the list is long enough for."""
    whole = [place for place in range(1, len(STAIRS)) if sum(STAIRS[:place]) < count]
    return max(1, len(whole) - 1)


async def _kill(stage: Stage) -> None:
    """Dossiers that the portal turns away one by one, by its fault panel."""
    plan, place = stage.plan, stage.place
    fault = {"fault": "http_status", "status": _STATUS, "times": plan.dead, "on": "DongBoHoSoMC"}
    async with stage.http.post(f"{place.portal_url}/_panel/faults", json=fault) as response:
        response.raise_for_status()
    first = plan.dossiers + 1
    offices = place.offices
    told = [
        (office, record(number, office.source))
        for number in range(first, first + plan.dead)
        for office in (offices[number % len(offices)],)
    ]
    with stage.track("hồ sơ bị cổng từ chối từng cái / dossiers die one by one", plan.dead) as done:
        await stage.senders.spread(told, 0, lambda _: None)

        async def died() -> bool:
            sheet = await stage.ask("/v1/balance")
            done(sheet["dead"])
            return bool(sheet["dead"] == plan.dead and sheet["open"] == 0)

        await stage.until("mọi hồ sơ này dừng / all of these are dead", died, _PATIENCE)


async def _at_rest(stage: Stage) -> dict[str, Any]:
    """The balance sheet once the last answers have gone out, too."""
    sheet: dict[str, Any] = {}

    async def nothing_open() -> bool:
        nonlocal sheet
        sheet = await stage.ask("/v1/balance")
        return bool(sheet["open"] == 0)

    await stage.until("mọi việc xong / all has ended", nothing_open, _PATIENCE)
    return sheet


async def _becomes(stage: Stage, job_id: str, state: str, done: Any) -> dict[str, Any]:
    job: dict[str, Any] = {}

    async def there() -> bool:
        nonlocal job
        job = await stage.ask(f"/v1/replays/{job_id}", limit="1")
        done(job["total"] - job["counts"]["planned"] - job["counts"]["sent"])
        return bool(job["state"] == state)

    await stage.until(f"đợt gửi lại / the replay is {state}", there, _PATIENCE)
    return job


async def _rest(stage: Stage, finished: dict[str, Any]) -> dict[str, Any]:
    """What failed again, replayed by a job of its own, as the first one's answer offers it."""
    retry = finished["retry_failed"]
    plan = await stage.command("/v1/replays", {**retry, "dry_run": True})
    job = await stage.command("/v1/replays", {**retry, "digest": plan["digest"], "reason": "phần còn lại / the rest"})
    with stage.track("phần lại hỏng / what failed again", plan["count"]) as done:
        return await _becomes(stage, job["id"], "finished", done)


def _made(stage: Stage, plan: dict[str, Any]) -> Claim:
    figures = {name: plan[name] for name in ("count", "dossiers", "needless", "expected_minutes")}
    good = plan["count"] == plan["dossiers"] == stage.plan.dead and plan["needless"] == 0
    vi, en = "Kế hoạch đếm đúng số lượt đã dừng", "the plan counts exactly what is dead"
    return Claim("planned", vi, en, good, figures)


def _climbed(stopped: dict[str, Any]) -> Claim:
    *whole, last = [step["size"] for step in stopped["steps"]]  # of the last, what was sent before it stopped
    good = len(whole) > 1 and whole == list(STAIRS[: len(whole)]) and last <= STAIRS[len(whole)]
    vi, en = "Đợt gửi lại leo từng bậc", "the replay climbed the staircase"
    return Claim("climbed", vi, en, good, {"steps": [*whole, last]})


def _stopped(stopped: dict[str, Any]) -> Claim:
    """No more failed than may when it stops, and as many as can be under way."""
    counts, verdict = stopped["counts"], stopped["verdict"]
    allowed = int(verdict["of"] * stopped["max_failure_rate"]) + 1 + AT_ONCE
    failed = counts["failed"] + counts["sent"]
    figures = {"failed": failed, "allowed": allowed, "not_sent": counts["planned"], "verdict": verdict}
    good = 0 < failed <= allowed and counts["planned"] > 0 and verdict["why"] == "failures"
    vi, en = "Cổng bắt đầu từ chối thì đợt tự dừng", "when the portal began to refuse it stopped by itself"
    return Claim("stopped", vi, en, good, figures)


def _went_on(
    finished: dict[str, Any], rest: dict[str, Any], sheet: dict[str, Any], keys: Counter[str], dead: int
) -> Claim:
    passed = finished["counts"]["passed"] + rest["counts"]["passed"]
    figures = {
        "passed": passed,
        "of": dead,
        "retried": rest["total"],
        "effects": sum(keys.values()),
        "dossiers": len(keys),
        "dead": sheet["dead"],
    }
    good = passed == dead == len(keys) == sum(keys.values()) and sheet["dead"] == 0
    vi = "Sửa xong thì chạy tiếp đến hết, mỗi hồ sơ đúng một lần"
    return Claim("went_on", vi, "mended, it went on to the end, each dossier once", good, figures)
