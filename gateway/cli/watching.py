"""Commands of the watch: alerts, the test of their channels, and what waits for each destination."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli import context, reach
from gateway.cli.context import AsJson
from gateway.cli.words import cell, give, table

_TEST_REASON = "thử kênh cảnh báo / test of a channel"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_alerts, name="alerts")
    app.command("backlog")(backlog)


_alerts = typer.Typer(help="Cảnh báo / alerts", invoke_without_command=True)


@_alerts.callback()
def alerts(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Cả cảnh báo đã đóng / closed ones too")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Số dòng / rows")] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang sau / next page: `next`")] = None,
    as_json: AsJson = False,
) -> None:
    """Cảnh báo đang mở, kèm việc phải làm / open alerts, with what to do."""
    if ctx.invoked_subcommand is not None:
        return

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.alerts({} if every else {"state": "open"}, cursor, limit)

    page = reach.run(ask())
    lines = [line for one in page["items"] for line in _lines(one)]
    if page["next"]:
        lines.append(f"Còn nữa / more: --cursor {page['next']}")
    give(page, as_json=as_json, text=lines or ["[green]✓ Không có cảnh báo nào. / No alerts.[/]"])


@_alerts.command("test")
def try_channels(
    channel: Annotated[str, typer.Argument(help="Tên kênh; bỏ trống: mọi kênh / a channel; none: all")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Ghi vào vết kiểm tra / goes into the audit")] = _TEST_REASON,
    as_json: AsJson = False,
) -> None:
    """Gửi thư thử ngay và nói kết quả / send a test notice now and say how it went."""

    async def work() -> list[dict[str, Any]]:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            return await gateway.test_alert(channel, reason)

    told = reach.run(work())
    rows = ((one["channel"], "✓" if one["ok"] else "✗", one["code"], one["vi"] or "đã nhận / taken") for one in told)
    give(told, as_json=as_json, text=table("", ("kênh / channel", "", "mã / code", "kết quả / result"), rows))
    if not all(one["ok"] for one in told):
        raise typer.Exit(1)


def backlog(as_json: AsJson = False) -> None:
    """Việc đang chờ từng nơi nhận, và bao giờ hết / what waits for each destination, and when it will have gone."""

    async def ask() -> list[dict[str, Any]]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.backlog()

    found = reach.run(ask())
    rows = (
        (one["destination"], one["open"], (one["oldest_open_at"] or "")[:19], one["done_per_minute"],
         one["arriving_per_minute"], f"{one['vi']} / {one['en']}")
        for one in found
    )  # fmt: skip
    columns = ("nơi nhận", "đang mở", "cũ nhất", "xong/phút", "đến/phút", "dự báo / outlook")
    give(found, as_json=as_json, text=table("Việc đang chờ / Backlog", columns, rows))


def _lines(one: dict[str, Any]) -> list[str]:
    sign = "[red]⚠[/]" if one["state"] == "open" else "[green]✓[/]"
    until = f" → {one['closed_at'][:19]}" if one["closed_at"] else ""
    lines = [f"{sign} [bold]{cell(one['kind'])}[/] {one['opened_at'][:19]}{until}", f"  {cell(one['vi'])}"]
    lines.append(f"  {cell(one['en'])}")
    lines += [
        f"  → {cell(told['channel'])} {told['event']}: {told['state']} {told['error'] or ''}".rstrip()
        for told in one["notices"]
    ]
    return lines
