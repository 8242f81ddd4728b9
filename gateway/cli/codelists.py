"""`lienthong codelists`: look at code lists, import rows from CSV or XLSX, and find codes for what is unmapped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from uuid_utils import uuid7

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.reach_catalogue import CatalogueReach, Import, reach_catalogue
from gateway.cli.words import fail, give, say, table
from gateway.operations import listing
from gateway.operations.code_lists import NewList
from gateway.operations.list_rows import as_csv, as_rows
from gateway.operations.live import load_catalogue, own_folder
from gateway.operations.refreshed import KINDS
from mappings import Catalogue
from mappings.codelists import Entry

_SHOWN = 20
"""Steps of a plan that are written out; `--json` gives all."""
_codelists = typer.Typer(help="Danh mục mã / code lists", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Danh mục / code list (`lienthong codelists list`)")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_codelists, name="codelists")


@_codelists.command("list")
def list_lists(as_json: AsJson = False) -> None:
    """Mọi danh mục mã / every code list."""
    found = listing.lists(_catalogue())
    rows = ((one["name"], one["vi"], one["en"], one["rows"], one["in_force"], one["file"]) for one in found)
    columns = ("danh mục / list", "tên", "name", "số dòng", "hiệu lực hôm nay", "tệp / file")
    give(found, as_json=as_json, text=table("", columns, rows))


@_codelists.command("show")
def show_list(
    name: Name,
    csv: Annotated[bool, typer.Option("--csv", help="In CSV để sửa rồi nhập lại / CSV, to edit and import")] = False,
    as_json: AsJson = False,
) -> None:
    """Các dòng của một danh mục / the rows of one list."""
    found = listing.find_list(_catalogue(), name)
    if csv:
        sys.stdout.write(as_csv(found.entries))
        return
    entries = as_rows(found.entries)
    columns = ("canonical", "foreign", "vi", "en", "valid_from", "valid_to", "note")
    rows = ([entry.get(column) for column in columns] for entry in entries)
    give({**listing.list_described(found), "entries": entries}, as_json=as_json, text=table(found.vi, columns, rows))


@_codelists.command("import")
def import_rows(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Tệp .csv hoặc .xlsx / a .csv or .xlsx file")],
    sheet: Annotated[str, typer.Option("--sheet", help="Trang tính / which sheet")] = "",
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Tệp là toàn bộ danh mục: dòng không có trong tệp bị bỏ / the file is the list"),
    ] = False,
    new_vi: Annotated[str, typer.Option("--new-vi", help="Danh mục mới: tên tiếng Việt / a new list's name")] = "",
    new_en: Annotated[str, typer.Option("--new-en", help="Danh mục mới: tên tiếng Anh / in English")] = "",
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Nhập dòng từ CSV/XLSX: cho xem kế hoạch, chỉ làm khi có --yes và --reason / import rows: plan first."""
    if bool(new_vi) != bool(new_en):
        fail("Danh mục mới cần cả --new-vi và --new-en. / A new list needs both.", 2)
    try:
        content = file.read_bytes()
    except OSError as exc:
        fail(f"{file}: {exc.strerror}", 2)
    new = NewList(new_vi, new_en) if new_vi else None
    _import(Import(name, file.name, content, sheet or None, whole=whole, new=new), reason, yes=yes, as_json=as_json)


