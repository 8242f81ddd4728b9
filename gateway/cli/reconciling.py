"""Reconciliation with the portal: begin and watch a run, look at its drift, steer it, send the difference."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import typer

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.paying import RECONCILE
from gateway.cli.reach_drift import DriftReach, reach_drift
from gateway.cli.words import fail, give, progress, say, table
from gateway.ledger.drift.port import DRIFTED, Verb
from gateway.sections import parse_duration
from mappings.convert import VIETNAM

WORDS = {
    "same": "khớp / same",
    "missing": "bên kia không có / missing there",
    "behind": "bên kia cũ hơn / behind",
    "ahead": "bên kia khác hoặc mới hơn / ahead",
    "untold": "bên kia không nói trạng thái / status not told",
    "unconfirmed": "chưa từng gửi được / never taken",
    "unasked": "chưa hỏi được / no clear answer",
    "to_ask": "còn phải hỏi / to be asked",
}
_POLL = 0.5

RunId = Annotated[str, typer.Argument(help="Id lượt đối soát / id of the reconciliation")]
Kinds = Annotated[str, typer.Option("--kinds", help="Gửi lại loại nào / which to send again: missing,behind,ahead")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Không đợi xong / leave it running")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file, and those about payments' files beside them."""
    app.add_typer(RECONCILE, name="reconcile")


