"""Commands of the rehearsal: `demo` and `bench`."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from gateway.bootstrap import admin_token, signer
from gateway.cli import context
from gateway.cli.context import AsJson
from gateway.cli.demo_words import LOG, tell, tell_where
from gateway.cli.first_user import first_user
from gateway.cli.serve import stop_event
from gateway.cli.words import fail, give, progress, say
from gateway.demo.rehearsal import PACE, how_many, rehearse, simulated
from gateway.demo.sandbox import Sandbox, sandbox
from gateway.demo.services import postgres, rabbitmq
from gateway.ledger.port import Ledger
from gateway.operations.proof import ProofOperations
from gateway.settings import Settings, load_settings
from gateway.telemetry import logging as log_setup

PORTS_TRIED = 50
_SERVER_PACKAGES = Path(".cache")
"""Where packages of servers are unpacked that cannot be installed."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("demo")(demo)
    app.command("bench")(run_bench)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Giữ chạy để xem / stay up to look at")] = False,
    with_postgres: Annotated[
        bool, typer.Option("--postgres", help="Sổ trên PostgreSQL riêng / the ledger on a private PostgreSQL")
    ] = False,
    with_rabbitmq: Annotated[
        bool, typer.Option("--rabbitmq", help="Hàng đợi trên RabbitMQ riêng / the queues on a private RabbitMQ")
    ] = False,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="Ghi biên nhận của một hồ sơ đã gửi / a receipt of one delivered")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Chạy cả trục với hồ sơ mẫu; 0 = mọi hồ sơ mẫu đã xong và sổ cân / the whole gateway on sample dossiers."""
    base = context.settings()
    if not context.is_sandbox(base):
        fail("Đã có cấu hình thật; hồ sơ mẫu chỉ chạy khi không có lienthong.toml. / A real configuration is here; the "
             "samples run only without one.", 2)  # fmt: skip
    data_dir = base.data_dir
    if not keep:
        data_dir = base.data_dir / "demo"
        shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        (data_dir / LOG).open("a", encoding="utf-8") as log_file,
        private_servers(postgres_too=with_postgres, rabbitmq_too=with_rabbitmq) as servers,
    ):
        log_setup.configure(base.log, log_file)
        good = uvloop.run(_demo(base, data_dir, servers, keep=keep, receipt=receipt, as_json=as_json))
    if not good:
        raise typer.Exit(1)


@contextmanager
def private_servers(*, postgres_too: bool, rabbitmq_too: bool) -> Iterator[dict[str, str]]:
    """Private servers until left, as settings. Raises `MissingServiceError` saying what to install."""
    with ExitStack() as stack:
        addresses = {}
        for wanted, name, start, key in (
            (postgres_too, "PostgreSQL", partial(postgres, durable=True), "database_url"),
            (rabbitmq_too, "RabbitMQ", rabbitmq, "amqp_url"),
        ):
            if wanted:
                say(f"• khởi động {name} riêng; lần đầu có thể phải tải gói / starting a private {name}; the first "
                    "time its packages may be fetched")  # fmt: skip
                addresses[key] = stack.enter_context(start(_SERVER_PACKAGES))
        yield addresses


async def _demo(
    base: Settings, data_dir: Path, servers: Mapping[str, str], *, keep: bool, receipt: Path | None, as_json: bool
) -> bool:
    from gateway.bootstrap.gateway import run_gateway  # noqa: PLC0415 - loads everything, for this command alone

    async with AsyncExitStack() as stack:
        simulators = await stack.enter_async_context(sandbox(data_dir, simulated(data_dir)))
        settings = load_settings(overrides={**_overrides(simulators, data_dir, _port(base) if keep else 0), **servers})
        stop = stop_event()
        gateway = await stack.enter_async_context(run_gateway(settings))
        simulators.connect(gateway.address)
        await first_user(gateway)
        with progress("gửi hồ sơ mẫu / sending sample dossiers", how_many()) as step:
            report = await rehearse(simulators, gateway.address, admin_token(settings), step)
        report = replace(
            report,
            ledger="postgresql" if settings.database_url else "sqlite",
            broker="rabbitmq" if settings.amqp_url else "in-process",
        )
        if receipt is not None:
            await asyncio.to_thread(receipt.write_bytes, await _receipt_of_one(gateway.ledger))
            say(f"• biên nhận / a receipt: {receipt}; ./run verify {receipt} --key {signer(settings).public}")
        tell(report, settings, as_json=as_json)
        if keep:
            tell_where(report, settings, simulators, gateway.address)
            await stop.wait()
            say("\nĐang dừng… / stopping…")
        return report.good


async def _receipt_of_one(ledger: Ledger) -> bytes:
    page = await ledger.deliveries_page({"state": "delivered", "destination": "national_portal"}, None, 1)
    return await ProofOperations(ledger).receipt(page["items"][0]["id"])


def _overrides(simulators: Sandbox, data_dir: Path, port: int) -> dict[str, Any]:
    destinations = {
        name: {**PACE["destinations"].get(name, {}), **own}
        for name, own in simulators.overrides["destinations"].items()
    }
    adapters = {
        name: {**own, **PACE["adapters"].get(name, {})} for name, own in simulators.overrides["adapters"].items()
    }
    return {
        **simulators.overrides,
        "adapters": adapters,
        "destinations": destinations,
        "ledger": PACE["ledger"],
        "payments": PACE["payments"],
        "data_dir": str(data_dir),
        "http": {"port": port},
    }


def _port(base: Settings) -> int:
    """The configured port, or the next free one; a busy one is said."""
    for port in range(base.http.port, base.http.port + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((base.http.host, port))
            except OSError:
                continue
        if port != base.http.port:
            say(f"Cổng {base.http.port} đang bận, dùng cổng {port}. / Port {base.http.port} is busy, taking {port}.")
        return port
    return fail(
        f"Không còn cổng trống từ {base.http.port}. / No free port from {base.http.port} on; LIENTHONG_HTTP__PORT=…"
    )


def run_bench(
    messages: Annotated[
        int, typer.Option("--messages", min=10, help="Số thông điệp mỗi vòng / messages a round")
    ] = 5000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Số vòng / rounds")] = 5,
    latency: Annotated[bool, typer.Option("--latency", help="Chỉ đo độ trễ / latency only")] = False,
    stored: Annotated[
        bool, typer.Option("--stored", help="Giá một thông điệp khi đã lưu 10⁴–10⁶ / cost beside 10⁴ to 10⁶ stored")
    ] = False,
    grow: Annotated[
        bool, typer.Option("--grow", help="Bộ nhớ tăng trong một lần chạy dài / memory over a long run")
    ] = False,
    proof: Annotated[
        bool, typer.Option("--proof", help="Niêm phong và biên nhận tốn bao nhiêu / what sealing and receipts cost")
    ] = False,
    console: Annotated[
        bool, typer.Option("--console", help="Trang danh sách khi đã lưu 10⁶ / the console's lists beside 10⁶ stored")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Đo tốc độ, độ trễ cạnh FastStream và giới hạn của máy / measure beside FastStream and this machine's limits."""
    from gateway import bench  # noqa: PLC0415 - nobody else needs it

    cache = Path(".cache").resolve()
    if latency + stored + grow + proof + console > 1:
        fail("Chỉ một trong --latency, --stored, --grow, --proof, --console. / One of these at a time.", 2)
    measuring: Any = (
        bench.bench_latency(rounds, say, cache)
        if latency
        else bench.bench_stored(say, cache)
        if stored
        else bench.bench_growth(say, cache)
        if grow
        else bench.bench_proof(messages, rounds, say, cache)
        if proof
        else bench.bench_screens(say, cache)
        if console
        else bench.bench(messages, rounds, say, cache)
    )
    report = uvloop.run(measuring)
    give(report.as_dict(), as_json=as_json, text=report.as_text())
    if not report.sound:  # a figure of messages that were lost, doubled or out of order is none
        raise typer.Exit(1)
