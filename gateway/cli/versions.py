"""`lienthong mappings`: the catalogue with its versions; try a new one on stored messages, publish it, withdraw it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.reach_catalogue import CatalogueReach, reach_catalogue
from gateway.cli.translate import day, read_text
from gateway.cli.words import cell, fail, give, progress, say, table
from gateway.operations import listing
from gateway.operations.candidate import canonical_schemas, dated, read_candidate
from gateway.operations.examples import prove_all
from gateway.operations.live import load_catalogue, own_folder, packaged
from gateway.operations.mappings import PAGE, TRIAL_MESSAGES
from gateway.operations.trial import BREAKS, TrialReport
from mappings import Catalogue, lint
from mappings.catalogue import today

_mappings = typer.Typer(help="Danh mục bảng dịch / the mapping catalogue", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Bảng chưa công bố / a table that is not published (mapping.….yaml)")]
Last = Annotated[
    int,
    typer.Option("--last", min=0, max=100_000, help="Số thông điệp đã lưu để thử / how many stored messages to try"),
]
Since = Annotated[
    str,
    typer.Option(
        "--from",
        help="Ngày có hiệu lực thay cho ngày trong tệp: now hoặc / instead of the file's day: now or 2025-07-01",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_mappings, name="mappings")


@_mappings.command("list")
def list_mappings(as_json: AsJson = False) -> None:
    """Mọi bảng dịch với các phiên bản / every mapping with its versions."""
    found = [{"name": one["name"], **version} for one in listing.listing(_catalogue()) for version in one["versions"]]
    rows = ((one["name"], one["version"], one["effective_from"], _standing(one), one["file"]) for one in found)
    columns = ("bảng dịch / mapping", "phiên bản", "hiệu lực từ", "", "tệp / file")
    give(found, as_json=as_json, text=table("", columns, rows))


@_mappings.command("show")
def show_mapping(
    name: Annotated[str, typer.Argument(help="Bảng dịch / mapping")],
    version: Annotated[str, typer.Option("--version", help="Phiên bản theo nhãn / a version by its label")] = "",
    as_json: AsJson = False,
) -> None:
    """In nguyên văn một phiên bản, để chép ra và sửa / the text of a version, to copy and edit."""
    found = listing.source(_catalogue(), name, version or None)
    if as_json:
        give(found, as_json=True, text="")
    else:
        sys.stdout.write(found["text"])


@_mappings.command("lint")
def run_lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Bảng chưa công bố; không có: mọi bảng đang có / else every table")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Soát bảng: trường lạ, trường không ai đọc được, mã thiếu trong danh mục… kèm số dòng / check tables, by line."""
    catalogue = _catalogue()
    found = [asdict(one) for one in lint(catalogue, canonical_schemas())] if not files else []
    for file in files or ():
        found += [asdict(one) | {"file": str(file)} for one in read_candidate(read_text(file), catalogue).findings]
    errors = sum(one["severity"] == "error" for one in found)
    lines = [_finding(one) for one in found]
    lines.append(f"{errors} lỗi / errors, {len(found) - errors} cảnh báo / warnings")
    give(found, as_json=as_json, text=lines)
    if errors:
        raise typer.Exit(1)


@_mappings.command("test")
def run_examples(
    name: Annotated[str, typer.Argument(help="Chỉ bảng dịch này / only this mapping")] = "",
    as_json: AsJson = False,
) -> None:
    """Chạy mọi ví dụ đi kèm bảng dịch, cả hai chiều / run every worked example, both directions."""
    own = own_folder(context.settings().data_dir)
    in_force = load_catalogue(own)
    if name:
        listing.find(in_force, name)
    proven = list(prove_all(packaged(), in_force, own, name or None))
    wrong = [one for one in proven if one["wrong"]]
    lines: list[str | Table] = [
        f"[red]✗[/] {cell(one['mapping'])}: {cell(words)}" for one in wrong for words in one["wrong"]
    ]
    lines.append(f"{len(proven)} ví dụ / examples, {len(wrong)} sai / wrong")
    give(proven, as_json=as_json, text=lines)
    if wrong or not proven:
        raise typer.Exit(1)


@_mappings.command("trial")
def trial(file: File, last: Last = TRIAL_MESSAGES, reason: Reason = "", as_json: AsJson = False) -> None:
    """Chạy thử trên các thông điệp đã lưu, gộp khác biệt theo trường và nguyên nhân / try it on stored messages.

    Mở nội dung nên cần --reason, có ghi vết / opens bodies, so it needs --reason and is audited.
    """
    text = read_text(file)
    need_reason(reason)

    async def work() -> tuple[dict[str, Any], TrialReport]:
        async with reach_catalogue(context.settings()) as catalogue:
            return await _try(catalogue, text, reason, last)

    candidate, report = reach.run(work())
    give({"candidate": candidate, "report": report.as_dict()}, as_json=as_json, text=_told(candidate, report))
    if report.broken:
        raise typer.Exit(1)


