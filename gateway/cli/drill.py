"""Drills: what an installation does when something goes wrong for hours, rehearsed in minutes beside it."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

import typer
import uvloop

from gateway.cli import context
from gateway.cli.context import AsJson
from gateway.cli.demo_words import LOG
from gateway.cli.rehearse import private_servers
from gateway.cli.words import give, say, table, tracked
from gateway.demo.outage import Plan, Report, rehearse_outage
from gateway.telemetry import logging as log_setup

_USUAL = Plan()
_app = typer.Typer(help="Diễn tập sự cố / drills", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_app, name="drill")


@_app.callback()
def _group() -> None:
    pass


@_app.command("outage")
def outage(
    messages: Annotated[
        int, typer.Option("--messages", min=3, help="Thông điệp đến khi cổng ngừng / messages while it is away")
    ] = _USUAL.messages,
    factor: Annotated[float, typer.Option("--factor", min=1, help="Nén thời gian / compresses time")] = _USUAL.factor,
    hours: Annotated[float, typer.Option("--hours", min=0.1, help="Giờ cổng ngừng / hours away")] = _USUAL.hours,
    dead: Annotated[int, typer.Option("--dead", min=30, help="Lượt đã dừng để gửi lại / dead to replay")] = _USUAL.dead,
    rate: Annotated[
        float, typer.Option("--rate", min=0.1, help="Lời gọi mỗi giây (chưa nén) cổng chịu / real calls a second")
    ] = _USUAL.rate,
    with_postgres: Annotated[
        bool, typer.Option("--postgres", help="Sổ trên PostgreSQL riêng / the ledger on a private PostgreSQL")
    ] = False,
    with_rabbitmq: Annotated[
        bool, typer.Option("--rabbitmq", help="Hàng đợi trên RabbitMQ riêng / the queues on a private RabbitMQ")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Cổng ngừng nhiều giờ, rồi gửi lại hàng loạt; 1 nếu một điều không đúng / hours away, then a bulk replay."""
    base = context.settings()
    data_dir = base.data_dir / "drill"
    shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan = Plan(messages=messages, factor=factor, hours=hours, dead=dead, rate=rate)
    say(
        f"Nén thời gian {factor:g} lần / time compressed {factor:g} times: {hours:g} giờ / hours → {plan.away:.0f} "
        f"giây / seconds; {rate:g} lời gọi/giây / calls a second → {plan.compressed_rate:g}"
    )
    with (
        (data_dir / LOG).open("a", encoding="utf-8") as log_file,
        private_servers(postgres_too=with_postgres, rabbitmq_too=with_rabbitmq) as servers,
    ):
        log_setup.configure(base.log, log_file)
        report = uvloop.run(rehearse_outage(plan, data_dir, servers, tracked))
    give(report.as_dict(), as_json=as_json, text=_told(report))
    if not report.good:
        raise typer.Exit(1)


def _told(report: Report) -> Any:
    rows = (
        (
            "✓" if claim.good else "✗",
            f"{claim.vi} / {claim.en}",
            ", ".join(f"{name} {value}" for name, value in claim.figures.items()),
        )
        for claim in report.claims
    )
    title = f"sổ / ledger {report.ledger}, hàng đợi / broker {report.broker}, {report.seconds:.0f} s"
    return table(title, ("", "điều phải đúng / claim", "số liệu / figures"), rows)
