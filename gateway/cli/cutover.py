"""Commands about cut-over: loading what a destination has from the system before this one."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from gateway.acceptance.modes import destinations_of
from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.words import fail, give, say, table
from gateway.operations.cutover import CutoverOperations
from gateway.operations.cutover_rows import read_dossiers
from gateway.settings import Settings

_PATIENCE = aiohttp.ClientTimeout(total=1800)
"""A province has a hundred thousand dossiers."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_cutover, name="cutover")


_cutover = typer.Typer(help="Chuyển đổi từ hệ thống cũ / moving off the system before", no_args_is_help=True)


@_cutover.callback()
def _group() -> None:
    pass


@_cutover.command("import")
def import_dossiers(
    file: Annotated[
        Path, typer.Argument(help="Tệp .csv, .xlsx: mã hồ sơ, trạng thái, thời điểm / dossier code, status, when")
    ],
    destination: Annotated[str, typer.Option("--destination", help="Nơi đã có các hồ sơ / who has them")],
    sheet: Annotated[str, typer.Option("--sheet", help="Trang tính / which sheet")] = "",
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Nạp các hồ sơ đã có ở nơi nhận: cho xem kế hoạch, chỉ làm khi có --yes / load dossiers already there."""
    need_reason(reason)
    try:
        content = file.read_bytes()
    except OSError as exc:
        fail(f"{file}: {exc.strerror}", 2)
    asked = {"destination": destination, "file_name": file.name} | ({"sheet": sheet} if sheet else {})
    plan, done = reach.run(_import(context.settings(), asked, content, reason, yes=yes))
    if done is None:
        give(plan, as_json=as_json, text=_plan(plan))
        say("Chưa làm gì. Thêm --yes để làm. / Nothing done yet; add --yes to do it.")
        raise typer.Exit(2)
    words = f"✓ {done['dossiers']} hồ sơ / dossiers: {done['new']} mới / new, {done['known']} đã nhập trước / known"
    give({**plan, **done}, as_json=as_json, text=words)


async def _import(
    settings: Settings, asked: dict[str, str], content: bytes, reason: str, *, yes: bool
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The plan, and what was done, if anything."""
    address = await reach.serving(settings)
    if address is None:
        dossiers = read_dossiers(asked["file_name"], content, asked.get("sheet"))
        async with reach.own_ledger(settings) as ledger:
            operations = CutoverOperations(ledger, destinations_of(settings))
            plan = await operations.plan(asked["destination"], dossiers)
            if not yes:
                return plan, None
            seen = plan["fingerprint"]
            return plan, await operations.load(asked["destination"], dossiers, seen, reach.actor(), reason)
    body = asked | {"content": base64.b64encode(content).decode()}
    async with reach.session(settings) as http:
        plan = await _post(http, address, body)
        if not yes:
            return plan, None
        return plan, await _post(http, address, body | {"fingerprint": plan["fingerprint"], "reason": reason})


async def _post(http: aiohttp.ClientSession, address: str, body: dict[str, str]) -> dict[str, Any]:
    async with http.post(f"{address}/v1/cutover/import", json=body, timeout=_PATIENCE) as response:
        return await reach.read(response)


def _plan(plan: dict[str, Any]) -> Any:
    rows = [
        ("hồ sơ trong tệp / dossiers in the file", plan["dossiers"]),
        ("chưa biết / new", plan["new"]),
        ("đã nhập trước / imported before", plan["imported_before"]),
        ("trục này đã gửi / sent by this gateway", plan["sent_by_us"]),
        ("cũ nhất / oldest", plan["oldest"]),
        ("mới nhất / newest", plan["newest"]),
        *((f"· {status}", count) for status, count in plan["by_status"].items()),
    ]
    return table(f"Kế hoạch / plan: {plan['destination']}", ("", ""), rows)
