"""`lienthong check`: is this installation right? A line per thing looked at, and what to do where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.bootstrap import database_url, has_ledger, ledger_as_it_is, refuse_lost_ring
from gateway.cli import context
from gateway.cli.check_addresses import check_addresses
from gateway.cli.check_callers import check_callers
from gateway.cli.check_certificates import check_certificates
from gateway.cli.check_systems import check_systems
from gateway.cli.context import AsJson
from gateway.cli.findings import NOT_LOOKED, Finding, lines, said
from gateway.cli.words import give
from gateway.errors import ConfigurationError, GatewayError
from gateway.ledger.migrate import newest, revision
from gateway.ledger.port import Ledger
from gateway.operations.live import load_catalogue, own_folder
from gateway.production import refuse_rehearsal
from gateway.reports.expiring import files_of
from gateway.security.seal import load_key_ring
from gateway.settings import Settings
from gateway.telemetry.tracing import build, is_installed

_SYSTEMS = "hệ thống quốc gia / national systems"
_DOCUMENTS = "địa chỉ tài liệu / document addresses"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("check")(check)


def check(
    probe: Annotated[bool, typer.Option("--probe/--no-probe", help="Gọi thử các hệ thống / call the systems")] = True,
    addresses: Annotated[
        int, typer.Option("--addresses", min=0, help="Số địa chỉ tài liệu mới nhất cần thử / newest addresses to try")
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """Cài đặt này có đúng không: cấu hình, sổ, khoá, bảng dịch, gọi thử từng hệ thống / is this installation right."""
    findings = asyncio.run(_look(context.settings(), probe=probe, most=addresses))
    give([asdict(one) for one in findings], as_json=as_json, text=lines(findings))
    if any(one.wrong for one in findings):
        raise typer.Exit(1)


async def _look(settings: Settings, *, probe: bool, most: int) -> list[Finding]:
    findings = [
        await _finding("cấu hình / configuration", lambda: _configuration(settings)),
        await _finding("sổ / ledger", lambda: _ledger(settings)),
        await _finding("vòng khoá / key ring", lambda: _key_ring(settings)),
        await _finding("bảng dịch / mappings", lambda: _mappings(settings)),
    ]
    if files_of(settings):
        findings.append(await _finding("chứng thư / certificates", lambda: check_certificates(settings)))
    if settings.tracing.enabled:
        findings.append(await _finding("truy vết / tracing", lambda: _tracing(settings)))
    async with AsyncExitStack() as stack:
        ledger, made = await _opened(settings, stack)
        barred = made and ledger is None
        findings += [one async for one in check_callers(settings, ledger, probe=probe, barred=barred)]
        if context.is_sandbox(settings):
            return [*findings, Finding(_SYSTEMS, None, "SANDBOX: chưa cấu hình / not configured")]
        findings += await check_systems(settings, ledger, probe=probe, barred=barred)
        if probe and most and made:
            findings += await _addresses(settings, ledger, most)
    return findings


async def _opened(settings: Settings, stack: AsyncExitStack) -> tuple[Ledger | None, bool]:
    """The ledger, where it can be looked into, and whether there is one.

    What keeps it from being looked into, its own line and the key ring's have said.
    """
    try:
        return await stack.enter_async_context(ledger_as_it_is(settings)), has_ledger(settings)
    except Exception:  # noqa: BLE001 - said already
        return None, True


async def _addresses(settings: Settings, ledger: Ledger | None, most: int) -> list[Finding]:
    """Documents of the newest dossiers that the portal could not fetch."""
    if ledger is None:
        return [Finding(_DOCUMENTS, None, NOT_LOOKED, tried=False)]
    try:
        looked, blocked = await check_addresses(settings, ledger, most)
    except Exception as exc:  # noqa: BLE001 - the other lines are told all the same
        return [Finding(_DOCUMENTS, said(exc))]
    if not blocked:
        return [Finding(_DOCUMENTS, None, f"{looked}")]
    return [Finding(f"{one.dossier} {one.pointer}", one.why) for one in blocked]


async def _tracing(settings: Settings) -> str:
    if not is_installed():
        raise ConfigurationError(
            ["tracing.enabled: thiếu phần mở rộng otel / the extra otel is missing; chạy / run: ./run install --otel"]
        )
    try:
        build(settings.tracing).close()
    except Exception as exc:
        kind = type(exc).__name__
        raise ConfigurationError(
            [f"tracing: không mở được, xem các biến OTEL_* / cannot be opened, look at the variables OTEL_*: {kind}"]
        ) from exc
    return "OpenTelemetry, OTLP/HTTP"


async def _finding(what: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, None, await look())
    except Exception as exc:  # noqa: BLE001 - the other lines are told all the same
        return Finding(what, said(exc))


async def _configuration(settings: Settings) -> str:
    refuse_rehearsal(settings)
    return "production" if settings.production else "production = false"


async def _ledger(settings: Settings) -> str:
    if not has_ledger(settings):
        return "chưa có, được tạo khi chạy lần đầu / made at the first start"
    at = await revision(database_url(settings))
    if at != newest():
        raise GatewayError(f"ở phiên bản / at {at}, cần / needs {newest()}: lienthong migrate")
    return f"phiên bản / revision {at}"


async def _key_ring(settings: Settings) -> str:
    path = settings.data_dir / "keys.json"
    if not path.exists():
        if has_ledger(settings) and await revision(database_url(settings)) == newest():
            await refuse_lost_ring(settings)
        return "chưa có, được tạo khi chạy lần đầu / made at the first start"
    load_key_ring(path)
    return "đọc được; đã sao lưu riêng chưa? / readable; is it backed up apart?"


async def _mappings(settings: Settings) -> str:
    catalogue = load_catalogue(own_folder(settings.data_dir))
    own = sum(catalogue.is_own(table) for name in catalogue.names for table in catalogue.versions(name))
    return f"{len(catalogue.names)}, phiên bản riêng / own versions {own}"
