"""Commands that change something: replay and discard, reason required, several only after the plan was seen."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from gateway.cli import context, reach
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.reach import PAGE, Reach
from gateway.cli.words import fail, give, progress, say, table
from gateway.errors import GatewayError
from gateway.sections import parse_duration

Ids = Annotated[list[str] | None, typer.Argument(help="Id lượt gửi / delivery ids (`lienthong dead list`)")]


class Version(StrEnum):
    """Which version of the mapping a replay goes through."""

    NOW = "now"
    THEN = "then"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("replay")(replay)
    app.command("discard")(discard)


def replay(
    ids: Ids = None,
    destination: Annotated[
        str, typer.Option("--destination", help="Mọi lượt đã dừng của nơi nhận này / all its dead")
    ] = "",
    code: Annotated[str, typer.Option("--code", help="Chỉ mã lỗi này / only this error code")] = "",
    since: Annotated[str, typer.Option("--since", help="Chỉ từ chừng ấy trước, ví dụ / not older than, e.g. 2h")] = "",
    mapping: Annotated[
        Version, typer.Option("--mapping", help="Bảng dịch hiện hành, hay của lúc đó / as now, or as then")
    ] = Version.NOW,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Gửi lại các lượt đã dừng, đúng chỗ cũ trong làn / replay dead deliveries, each in its old place."""
    need_reason(reason)
    if bool(ids) == bool(destination):
        fail("Hãy cho id, hoặc --destination. / Give ids, or --destination.", 2)
    filters = {"state": "dead", "destination": destination, "code": code, "since": _moment(since)}

    async def work() -> list[dict[str, Any]]:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            chosen = ids or await _dead_of(gateway, {name: value for name, value in filters.items() if value})
            if not ids:
                _plan("gửi lại / replay", len(chosen), yes=yes)
            as_then = mapping is Version.THEN
            return await _each(chosen, lambda one: gateway.replay(one, reason, as_then=as_then), "gửi lại / replaying")

    _tell(reach.run(work()), as_json=as_json)


def discard(
    ids: Annotated[list[str], typer.Argument(help="Id lượt gửi / delivery ids")],
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Huỷ lượt gửi, có lý do; lượt kế tiếp của làn đi tiếp / discard deliveries; the next of the lane goes on."""
    need_reason(reason)
    if len(ids) > 1:
        _plan("huỷ / discard", len(ids), yes=yes)

    async def work() -> list[dict[str, Any]]:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            return await _each(ids, lambda one: gateway.discard(one, reason), "huỷ / discarding")

    _tell(reach.run(work()), as_json=as_json)


def need_reason(reason: str) -> None:
    """End with exit 2 where something is about to change without a reason."""
    if not reason.strip():
        fail('Cần lý do / a reason is needed: --reason "…"', 2)


def _moment(since: str) -> str:
    if not since:
        return ""
    try:
        back = parse_duration(since)
    except ValueError as exc:
        fail(f"--since: {exc}", 2)
    return str((datetime.now(UTC) - back).isoformat())


async def _dead_of(gateway: Reach, filters: dict[str, str]) -> list[str]:
    """Every dead delivery that fits, oldest first: the order in which their lanes want them."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await gateway.deliveries(filters, cursor, PAGE)
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found[::-1]


def _plan(what: str, count: int, *, yes: bool) -> None:
    say(f"Kế hoạch / plan: {what} {count} lượt gửi / deliveries")
    if count and not yes:
        fail("Chưa làm gì. Thêm --yes để làm. / Nothing done yet; add --yes to do it.", 2)


async def _each(ids: list[str], work: Any, title: str) -> list[dict[str, Any]]:
    done = []
    with progress(title, len(ids)) as step:
        for one in ids:
            try:
                done.append({"delivery": one, "ok": True, **await work(one)})
            except GatewayError as exc:
                done.append({"delivery": one, "ok": False, "error": str(exc)})
            step()
    return done


def _tell(done: list[dict[str, Any]], *, as_json: bool) -> None:
    rows = ((one["delivery"], "✓" if one["ok"] else "✗", one.get("error") or one["id"]) for one in done)
    give(done, as_json=as_json, text=table("", ("lượt gửi", "", "kết quả / result"), rows))
    if not all(one["ok"] for one in done):
        raise typer.Exit(1)
