"""`lienthong check`: is this installation right? A line per thing looked at, and what to do where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from adapters.contract import DeliveryError
from adapters.registry import ADAPTERS
from gateway.bootstrap import database_url
from gateway.cli import context
from gateway.cli.check_addresses import check_addresses
from gateway.cli.check_callers import check_callers
from gateway.cli.context import AsJson
from gateway.cli.words import cell, give
from gateway.delivery.open_routes import open_routes
from gateway.errors import ConfigurationError, GatewayError
from gateway.ledger.migrate import newest, revision
from gateway.operations.live import load_catalogue, own_folder
from gateway.production import refuse_rehearsal
from gateway.security.seal import load_key_ring
from gateway.settings import Settings
from mappings import TableError

PROBE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `wrong` says what is wrong and what to do; None when it is fine."""

    what: str
    wrong: str | None = None
    note: str = ""


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
    lines = [
        f"[red]✗[/] {cell(one.what)}: {cell(one.wrong)}" if one.wrong else f"[green]✓[/] {cell(one.what)} {one.note}"
        for one in findings
    ]
    give([asdict(one) for one in findings], as_json=as_json, text=lines)
    if any(one.wrong for one in findings):
        raise typer.Exit(1)


async def _look(settings: Settings, *, probe: bool, most: int) -> list[Finding]:
    findings = [
        await _finding("cấu hình / configuration", lambda: _configuration(settings)),
        await _finding("sổ / ledger", lambda: _ledger(settings)),
        await _finding("vòng khoá / key ring", lambda: _key_ring(settings)),
        await _finding("bảng dịch / mappings", lambda: _mappings(settings)),
    ]
    callers = check_callers(settings, probe=probe, ledger=has_ledger(settings))
    findings += [Finding(what, wrong) async for what, wrong in callers]
    if context.is_sandbox(settings):
        return [
            *findings,
            Finding("hệ thống quốc gia / national systems", None, "SANDBOX: chưa cấu hình / not configured"),
        ]
    found = [*findings, *await _systems(settings, probe=probe)]
    if probe and most and has_ledger(settings):
        found += await _addresses(settings, most)
    return found


async def _addresses(settings: Settings, most: int) -> list[Finding]:
    """Documents of the newest dossiers that the portal could not fetch."""
    looked, blocked = await check_addresses(settings, most)
    if not blocked:
        return [Finding("địa chỉ tài liệu / document addresses", None, f"{looked}")]
    return [Finding(f"{one.dossier} {one.pointer}", one.why) for one in blocked]


def has_ledger(settings: Settings) -> bool:
    """Whether there is a ledger to look into yet."""
    return bool(settings.database_url) or (settings.data_dir / "ledger.db").exists()


async def _finding(what: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, None, await look())
    except ConfigurationError as exc:
        return Finding(what, "; ".join(exc.mistakes))
    except (GatewayError, TableError) as exc:
        return Finding(what, str(exc))


async def _configuration(settings: Settings) -> str:
    refuse_rehearsal(settings)
    return "production" if settings.production else "production = false"


async def _ledger(settings: Settings) -> str:
    url = database_url(settings)
    if url.startswith("sqlite") and not settings.database_url and not (settings.data_dir / "ledger.db").exists():
        return "chưa có, được tạo khi chạy lần đầu / made at the first start"
    at = await revision(url)
    if at != newest():
        raise GatewayError(f"ở phiên bản / at {at}, cần / needs {newest()}: lienthong migrate")
    return f"phiên bản / revision {at}"


async def _key_ring(settings: Settings) -> str:
    path = settings.data_dir / "keys.json"
    if not path.exists():
        return "chưa có, được tạo khi chạy lần đầu / made at the first start"
    load_key_ring(path)
    return "đọc được; đã sao lưu riêng chưa? / readable; is it backed up apart?"


async def _mappings(settings: Settings) -> str:
    catalogue = load_catalogue(own_folder(settings.data_dir))
    own = sum(catalogue.is_own(table) for name in catalogue.names for table in catalogue.versions(name))
    return f"{len(catalogue.names)}, phiên bản riêng / own versions {own}"


async def _systems(settings: Settings, *, probe: bool) -> list[Finding]:
    """Every destination opened as the gateway would, and asked whether it would take something now."""
    async with AsyncExitStack() as stack:
        try:
            routes = await open_routes(settings, ADAPTERS, load_catalogue(own_folder(settings.data_dir)), stack)
        except ConfigurationError as exc:
            return [Finding("tuyến và bộ nối / routes and adapters", "; ".join(exc.mistakes))]
        found = [Finding("tuyến và bộ nối / routes and adapters", None, f"{len(routes)}")]
        for name, route in {route.settings.destination: route for route in routes.values()}.items():
            if probe:
                found.append(await _probe(name, route.adapter.probe))
        return found


async def _probe(name: str, call: Callable[[], Awaitable[None]]) -> Finding:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await call()
    except DeliveryError as exc:
        return Finding(name, f"{exc.code}: {exc.vi} / {exc.en}")
    except TimeoutError:
        return Finding(name, f"không trả lời trong / no answer within {PROBE_SECONDS} s")
    return Finding(name, None, "trả lời tốt / answers well")
