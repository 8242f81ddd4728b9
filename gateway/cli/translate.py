"""`lienthong map`: see what a document becomes, in either direction, without sending or storing anything."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import context
from gateway.cli.context import AsJson
from gateway.cli.words import cell, fail, give, say
from gateway.errors import NotFoundError
from gateway.operations.judge import Judge
from gateway.operations.live import LocalProcedures, load_catalogue, own_folder
from gateway.operations.preview import Wanted, preview
from gateway.operations.refused import ContentRefused


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("map")(show)


def show(
    name: Annotated[str, typer.Argument(help="Bảng dịch / mapping, e.g. national_portal/dossier.recorded.v1")],
    file: Annotated[
        Path,
        typer.Argument(
            help="Tài liệu: `data` của sự kiện hoặc cả sự kiện; với --back: JSON hay XML của hệ thống đích / "
            "data or a whole event; with --back what the other side sends"
        ),
    ],
    back: Annotated[bool, typer.Option("--back", help="Chiều ngược lại / the other direction")] = False,
    on: Annotated[str, typer.Option("--on", help="Phiên bản của ngày này / version of that day, e.g. 2025-06-12")] = "",
    version: Annotated[str, typer.Option("--version", help="Phiên bản theo nhãn / a version by its label")] = "",
    table: Annotated[
        Path | None, typer.Option("--table", help="Bảng chưa công bố / a table that is not published")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Xem trước một tài liệu được dịch thành gì / preview what a document becomes."""
    settings = context.settings()
    catalogue = load_catalogue(own_folder(settings.data_dir))
    candidate = read_text(table) if table else None
    wanted = Wanted(name, day(on, "--on"), version or None, candidate)
    judge = Judge(settings.codes, LocalProcedures(catalogue))
    try:
        made = preview(catalogue, judge, wanted, read_bytes(file), back=back)
    except NotFoundError as exc:
        fail(str(exc), 2)
    except ContentRefused as exc:
        fail(str(exc))
    if as_json:
        give(made, as_json=True, text="")
        return
    for warning in made["warnings"]:
        say(f"⚠ {cell(warning['code'])} {cell(warning['message'])}")
    if made["text"] is not None:
        sys.stdout.write(made["text"] + "\n")
    else:
        give(made["document"], as_json=True, text="")


def day(text: str, option: str) -> date | None:
    """The day an option names; None where it was not given. Ends with exit 2 for what is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{option}: cần một ngày như 2025-06-12 / a day like 2025-06-12 is needed", 2)


def read_bytes(file: Path) -> bytes:
    """What a file holds; `-` is standard input. Ends with exit 2 where it cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as exc:
        fail(f"{file}: {exc.strerror}", 2)


def read_text(file: Path) -> str:
    """The text of a file. Ends with exit 2 where it cannot be read as UTF-8."""
    try:
        return read_bytes(file).decode()
    except UnicodeDecodeError:
        fail(f"{file}: không phải UTF-8 / not UTF-8", 2)