@_codelists.command("confirm")
def confirm(
    name: Name,
    code: Annotated[str, typer.Argument(help="Mã chưa có ánh xạ / the unmapped code")],
    foreign: Annotated[str, typer.Argument(help="Mã của hệ thống đích / the other side's code")],
    since: Annotated[str, typer.Option("--from", help="Có hiệu lực từ ngày / in force from, e.g. 2025-07-01")] = "",
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Xác nhận mã tương ứng cho một mã (thêm một dòng) / confirm what a code stands for: adds one row."""
    row = {"canonical": code, "foreign": foreign} | ({"valid_from": since} if since else {})
    _import(Import(name, rows=(row,)), reason, yes=yes, as_json=as_json)


@_codelists.command("refresh")
def refresh(
    name: Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}")],
    as_json: AsJson = False,
) -> None:
    """Hỏi Cổng DVCQG danh mục mới nhất; trục phải đang chạy / ask the portal for its newest catalogue."""
    kind = KINDS.get(name)
    if kind is None:
        fail(f"Cổng không cấp danh mục {name}; có / the portal feeds: {', '.join(KINDS)}", 2)
    event = {
        "specversion": "1.0",
        "id": f"catalogue/{kind}/{uuid7()}",
        "source": "urn:lienthong:cli",
        "type": "vn.lienthong.catalogue.refresh_requested.v1",
        "subject": f"catalogue/{kind}",
        "data": {"kind": kind},
    }

    async def ask() -> dict[str, Any]:
        settings = context.settings()
        address = await reach.serving(settings)
        if address is None:
            fail("Trục chưa chạy; hãy chạy ./run serve. / The gateway is not running; start it: ./run serve.")
        headers = {"Content-Type": "application/cloudevents+json", "Prefer": "wait=30"}
        async with reach.session(settings) as http:
            body = orjson.dumps(event)
            async with http.post(f"{address}/v1/messages", data=body, headers=headers) as response:
                return await reach.read(response)

    told = reach.run(ask())
    answered = "data" in told
    words = f"✓ Đã lấy; xem khác biệt / fetched; see what changes: lienthong codelists refreshed {name}"
    later = f"Đã hỏi, chưa có câu trả lời / asked, no answer yet: lienthong messages show {told.get('id', '')}"
    give(told, as_json=as_json, text=words if answered else later)


@_codelists.command("refreshed")
def refreshed(name: Name, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Danh mục mới của Cổng khác gì; nhập khi có --yes và --reason / what the portal changed; import with --yes."""

    async def ask(catalogue: CatalogueReach) -> dict[str, Any]:
        return await catalogue.refreshed(name)

    found = _run(ask)
    if not yes or not found["rows"]:
        give(found, as_json=as_json, text=_refreshed(found))
        return
    _import(Import(name, rows=tuple(found["rows"])), reason, yes=True, as_json=as_json)


def _refreshed(found: dict[str, Any]) -> list[str | Table]:
    rows = [("thêm / added", one["code"], one["name"], None) for one in found["added"]]
    rows += [("bỏ / removed", one["code"], one["name"], None) for one in found["removed"]]
    rows += [("đổi tên / renamed", one["code"], one["name"], one["was"]) for one in found["renamed"]]
    lines: list[str | Table] = [f"Lấy lúc / fetched {found['fetched_at']}"]
    if not rows:
        return [*lines, "Không có gì thay đổi. / Nothing has changed."]
    lines.append(table("", ("", "mã / code", "tên / name", "trước đây / was"), rows))
    if found["rows"]:
        lines.append(f'Nhập / import: lienthong codelists refreshed {found["list"]} --reason "…" --yes')
    return lines


@_codelists.command("suggest")
def suggest(
    name: Annotated[str, typer.Argument(help="Chỉ danh mục này / only this list")] = "",
    csv: Annotated[
        bool,
        typer.Option("--csv", help="In gợi ý tốt nhất thành CSV để xem lại rồi nhập / best ones as CSV, to review"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Mã chưa có ánh xạ trong các lượt đã dừng, và các mã gần nhất / unmapped codes and the nearest ones."""
    if csv and not name:
        fail("--csv cần tên danh mục. / --csv needs the list's name.", 2)

    async def ask(catalogue: CatalogueReach) -> dict[str, Any]:
        return await catalogue.suggest(name or None)

    found = _run(ask)
    if csv:
        sys.stdout.write(as_csv(_entry(one) for one in found["items"] if one["code"] and one["proposals"]))
        return
    give(found, as_json=as_json, text=_suggestions(found))


def _import(wanted: Import, reason: str, *, yes: bool, as_json: bool) -> None:
    async def work(catalogue: CatalogueReach) -> tuple[dict[str, Any], bool]:
        planned = await catalogue.plan_import(wanted)
        if not yes or not planned["steps"]:
            return planned, False
        return await catalogue.apply_import(wanted, planned["fingerprint"], reason), True

    if yes:
        need_reason(reason)
    made, done = _run(work)
    give(made | {"done": done}, as_json=as_json, text=_plan(made))
    if done:
        say("✓ Đã nhập, có hiệu lực ngay. Gửi lại các lượt đã dừng / done; replay what is dead:")
        say('  lienthong replay --destination … --code UNMAPPED_CODE --reason "…"')
    elif made["steps"]:
        fail("Chưa làm gì. Thêm --reason và --yes để làm. / Nothing done yet; add --reason and --yes to do it.", 2)


def _plan(made: dict[str, Any]) -> list[str | Table]:
    words = {"add": "thêm", "change": "sửa", "end": "kết thúc", "remove": "bỏ"}
    counted = ", ".join(f"{vi} / {action} {made[action]}" for action, vi in words.items())
    lines: list[str | Table] = [
        f"Kế hoạch / plan: {made['list']}: {counted}, giữ nguyên / unchanged {made['unchanged']}"
    ]
    if not made["steps"]:
        return lines
    rows = (
        (
            words[step["action"]],
            step["row"] or None,
            step["canonical"],
            step["foreign"],
            step.get("valid_from"),
            step.get("valid_to"),
            step.get("was", {}).get("foreign"),
        )
        for step in made["steps"][:_SHOWN]
    )
    columns = ("", "dòng / row", "canonical", "foreign", "từ / from", "đến / to", "trước đây / was")
    lines.append(table("", columns, rows))
    more = len(made["steps"]) - _SHOWN
    return [*lines, f"… và {more} dòng nữa / and {more} more (--json)"] if more > 0 else lines


def _suggestions(found: dict[str, Any]) -> list[str | Table]:
    rows = []
    for one in found["items"]:
        best = [f"{p['foreign']} ({p['score']:.2f}: {p['vi']} / {p['en']})" for p in one["proposals"]]
        said = one["code"] or f"({one['pointer']})"
        rows.append((one["list"], said, one["name"], one["count"], "\n".join(best) or None))
    columns = ("danh mục", "mã chưa có / unmapped", "tên", "số lượt", "gợi ý / proposals")
    lines: list[str | Table] = [table("", columns, rows)] if rows else ["Không có mã nào thiếu. / No code is missing."]
    if rows:
        lines.append('Xác nhận / confirm: lienthong codelists confirm DANH-MỤC MÃ MÃ-ĐÍCH --reason "…" --yes')
    if found["ready"]:
        lines.append(f"{found['ready']} lượt đã có mã, chỉ cần gửi lại / have their code by now: lienthong replay …")
    return lines


def _entry(one: dict[str, Any]) -> Entry:
    """The best proposal as a row. The name came with a document: no spreadsheet may take it for a formula."""
    best = one["proposals"][0]
    name = (one["name"] or best["name"]).lstrip("=+-@ \t\r\n")
    return Entry(one["code"], best["foreign"], vi=name, note=f"gợi ý {best['score']:.2f}: {best['vi']}")


def _catalogue() -> Catalogue:
    return load_catalogue(own_folder(context.settings().data_dir))


def _run(ask: Callable[[CatalogueReach], Coroutine[Any, Any, Any]]) -> Any:
    async def work() -> Any:
        async with reach_catalogue(context.settings()) as catalogue:
            return await ask(catalogue)

    return reach.run(work())
