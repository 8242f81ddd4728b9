"""`lienthong backup` and `restore`: an embedded installation into a folder and back; what a restored ledger needs."""

from __future__ import annotations

import asyncio
import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import is_embedded, ledger_file
from gateway.bootstrap.backup import make_backup
from gateway.bootstrap.restore import make_safe, put_back
from gateway.cli import context
from gateway.cli.context import AsJson, Yes
from gateway.cli.words import fail, give, say, tracked

_POSTGRES = (
    "Sổ là PostgreSQL: hãy dùng pg_dump hoặc pg_basebackup và sao lưu riêng keys.json, signing.json, mappings "
    "(docs/guide/operator.vi.md). / The ledger is PostgreSQL: use pg_dump or pg_basebackup, and back up keys.json, "
    "signing.json and mappings beside it (docs/guide/operator.en.md)."
)

_NO_FILE = (
    "database_url là SQLite nhưng không phải tệp: hãy ghi sqlite:///ĐƯỜNG-DẪN. / database_url names SQLite but no "
    "file: write sqlite:///PATH."
)

_HOLDS_KEYS = (
    "[yellow]![/] Bản này có khoá: ai có nó đọc được mọi hồ sơ trong đó. Cất như cất sổ gốc, hoặc dùng --without-keys "
    "và giữ keys.json, signing.json ở nơi khác. / It holds the keys: whoever has it can read every dossier in it. Keep "
    "it as safe as the ledger itself, or use --without-keys and keep the two key files apart."
)
_BEFORE = (
    "Trục phải đang dừng. Sau khôi phục: mọi nơi nhận tạm dừng; việc không được gửi hai lần mà còn mở lúc sao lưu sẽ "
    "chờ người (uncertain); người gửi phải gửi lại những gì sau lúc sao lưu. / The gateway must be stopped. Afterwards "
    "every destination is paused, what may not be sent twice waits for a person; senders send again what came later."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    target: Annotated[Path, typer.Argument(help="Thư mục mới / a folder that does not exist yet")],
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Không kèm khoá: khoá được giữ nơi khác / keys are kept elsewhere")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sao lưu trong khi trục chạy: sổ, khoá, bảng dịch riêng, cấu hình / back up while the gateway runs."""
    settings = context.settings()
    if not is_embedded(settings):
        fail(_POSTGRES, 2)
    if (ledger := ledger_file(settings)) is None:
        fail(_NO_FILE, 2)
    with tracked("sao lưu / backing up", None) as step:
        made = make_backup(
            settings.data_dir,
            context.config_file(),
            target,
            ledger=ledger,
            keys=not without_keys,
            progress=lambda done, _: step(done),
        )
    size = sum(one["bytes"] for one in made.files.values())
    text = [f"[green]✓[/] {target}: {len(made.files)} tệp / files, {size / 1e6:.1f} MB, {made.made_at}"]
    if made.keys:
        text.append(_HOLDS_KEYS)
    give({"path": str(target), **asdict(made)}, as_json=as_json, text=text)


def restore(
    source: Annotated[
        Path | None,
        typer.Argument(help="Thư mục sao lưu; không có: PostgreSQL đã được khôi phục / none: PostgreSQL was"),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Khôi phục, rồi tạm dừng mọi nơi nhận cho đến khi có người cho chạy / restore, then pause everything."""
    settings = context.settings()
    embedded = is_embedded(settings)
    if embedded and source is None:
        fail("Hãy chỉ ra thư mục sao lưu. / Name the folder of the backup.", 2)
    if not embedded and source is not None:
        fail(_POSTGRES, 2)
    if embedded and ledger_file(settings) is None:
        fail(_NO_FILE, 2)
    say(_BEFORE)
    if not yes and not typer.confirm("Khôi phục? / Restore?", err=True):
        raise typer.Exit(1)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    if source is not None:
        made_at = put_back(source, settings.data_dir, ledger_file(settings))
    done = asyncio.run(make_safe(settings, made_at, f"cli:{getpass.getuser()}"))
    text = [
        f"[green]✓[/] {done.made_at}; cân đối / balance {done.balance['balance']}; mở / open {done.balance['open']}",
        f"• tạm dừng / paused: {', '.join(done.paused) or '–'}",
        f"• sẽ chờ người / will wait for a person: {done.doubtful}",
        "→ lienthong serve; người gửi gửi lại / senders send again; lienthong uncertain list",
        "→ lienthong reconcile portal; rồi / then: lienthong resume NƠI-NHẬN",
    ]
    give(asdict(done), as_json=as_json, text=text)
