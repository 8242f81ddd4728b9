"""Commands about payments: lists, and the reconciliation of a day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.payment.reconcile import DayFileError
from gateway.cli import context, reach
from gateway.cli.context import AsJson
from gateway.cli.persons import keep_off_command_line
from gateway.cli.words import cell, fail, give, progress, table
from gateway.reports.reconciliation import CLASSES, Line, reconcile, span, unexplained
from mappings.convert import VIETNAM

WORDS = {
    "matched": "khớp / matched",
    "never_arrived": "chưa tới nền tảng / never arrived",
    "amount_differs": "lệch số tiền / amount differs",
    "state_differs": "lệch trạng thái / state differs",
    "ours_only": "chỉ bên ta có / ours only",
    "theirs_only": "chỉ bên họ có / theirs only",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_payments, name="payments")


_payments = typer.Typer(help="Thanh toán / payments", no_args_is_help=True)
RECONCILE = typer.Typer(help="Đối soát / reconciliation", no_args_is_help=True)


@_payments.command("list")
def list_payments(
    subject: Annotated[str, typer.Option("--subject", help="Mã hồ sơ / dossier code")] = "",
    state: Annotated[str, typer.Option("--state", help="open paid failed expired void")] = "",
    refund: Annotated[bool, typer.Option("--refund", help="Chỉ khoản cần hoàn / to be refunded only")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Số dòng / rows")] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang sau / next page")] = None,
    as_json: AsJson = False,
) -> None:
    """Các lần thanh toán, mới nhất trước / payments, newest first."""
    keep_off_command_line(subject)
    wanted = {"subject": subject, "state": state, "refund": "true" if refund else ""}
    filters = {name: value for name, value in wanted.items() if value}

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.payments(filters, cursor, limit)

    page = reach.run(ask())
    rows = [
        (
            one["opened_at"][:19],
            one["subject"],
            f"{one['amount']:,} {one['currency']}",
            one["state"] + (" · hoàn tiền / refund" if one["refund"] else ""),
            one["reference"],
        )
        for one in page["items"]
    ]
    shown = table("", ("lúc", "hồ sơ", "số tiền", "state", "mã tham chiếu"), rows)
    give(page, as_json=as_json, text=[shown, f"next: {page['next']}"] if page["next"] else shown)


@RECONCILE.command("payment")
def reconcile_payment(
    file: Annotated[Path, typer.Argument(help="Tệp đối soát của một ngày / the platform's file of one day")],
    day: Annotated[str, typer.Option("--day", help="Ngày, ví dụ 2025-06-12; mặc định: hôm qua / yesterday")] = "",
    as_json: AsJson = False,
) -> None:
    """So tệp của nền tảng với sổ; 0 = mọi dòng đều giải thích được / compare; 0 = every line is explained."""
    try:
        chosen = date.fromisoformat(day) if day else datetime.now(VIETNAM).date() - timedelta(days=1)
        content = file.read_bytes()
    except (ValueError, OSError) as exc:
        fail(f"Không đọc được: {exc} / cannot be read", 2)
    since, until = span(chosen)

    async def ask() -> list[dict[str, Any]]:
        filters = {"since": since.isoformat(), "until": until.isoformat()}
        found: list[dict[str, Any]] = []
        async with reach.reach(context.settings()) as gateway:
            with progress("đọc sổ / reading the ledger", None) as step:
                cursor: str | None = None
                while True:
                    page = await gateway.payments(filters, cursor, reach.PAGE)
                    found += page["items"]
                    step()
                    cursor = page["next"]
                    if cursor is None:
                        return found

    ours = reach.run(ask())
    try:
        lines = reconcile(content, ours, chosen)
    except DayFileError as exc:
        fail(f"{exc.vi}. / {exc.en}.")
    open_lines = unexplained(lines)
    report = {"day": chosen.isoformat(), "counts": _counts(lines), "lines": [asdict(line) for line in lines]}
    give(report | {"unexplained": open_lines}, as_json=as_json, text=_words(lines, open_lines))
    if open_lines:
        raise typer.Exit(1)


def _counts(lines: list[Line]) -> dict[str, int]:
    return {kind: sum(line.kind == kind for line in lines) for kind in CLASSES}


def _words(lines: list[Line], open_lines: int) -> list[Any]:
    counts = [(WORDS[kind], str(number)) for kind, number in _counts(lines).items()]
    rows = [
        (
            WORDS[line.kind],
            str(line.file_line or ""),
            line.dossier,
            line.reference,
            _both(line.our_amount, line.their_amount),
            f"{line.ours} | {line.theirs}",
        )
        for line in lines
        if line.kind != "matched"
    ]
    parts: list[Any] = [table("", ("loại / class", "số dòng / lines"), counts)]
    if rows:
        parts.append(table("", ("loại", "dòng / line", "hồ sơ", "mã tham chiếu", "ta | họ, VND", "ta | họ"), rows))
    parts.append(
        "[green]✓ Mọi dòng đều giải thích được. / Every line is explained.[/]"
        if not open_lines
        else f"[red]✗ {cell(str(open_lines))} dòng cần xem / lines to look into[/]"
    )
    return parts


def _both(ours: int | None, theirs: int | None) -> str:
    return " | ".join("–" if amount is None else f"{amount:,}" for amount in (ours, theirs))
