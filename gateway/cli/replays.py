"""Replaying many: plan first, then a job that climbs step by step; looking at jobs, pausing, going on, cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli import context, reach
from gateway.cli.context import AsJson, Reason
from gateway.cli.reach_replays import ReplayReach, reach_replays
from gateway.cli.words import cell, fail, give, say, table, tracked
from gateway.ledger.replays.port import ITEM_STATES, Chosen
from gateway.operations.replays import Limits, Steer

_LOOK_EVERY = 0.5
_OVER = ("finished", "stopped", "cancelled", "paused")
ITEMS = {
    "planned": "chờ", "sent": "đang gửi", "passed": "đã nhận", "failed": "lại hỏng", "needless": "thừa",
    "left": "để lại",
}  # fmt: skip

JobId = Annotated[str, typer.Argument(help="Id đợt gửi lại / id of the replay (`lienthong replays list`)")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="Số dòng / rows")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Trang sau: giá trị `next` / next page: the `next` value")]

_app = typer.Typer(help="Các đợt gửi lại hàng loạt / replay jobs", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_app, name="replays")


def start(chosen: Chosen, reason: str, *, as_then: bool, limits: Limits, yes: bool, wait: bool, as_json: bool) -> None:
    """Plan; with `yes` make the job of exactly that list, and by default stay until it has ended.

    Exit 1 where it stopped, or something failed again.
    """

    async def work() -> dict[str, Any]:
        settings = context.settings()
        async with reach_replays(settings) as replays:
            plan = await replays.plan(chosen)
            _say_plan(plan)
            if not plan["count"]:
                fail("Không có lượt nào để gửi lại. / There is nothing to replay.")
            if not yes:
                give(plan, as_json=as_json, text=())
                fail("Chưa làm gì. Thêm --yes để làm. / Nothing done yet; add --yes to do it.", 2)
            job = await replays.create(chosen, plan["digest"], reason, as_then=as_then, limits=limits)
            say(f"• đợt gửi lại / replay: {job['id']}")
            return await _stay(replays, job) if wait else job

    job = reach.run(work())
    give(job, as_json=as_json, text=_job(job))
    if job["state"] in ("stopped", "cancelled") or job["counts"]["failed"]:
        raise typer.Exit(1)


async def _stay(replays: ReplayReach, job: dict[str, Any]) -> dict[str, Any]:
    """Until the job has ended, with a bar where a terminal is attached; leaving with Ctrl-C ends nothing."""
    if not replays.served:
        say(
            "Chưa có trục nào chạy ở đây: đợt này đã lưu trong sổ và sẽ chạy khi có `lienthong serve`. / No gateway "
            "runs here: the job is stored and runs as soon as one serves."
        )
        return job
    say("Ctrl-C chỉ thôi xem; đợt vẫn chạy tiếp. / Ctrl-C only stops watching; the job goes on.")
    with tracked("gửi lại / replaying", job["total"]) as done:
        while job["state"] not in _OVER:
            await asyncio.sleep(_LOOK_EVERY)
            job = await replays.show(job["id"])
            counts = job["counts"]
            done(job["total"] - counts["planned"] - counts["sent"])
    return job


def _say_plan(plan: dict[str, Any]) -> None:
    say(
        f"Kế hoạch / plan: gửi lại / replay {plan['to_send']} lượt gửi / deliveries, {plan['dossiers']} hồ sơ / "
        f"dossiers; bỏ {plan['needless']} vì đã có bản mới hơn / needless, a newer snapshot is there"
    )
    if plan["count"]:
        say(f"  cũ nhất / oldest {plan['oldest_at']}; mới nhất / newest {plan['newest_at']}")
    for one in plan["destinations"]:
        minutes = one["expected_minutes"]
        how_long = f"khoảng {minutes} phút / minutes" if minutes is not None else "không giới hạn tốc độ / no rate cap"
        say(f"  {one['destination']}: {one['count']}, {how_long}")
    if plan["overlaps"]:
        say(f"  [yellow]trùng với đợt / overlaps with {plan['overlaps']}[/]")


@_app.command("list")
def list_jobs(limit: Limit = 20, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """Các đợt gửi lại, mới nhất trước / replay jobs, newest first."""
    page = _ask(lambda replays: replays.page(cursor, limit))
    rows = (
        (job["created_at"][:19], job["state"], f"{job['counts']['passed']}/{job['total']}", job["counts"]["failed"],
         job["actor"], job["reason"], job["id"])
        for job in page["items"]
    )  # fmt: skip
    give(page, as_json=as_json, text=table("", ("lúc", "state", "đã nhận", "hỏng", "ai", "lý do", "id"), rows))


@_app.command("show")
def show(
    job_id: JobId,
    state: Annotated[str, typer.Option("--state", help=" ".join(ITEM_STATES))] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Một đợt: từng bước, và danh sách / one job: its steps, and its list (`--state failed`: what failed again)."""
    if state and state not in ITEM_STATES:
        fail(f"--state: {', '.join(ITEM_STATES)}", 2)

    async def both(replays: ReplayReach) -> dict[str, Any]:
        return await replays.show(job_id) | await replays.items(job_id, state or None, cursor, limit)

    job = _ask(both)
    rows = ((one["step"], one["subject"], one["state"], one["cause"], one["delivery"], one["new"])
            for one in job["items"])  # fmt: skip
    columns = ("bước", "hồ sơ", "state", "vì", "lượt gửi", "lượt mới")
    give(job, as_json=as_json, text=[*_job(job), table("", columns, rows)])


@_app.command("pause")
def pause(job_id: JobId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Tạm dừng / pause: nothing more is sent."""
    _steer(job_id, "pause", reason, as_json=as_json)


@_app.command("continue")
def go_on(job_id: JobId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Chạy tiếp; sau khi tự dừng thì lại bắt đầu từ một / go on; after a stop it begins with one again."""
    _steer(job_id, "continue", reason, as_json=as_json)


@_app.command("cancel")
def cancel(job_id: JobId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Huỷ; lượt chưa gửi vẫn dừng như trước / cancel; what was not sent stays dead as before."""
    _steer(job_id, "cancel", reason, as_json=as_json)


def _steer(job_id: str, how: Steer, reason: str, *, as_json: bool) -> None:
    if not reason.strip():
        fail('Cần lý do / a reason is needed: --reason "…"', 2)
    job = _ask(lambda replays: replays.steer(job_id, how, reason))
    give(job, as_json=as_json, text=_job(job))


def _ask(question: Any) -> Any:
    async def work() -> Any:
        async with reach_replays(context.settings()) as replays:
            return await question(replays)

    return reach.run(work())


def _job(job: dict[str, Any]) -> Sequence[str | Table]:
    counts = ", ".join(f"{vi} / {name} {job['counts'][name]}" for name, vi in ITEMS.items())
    parts: list[str | Table] = [f"{job['id']}  {cell(job['state'])}  {cell(job['reason'])}", counts]
    if job["stopped_because"]:
        parts.append(f"[red]{cell(job['stopped_because']['vi'])}[/] / {cell(job['stopped_because']['en'])}")
    if job["steps"]:
        rows = ((step["number"], step["size"], *(step[name] for name in ITEMS)) for step in job["steps"])
        parts.append(table("", ("bước", "cỡ", *ITEMS.values()), rows))
    if job["counts"]["failed"]:
        parts.append(f"Phần lại hỏng / what failed again: lienthong replays show {job['id']} --state failed; gửi lại / "
                     f"replay it: lienthong replay --failed-of {job['id']} --reason …")  # fmt: skip
    return parts
