"""Commands that only look: messages, deliveries, one dossier, dead letters, the balance sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.acceptance.codes import moment
from gateway.cli import context, reach
from gateway.cli.context import AsJson
from gateway.cli.persons import keep_off_command_line
from gateway.cli.words import cell, fail, give, table


def _real(text: str | None) -> str | None:
    """What a ledger can reckon with, whichever way it is reached."""
    if text and not moment.says_when(text):
        fail("Cần ngày như 2025-03-10 hoặc thời điểm như 2025-03-10T08:00:00+07:00 / a day or a moment like these", 2)
    return text


Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="Số dòng / rows")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Trang sau: giá trị `next` / next page: the `next` value")]
State = Annotated[
    str, typer.Option("--state", help="held pending delivering waiting uncertain delivered refused dead …")
]
Destination = Annotated[str, typer.Option("--destination", help="Nơi nhận / destination")]
Subject = Annotated[str, typer.Option("--subject", help="Mã hồ sơ / dossier code")]
Since = Annotated[
    str, typer.Option("--since", help="Từ thời điểm, ví dụ / from, e.g. 2025-06-12T08:00:00+07:00", callback=_real)
]

BALANCE = {
    "accepted": "nhận", "delivered": "đã gửi", "refused": "từ chối", "dead": "dừng", "superseded": "thay thế",
    "cancelled": "huỷ", "open": "đang mở", "balance": "lệch",
}  # fmt: skip
"""Columns of the balance sheet, in the order in which they add up."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(MESSAGES, name="messages")
    app.add_typer(_deliveries, name="deliveries")
    app.add_typer(DEAD, name="dead")
    app.command("dossier")(dossier)
    app.command("balance")(balance)


MESSAGES = typer.Typer(help="Thông điệp đã nhận / messages", no_args_is_help=True)
_deliveries = typer.Typer(help="Lượt gửi / deliveries", no_args_is_help=True)
DEAD = typer.Typer(help="Lượt gửi chờ người / dead letters", invoke_without_command=True)


