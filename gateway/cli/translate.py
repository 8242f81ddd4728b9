"""`lienthong map` and `mappings`: look at the catalogue, and see what a document becomes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from gateway.acceptance.canonical import canonical, tidy_codes
from gateway.cli.context import AsJson
from gateway.cli.words import fail, give, say, table
from mappings import Catalogue, MappingError, UnknownMapping

_mappings = typer.Typer(help="Danh mục bảng dịch / the mapping catalogue", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("map")(preview)
    app.add_typer(_mappings, name="mappings")


@_mappings.command("list")
def list_mappings(as_json: AsJson = False) -> None:
    """Mọi bảng dịch với các phiên bản / every mapping with its versions."""
    catalogue = Catalogue.load()
    found = [
        {"name": name, "version": one.version, "effective_from": one.effective_from.isoformat(), "file": one.file}
        for name in catalogue.names
        for one in catalogue.versions(name)
    ]
    columns = ("bảng dịch / mapping", "phiên bản", "hiệu lực từ", "tệp")
    give(found, as_json=as_json, text=table("", columns, (tuple(one.values()) for one in found)))


def preview(
    name: Annotated[str, typer.Argument(help="Bảng dịch / mapping, e.g. national_portal/dossier.recorded.v1")],
    file: Annotated[
        Path, typer.Argument(help="Tài liệu JSON: `data` của sự kiện, hoặc cả sự kiện / data, or a whole event")
    ],
    back: Annotated[bool, typer.Option("--back", help="Chiều ngược lại / the other direction")] = False,
    on: Annotated[str, typer.Option("--on", help="Phiên bản của ngày này / version of that day, e.g. 2025-06-12")] = "",
) -> None:
    """Xem trước một tài liệu được dịch thành gì / preview what a document becomes."""
    try:
        mapping = Catalogue.load().get(name, date.fromisoformat(on) if on else None)
        document = _document(file)
        mapped = mapping.backward(document) if back else mapping.forward(document)
    except UnknownMapping as exc:
        fail(f"{exc}", 2)
    except MappingError as exc:
        fail(f"{exc.code} {exc.pointer} → {exc.foreign}\n  {exc.vi}\n  {exc.en}")
    except (OSError, ValueError) as exc:
        fail(f"{file}: {exc}", 2)
    for warning in mapped.warnings:
        say(f"⚠ {warning.code}: {warning.vi} / {warning.en}")
    give(mapped.document, as_json=True, text="")


def _document(file: Path) -> dict[str, Any]:
    """The canonical data in a file, which may hold a whole event; in the same form as on the way through."""
    tree = canonical(orjson.loads(file.read_bytes()))
    if not isinstance(tree, dict):
        raise ValueError("cần một đối tượng JSON / a JSON object is needed")  # noqa: TRY004 - bad content, not a bad call
    data: dict[str, Any] = tree["data"] if "specversion" in tree else tree
    tidy_codes(data)
    return data