@RECONCILE.command("portal")
def portal(
    since: Annotated[str, typer.Option("--since", help="Từ ngày, hoặc lùi bao lâu / from a day, or back: 3d")],
    until: Annotated[str, typer.Option("--until", help="Đến trước ngày / before a day; mặc định / else: now")] = "",
    destination: Annotated[str, typer.Option("--destination", help="Nơi nhận / destination")] = "national_portal",
    kinds: Kinds = "",
    reason: Reason = "",
    yes: Yes = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Hỏi Cổng DVCQG đang giữ gì, liệt kê chỗ lệch; --yes gửi lại / list drift; --yes sends it. 0 = none is left."""
    need_reason(reason)
    first, last, chosen = _moment(since, "--since"), _moment(until, "--until") if until else None, _kinds(kinds)

    async def work(gateway: DriftReach) -> dict[str, Any]:
        view = await gateway.start(destination, first, last, reason)
        if not gateway.serving or no_wait:
            return view
        view = await _watch(gateway, view["id"])
        if yes and view["state"] == "compared" and _planned(view, chosen):
            await gateway.steer(view["id"], "send", reason, chosen)
            view = await _watch(gateway, view["id"])
        return await _with_items(gateway, view)

    view = _ask(work)
    _tell(view, as_json=as_json)
    if view["state"] == "collecting":
        say("Đã ghi; chạy khi có `lienthong serve`. / Kept; it runs as soon as a gateway serves.")
    elif view["state"] == "compared" and (count := _planned(view, chosen)):
        say(f"Kế hoạch / plan: gửi lại {count} hồ sơ. Thêm --yes, hoặc / add --yes, or: reconcile send {view['id']}")
    if _drift_is_left(view):
        raise typer.Exit(1)


@RECONCILE.command("list")
def list_runs(
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Số dòng / rows")] = 20,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang sau / next page")] = None,
    as_json: AsJson = False,
) -> None:
    """Các lượt đối soát, mới nhất trước / reconciliations, newest first."""
    page = _ask(lambda gateway: gateway.runs(cursor, limit))
    rows = [
        (one["id"], one["created_at"][:19], _state(one), one["counts"]["found"], _numbers(one)) for one in page["items"]
    ]
    shown = table("", ("id", "lúc", "state", "hồ sơ", "lệch / drift"), rows)
    give(page, as_json=as_json, text=[shown, f"next: {page['next']}"] if page["next"] else shown)


@RECONCILE.command("show")
def show(run_id: RunId, as_json: AsJson = False) -> None:
    """Một lượt đối soát và các hồ sơ lệch / one reconciliation with what is drifted."""

    async def work(gateway: DriftReach) -> dict[str, Any]:
        return await _with_items(gateway, await gateway.one(run_id))

    _tell(_ask(work), as_json=as_json)


@RECONCILE.command("send")
def send(
    run_id: RunId,
    kinds: Kinds = "",
    reason: Reason = "",
    yes: Yes = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Gửi lại phần lệch, từng bậc 1, 5, 20, 100 / send the difference again, stair by stair."""
    need_reason(reason)
    chosen = _kinds(kinds)

    async def work(gateway: DriftReach) -> dict[str, Any]:
        view = await gateway.one(run_id)
        say(f"Kế hoạch / plan: gửi lại {_planned(view, chosen)} hồ sơ / dossiers ({_numbers(view)})")
        if not yes:
            fail("Chưa làm gì. Thêm --yes để làm. / Nothing done yet; add --yes to do it.", 2)
        view = await gateway.steer(run_id, "send", reason, chosen)
        return await _with_items(gateway, await _watch(gateway, run_id) if gateway.serving and not no_wait else view)

    view = _ask(work)
    _tell(view, as_json=as_json)
    if view["state"] == "sent" and _drift_is_left(view):
        raise typer.Exit(1)


def _steering(verb: Verb, title: str) -> None:
    def command(run_id: RunId, reason: Reason = "", as_json: AsJson = False) -> None:
        need_reason(reason)
        _tell(_ask(lambda gateway: gateway.steer(run_id, verb, reason)), as_json=as_json)

    RECONCILE.command(verb, help=title)(command)


_steering("pause", "Tạm dừng một lượt đối soát / pause one")
_steering("continue", "Cho chạy tiếp / let it go on")
_steering("cancel", "Huỷ; những gì đã gửi lại vẫn được gửi / cancel; what was sent again stays sent")


def _ask(work: Callable[[DriftReach], Coroutine[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
    async def asked() -> dict[str, Any]:
        async with reach_drift(context.settings()) as gateway:
            return await work(gateway)

    found: dict[str, Any] = reach.run(asked())
    return found


async def _watch(gateway: DriftReach, run_id: str) -> dict[str, Any]:
    """The run once there is nothing more to do, or a person is needed."""
    told: str | None = None
    view = await gateway.one(run_id)
    while view["state"] == "collecting" and not view["paused"]:
        await asyncio.sleep(_POLL)
        view = await gateway.one(run_id)
    sending = view["state"] == "sending"
    done, total = 0, _planned(view, view["kinds"]) if sending else view["counts"]["found"]
    with progress("gửi lại / sending" if sending else "hỏi / asking", total) as step:
        while view["state"] in ("asking", "sending") and not view["paused"]:
            now_done = _done(view)
            for _ in range(now_done - done):
                step()
            done = max(done, now_done)
            note = view["note"]["vi"] + " / " + view["note"]["en"] if view["note"] else None
            if note and note != told:
                say(note)
            told = note
            await asyncio.sleep(_POLL)
            view = await gateway.one(run_id)
    return view


def _done(view: dict[str, Any]) -> int:
    if view["state"] == "sending":
        return int(sum(view["sent"].values()) - view["sent"]["open"])
    return int(view["counts"]["found"] - view["counts"]["to_ask"])


async def _with_items(gateway: DriftReach, view: dict[str, Any]) -> dict[str, Any]:
    """The view with every drifted dossier."""
    found: list[dict[str, Any]] = []
    for kind in (*DRIFTED, "untold", "unasked"):
        cursor: str | None = None
        while view["counts"][kind]:
            page = await gateway.items(view["id"], {"kind": kind}, cursor, reach.PAGE)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
    return view | {"items": found}


def _tell(view: dict[str, Any], *, as_json: bool) -> None:
    counts = [(WORDS[kind], view["counts"][kind]) for kind in WORDS if view["counts"][kind]]
    parts: list[Any] = [
        f"{view['id']}: {_state(view)}",
        table("", ("loại / kind", "hồ sơ / dossiers"), counts),
    ]
    rows = [
        (one["subject"], WORDS[one["kind"]], one["ours"], one["theirs"], one["sent"] or "", one["word"])
        for one in view.get("items", ())
    ]
    if rows:
        parts.append(table("", ("hồ sơ", "loại / kind", "ta", "họ", "gửi lại / sent", ""), rows))
    if view["note"]:
        parts.append(f"{view['note']['vi']} / {view['note']['en']}")
    give(view, as_json=as_json, text=parts)


def _state(view: dict[str, Any]) -> str:
    return f"{view['state']}{' (tạm dừng / paused)' if view['paused'] else ''}"


def _numbers(view: dict[str, Any]) -> str:
    return " · ".join(f"{kind} {count}" for kind, count in view["drifted"].items() if count) or "0"


def _planned(view: dict[str, Any], kinds: list[str]) -> int:
    return sum(view["drifted"][kind] for kind in kinds or view["sends_by_default"])


def _drift_is_left(view: dict[str, Any]) -> bool:
    return int(sum(view["drifted"].values())) > int(view["sent"]["arrived"])


def _kinds(text: str) -> list[str]:
    kinds = [one.strip() for one in text.split(",") if one.strip()]
    if unknown := [one for one in kinds if one not in DRIFTED]:
        fail(f"--kinds: {unknown[0]} không có / unknown; {', '.join(DRIFTED)}", 2)
    return kinds


def _moment(text: str, name: str) -> datetime:
    """A day in Việt Nam, a moment, or so long ago."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), VIETNAM)
        if "T" in text:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.replace(tzinfo=VIETNAM)
        back: timedelta = parse_duration(text)
    except ValueError:
        fail(f"{name}: 2025-03-10, 2025-03-10T08:00:00 hoặc / or 3d", 2)
    return datetime.now(UTC) - back
