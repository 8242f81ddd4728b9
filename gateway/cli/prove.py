"""Commands of proof: receipts, their check offline, and the audit trail."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.acceptance.codes import moment
from gateway.bootstrap import open_ledger, signer
from gateway.cli import context, reach
from gateway.cli.context import AsJson
from gateway.cli.words import cell, fail, give, progress, table
from gateway.security.notes import PublicKey
from gateway.security.receipts import REMOVAL, ForgedError, Proof, read_proof

_TILES = 16
"""Of 256 entries each, looked at between two steps of the progress bar."""
_SHOWN = 20
"""Entries of a file that are shown to people; JSON has them all."""
Out = Annotated[Path | None, typer.Option("--out", help="Ghi vào tệp này / write to this file")]

AUDIT = typer.Typer(help="Nhật ký kiểm toán / the audit trail", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("receipt")(receipt)
    app.command("verify")(verify)
    app.add_typer(AUDIT, name="audit")


def receipt(
    key: Annotated[str, typer.Argument(metavar="ID", help="Id lượt gửi hoặc thông điệp / of a delivery or a message")],
    out: Out = None,
) -> None:
    """Biên nhận: đã gửi gì, khi nào, được trả lời gì; kiểm bằng `verify` / what was sent when and answered how."""

    async def work() -> bytes:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            return await gateway.receipt(key)

    _write(reach.run(work()), out)


def verify(
    file: Annotated[Path, typer.Argument(help="Biên nhận hoặc bản xuất nhật ký / a receipt or an audit export")],
    key: Annotated[
        str, typer.Option("--key", help="Khóa công khai, hoặc tệp chứa nó; mặc định: của bản cài đặt này / public key")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Kiểm một tệp, không cần mạng hay sổ: 0 = đúng nguyên từng byte / check a file alone; 0 = every byte is right."""
    try:
        content = file.read_bytes()
    except OSError as exc:
        fail(f"Không đọc được tệp / cannot read the file: {exc}", 2)
    try:
        proof = read_proof(content, _public_key(key))
    except ForgedError as exc:
        fail(str(exc))
    told = {
        "valid": True,
        "log": proof.checkpoint.origin,
        "size": proof.checkpoint.size,
        "at": proof.checkpoint.at.isoformat(),
        "entries": proof.entries,
    }
    give(told, as_json=as_json, text=_words(proof))


@AUDIT.command("export")
def export(
    purpose: Annotated[str, typer.Option("--purpose", help="Xuất để làm gì, ghi vào nhật ký / what for")] = "",
    since: Annotated[str, typer.Option("--since", help="Từ, ví dụ 2025-06-12T00:00:00+07:00 / from")] = "",
    until: Annotated[str, typer.Option("--until", help="Đến trước / until before")] = "",
    out: Out = None,
) -> None:
    """Xuất nhật ký kiểm toán kèm chứng cứ / the audit trail with its proofs."""
    if not purpose.strip():
        fail('Cần mục đích / a purpose is needed: --purpose "…"', 2)

    for name, text in (("--since", since), ("--until", until)):
        if text and moment.parse(text) is None:
            fail(f"{name}: thời điểm như / a moment like 2025-03-10T00:00:00+07:00", 2)

    async def work() -> bytes:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            return await gateway.audit_export(since, until, purpose)

    _write(reach.run(work()), out)


@AUDIT.command("check")
def check(
    last: Annotated[int, typer.Option("--last", min=1, help="Số dòng nhật ký mới nhất / newest audit rows")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Tìm chỗ bị sửa sau lưng sổ chứng: 0 = không có / look for what was changed behind the log; 0 = nothing."""
    settings = context.settings()

    async def work() -> list[str]:
        async with open_ledger(settings) as (ledger, _):
            flaws = (
                await ledger.audit_flaws(last)
                + await ledger.bound_flaws()
                + await ledger.day_flaws(signer(settings).public)
            )
            with progress("kiểm sổ chứng / checking the log", None) as step:
                first, more = 0, True
                while more:
                    found, more = await ledger.tile_flaws(first, _TILES)
                    flaws += found
                    first += _TILES
                    step()
            return flaws

    flaws = reach.run(work())
    fine = "[green]✓ Không có gì bị sửa. / Nothing was changed.[/]"
    give({"flaws": flaws}, as_json=as_json, text=[f"[red]✗[/] {cell(one)}" for one in flaws] or fine)
    if flaws:
        raise typer.Exit(1)


def _public_key(told: str) -> PublicKey:
    if not told:
        return signer(context.settings()).public
    path = Path(told)
    return PublicKey.read(path.read_text("utf-8") if "+" not in told and path.exists() else told)


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _words(proof: Proof) -> list[Any]:
    rows = [
        (
            one.get("answered_at") or one.get("at"),
            one.get("destination") or one.get("actor"),
            one.get("operation") or one.get("action"),
            one.get("subject") or one.get("target"),
            one.get("outcome") or ("ok" if one.get("ok") else "không / refused"),
        )
        for one in proof.entries[:_SHOWN]
    ]
    checkpoint = proof.checkpoint
    head = (
        f"[green]✓[/] {len(proof.entries)} mục đúng nguyên từng byte, trong sổ chứng {checkpoint.origin} "
        f"({checkpoint.size} mục, ký lúc {checkpoint.at.isoformat()}). / entries are exactly as they were logged."
    )
    return [
        head,
        *_removed(proof),
        table("", ("lúc / at", "nơi, ai / where, who", "việc / what", "hồ sơ, đối tượng / about", "kết quả"), rows),
    ]


def _removed(proof: Proof) -> list[str]:
    """A line where the trail reaches into what retention removed: the newest entry that says how far."""
    told = [one["details"] for one in proof.entries if one.get("action") == REMOVAL]
    if not told:
        return []
    day = max(told, key=lambda one: int(one["upto"]))["day"]
    vi = f"Mục của sổ chứng đến hết ngày {day} đã bị xóa theo thời hạn giữ (retention.receipts), nên thiếu ở đây."
    en = f"Entries up to {day} were removed when their time was over; they are missing here."
    return [f"[yellow]![/] {vi} / {en}"]