@MESSAGES.command("list")
def list_messages(
    type_: Annotated[str, typer.Option("--type", help="Loại / message type")] = "",
    subject: Subject = "",
    state: State = "",
    destination: Destination = "",
    since: Since = "",
    query: Annotated[str, typer.Option("-q", help="Mã hồ sơ, id thông điệp hoặc id của người gửi / any id")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Các thông điệp, mới nhất trước / messages, newest first."""
    wanted = {"type": type_, "subject": subject, "state": state, "destination": destination, "since": since, "q": query}
    keep_off_command_line(subject, query)
    filters = {name: value for name, value in wanted.items() if value}

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.messages(filters, cursor, limit)

    page = reach.run(ask())
    rows = (
        (
            m["accepted_at"][:19],
            m["type"].removeprefix("vn.lienthong."),
            m["subject"],
            m["state"],
            m["outcome"],
            m["id"],
        )
        for m in page["items"]
    )
    give(
        page,
        as_json=as_json,
        text=_with_next(table("", ("nhận lúc", "loại", "hồ sơ", "state", "outcome", "id"), rows), page),
    )


@MESSAGES.command("show")
def show_message(message_id: str, as_json: AsJson = False) -> None:
    """Một thông điệp: lượt gửi, các lần thử, trả lời / one message with deliveries, attempts and replies."""

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.message(message_id)

    message = reach.run(ask())
    give(message, as_json=as_json, text=_message_lines(message))


@_deliveries.command("list")
def list_deliveries(
    destination: Destination = "",
    state: State = "",
    subject: Subject = "",
    code: Annotated[str, typer.Option("--code", help="Mã lỗi / error code")] = "",
    group: Annotated[str, typer.Option("--group", help="Nhóm lỗi / failure group (`lienthong groups list`)")] = "",
    since: Since = "",
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Các lượt gửi, mới nhất trước / deliveries, newest first."""
    wanted = {"destination": destination, "state": state, "subject": subject, "code": code}
    wanted |= {"group": group, "since": since}
    keep_off_command_line(subject)
    _show_deliveries({name: value for name, value in wanted.items() if value}, cursor, limit, as_json)


@DEAD.callback()
def dead(ctx: typer.Context) -> None:
    """Không có lệnh con: danh sách / without a subcommand: the list."""
    if ctx.invoked_subcommand is None:
        _show_deliveries({"state": "dead"}, None, 50, as_json=False)


@DEAD.command("list")
def list_dead(limit: Limit = 50, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """Các lượt gửi đã dừng, chờ người / dead deliveries waiting for a person."""
    _show_deliveries({"state": "dead"}, cursor, limit, as_json)


def dossier(
    code: Annotated[str, typer.Argument(help="Mã hồ sơ / dossier code")],
    as_json: AsJson = False,
) -> None:
    """Hộ chiếu hồ sơ: mọi thứ về một hồ sơ theo thời gian / the passport of one dossier."""

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.dossier(code)

    view = reach.run(ask())
    lines: list[str | Table] = [f"[bold]{cell(view['code'])}[/]"]
    lines += [
        f"  {cell(one['destination'])} xác nhận lần cuối / last confirmed: {cell(one['operation'])} {cell(one['at'])}"
        + (f" {cell(one['status'])}" if "status" in one else "")
        for one in view["last_confirmed"]
    ]
    for message in view["messages"]:
        lines += _message_lines(message)
    give(view, as_json=as_json, text=lines)


def balance(
    day: Annotated[
        str | None,
        typer.Option("--day", help="Một ngày, có cả từng loại / one day, by type too, e.g. 2025-06-12", callback=_real),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bảng cân đối: đã nhận = đã gửi + bị từ chối + dừng + … + đang mở / the balance sheet."""

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.balance(day)

    sheet = reach.run(ask())
    give(sheet, as_json=as_json, text=(balance_table(sheet), balance_words(sheet)))
    if sheet["balance"] != 0:
        raise typer.Exit(1)


def balance_table(sheet: dict[str, Any]) -> Table:
    """The sheet: a line per destination (of a day, with one per type below it), and one for all."""
    rows = []
    for line in sheet["by"]:
        rows.append((line["destination"], *(line[name] for name in BALANCE)))
        rows += [
            (f"  {one['type'].removeprefix('vn.lienthong.')}", *(one[name] for name in BALANCE))
            for one in line.get("types", ())
        ]
    rows.append(("tổng / total", *(sheet[name] for name in BALANCE)))
    title = "Bảng cân đối / Balance sheet (accepted = delivered + refused + dead + superseded + cancelled + open)"
    return table(title, ("nơi nhận", *BALANCE.values()), rows)


def balance_words(sheet: dict[str, Any]) -> str:
    """Whether it adds up."""
    if sheet["balance"] == 0:
        return "[green]✓ Sổ cân: không thiếu, không thừa. / The books balance.[/]"
    off = sheet["balance"]
    return f"[red]✗ Sổ lệch {off}: hãy gọi hỗ trợ, đừng xoá gì. / The books are off: call support, delete nothing.[/]"


def _show_deliveries(filters: dict[str, str], cursor: str | None, limit: int, as_json: bool) -> None:
    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.deliveries(filters, cursor, limit)

    page = reach.run(ask())
    rows = (
        (d["subject"], d["destination"], d["state"], d["attempts"], (d["last_error"] or {}).get("code"), d["id"])
        for d in page["items"]
    )
    made = table("", ("hồ sơ", "nơi nhận", "state", "lần thử", "mã lỗi", "id"), rows)
    give(page, as_json=as_json, text=_with_next(made, page))


def _with_next(made: Table, page: dict[str, Any]) -> list[str | Table]:
    return [made, f"Còn nữa / more: --cursor {page['next']}"] if page["next"] else [made]


def _message_lines(message: dict[str, Any]) -> list[str | Table]:
    short, state = cell(message["type"].removeprefix("vn.lienthong.")), cell(message["state"])
    head = f"[bold]{cell(message['accepted_at'])}[/] {short} {state} ({cell(message['outcome'])}) {cell(message['id'])}"
    lines: list[str | Table] = [head]
    lines += [f"  ⚠ {cell(w['code'])} {cell(w['pointer'])}: {cell(w['message'])}" for w in message["warnings"]]
    for delivery in message["deliveries"]:
        lines += _delivery_lines(delivery)
    lines += [f"  ← {cell(reply['type'])} {cell(reply['id'])}" for reply in message["replies"]]
    return lines


def _delivery_lines(delivery: dict[str, Any]) -> Iterator[str]:
    yield "  → " + " ".join(cell(delivery[name]) for name in ("destination", "operation", "state", "id"))
    if delivery["next_attempt_at"]:
        yield f"    lần sau / next try: {cell(delivery['next_attempt_at'])}"
    for attempt in delivery.get("attempt_log", ()):
        code = (attempt["error"] or {}).get("code", "")
        yield f"    {attempt['number']}. {cell(attempt['started_at'])} {cell(attempt['outcome'])} {code}".rstrip()
        yield from (f"       ⚠ {cell(w['code'])}: {cell(w['vi'])}" for w in attempt["warnings"])
    if delivery["last_error"] and delivery["state"] != "delivered":
        yield f"    {cell(delivery['last_error']['vi'])}"
        yield f"    {cell(delivery['last_error']['en'])}"