@_mappings.command("publish")
def publish(
    file: File,
    since: Since = "",
    last: Last = TRIAL_MESSAGES,
    accept_failures: Annotated[
        bool,
        typer.Option("--accept-failures", help="Công bố dù có thông điệp cũ không qua được / though old messages fail"),
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Chạy thử, cho xem, rồi công bố khi có --yes; luôn cần --reason / try it, publish with --yes; says why."""
    text, effective = read_text(file), today() if since == "now" else day(since, "--from")
    need_reason(reason)

    async def work() -> tuple[dict[str, Any], TrialReport]:
        async with reach_catalogue(context.settings()) as catalogue:
            if not yes:
                return await _try(catalogue, dated(text, effective) if effective else text, reason, last)
            done = await catalogue.publish(
                text, reason, effective_from=effective, accept_failures=accept_failures, last=last
            )
            return done, TrialReport.from_dict(done["report"])

    candidate, report = reach.run(work())
    give({**candidate, "report": report.as_dict(), "published": yes}, as_json=as_json, text=_told(candidate, report))
    if not yes:
        fail("Chưa công bố. Thêm --yes để làm. / Not published; add --yes to do it.", 2)
    say(
        f"✓ Đã công bố {cell(candidate['name'])} phiên bản {cell(candidate['version'])}, "
        f"hiệu lực từ {candidate['effective_from']} / published, in force from then on"
    )


@_mappings.command("withdraw")
def withdraw(
    name: Annotated[str, typer.Argument(help="Bảng dịch / mapping")],
    version: Annotated[str, typer.Argument(help="Phiên bản riêng của tỉnh / one of the province's own versions")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Rút một phiên bản đã công bố: bản trước có hiệu lực lại ngay / take a version out of force at once."""
    need_reason(reason)

    async def work() -> dict[str, Any]:
        async with reach_catalogue(context.settings()) as catalogue:
            return await catalogue.withdraw(name, version, reason)

    done = reach.run(work())
    give(done, as_json=as_json, text=f"✓ {cell(name)}: hiện dùng phiên bản / now in force: {cell(done['in_force'])}")


async def _try(catalogue: CatalogueReach, text: str, reason: str, last: int) -> tuple[dict[str, Any], TrialReport]:
    """The trial, page by page, so that a person sees it go on."""
    report, place, left = TrialReport(), None, last
    with progress("chạy thử / trying", last) as step:
        while True:
            page = await catalogue.trial_page(text, reason, place, min(PAGE, left))
            found = TrialReport.from_dict(page["report"])
            report, place = report.plus(found), page["next"]
            left -= page["messages"]
            for _ in range(page["messages"]):
                step()
            if place is None or left <= 0:
                return page["candidate"], report


def _told(candidate: dict[str, Any], report: TrialReport) -> list[str | Table]:
    follows = candidate["follows"] or "–"
    which = f"{cell(candidate['name'])}: phiên bản / version {cell(follows)} → {cell(candidate['version'])}"
    counts = f"giống hệt / alike {report.same}, hỏng thêm / newly broken {report.broken}"
    lines: list[str | Table] = [
        f"{which}, hiệu lực từ / in force from {candidate['effective_from']}",
        f"{report.messages} tài liệu / documents: {counts}",
    ]
    lines += [_finding(one) for one in candidate["findings"]]
    if report.groups:
        rows = (
            (one.count, one.field, f"{_mark(one.cause)}{one.vi} / {one.en}", ", ".join(one.examples))
            for one in report.groups
        )
        lines.append(table("", ("số lượt", "trường / field", "nguyên nhân / cause", "ví dụ / examples"), rows))
    return lines


def _finding(one: dict[str, Any]) -> str:
    mark = "[red]✗[/]" if one["severity"] == "error" else "⚠"
    return f"{mark} {cell(one['file'])}:{one['line']}: {cell(one['code'])} {cell(one['vi'])} / {cell(one['en'])}"


def _mark(cause: str) -> str:
    return "✗ " if cause in BREAKS else "✓ " if cause == "heals" else ""


def _standing(version: dict[str, Any]) -> str:
    if version["withdrawn"]:
        return "đã rút / withdrawn"
    whose = "của tỉnh / own" if version["own"] else "gói cài đặt / packaged"
    return f"● đang dùng / in force, {whose}" if version["in_force"] else whose


def _catalogue() -> Catalogue:
    return load_catalogue(own_folder(context.settings().data_dir))
