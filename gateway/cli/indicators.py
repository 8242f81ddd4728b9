"""`lienthong indicators`: the figures a province is scored on, on the screen or as a file."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli import context, reach
from gateway.cli.act import need_purpose, need_reason
from gateway.cli.context import AsJson, Purpose, Reason
from gateway.cli.reach_indicators import IndicatorReach, reach_indicators
from gateway.cli.words import fail, give, say, table
from gateway.reports.indicators.example import example
from gateway.reports.indicators.sheet import FILES, MET, STATES

LEVELS = {"province": "tỉnh", "district": "huyện", "commune": "xã", "all": "mọi cấp / all"}
_UNITS = 30
"""Units that are written out; `--json` and files give all."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("indicators")(indicators)


def indicators(
    first: Annotated[str, typer.Option("--from", help="Từ ngày / from a day; mặc định / else: đầu tháng")] = "",
    last: Annotated[
        str, typer.Option("--to", help="Đến hết ngày / to the end of a day; mặc định / else: hôm nay")
    ] = "",
    agency: Annotated[str, typer.Option("--agency", help="Cơ quan và đơn vị trực thuộc / with units below")] = "",
    level: Annotated[str, typer.Option("--level", help="province, district, commune")] = "",
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Ghi ra tệp XLSX (cần --purpose) / write a workbook")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Ghi ra tệp CSV (cần --purpose) / write a CSV")] = None,
    show_example: Annotated[bool, typer.Option("--example", help="Ví dụ tính tay / the worked example")] = False,
    recount: Annotated[
        bool, typer.Option("--recount", help="Đếm lại toàn bộ từ sổ (cần --reason) / count everything anew")
    ] = False,
    reason: Reason = "",
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """Bộ chỉ số Quyết định 766 và mục tiêu kế hoạch / indicators of Decision 766 and targets of the plan."""
    files = {kind: path for kind, path in (("xlsx", xlsx), ("csv", csv)) if path is not None}
    if recount:
        _recount(reason, as_json=as_json)
        return
    if show_example:
        report = example(context.settings().indicators)
        for kind, path in files.items():
            _write(path, FILES[kind][1](report))
    else:
        if files:
            need_purpose(purpose)
        told = {"from": first, "to": last, "agency": agency, "level": level}
        asked = {name: value for name, value in told.items() if value}
        report = _ask(lambda gateway: _collect(gateway, asked, files, purpose.strip()))
    if not files or as_json:
        give(report, as_json=as_json, text=_shown(report))


async def _collect(
    gateway: IndicatorReach, asked: dict[str, str], files: dict[str, Path], purpose: str
) -> dict[str, Any]:
    for kind, path in files.items():
        _write(path, await gateway.export(asked, kind, purpose))
    return await gateway.report(asked)


def _recount(reason: str, *, as_json: bool) -> None:
    need_reason(reason)
    told = _ask(lambda gateway: gateway.recount(reason))
    words = (
        f"Đang đếm lại {told['to_count']} thông điệp, chạy ngầm khi có `lienthong serve`. / Counting anew, behind it."
    )
    give(told, as_json=as_json, text=words)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as exc:
        fail(f"{path}: {exc.strerror}")
    say(f"✓ {path}")


def _ask(work: Any) -> Any:
    async def run() -> Any:
        async with reach_indicators(context.settings()) as gateway:
            asking: Coroutine[Any, Any, Any] = work(gateway)
            return await asking

    return reach.run(run())


def _shown(report: dict[str, Any]) -> list[str | Table]:
    lines: list[str | Table] = [" · ".join(f"{name} {value}" for name, value in report["query"].items())]
    lines += _warnings(report.get("counted"))
    lines.append(_criteria(report))
    lines.append(
        f"Tổng / total: {_number(report['points'])} / {_number(report['of'])} điểm đo được ở đây "
        f"(thang / of {_number(report['max'])})"
    )
    lines.append(_targets(report["targets"]))
    return [*lines, *_units(report.get("units", []))]


def _warnings(counted: dict[str, Any] | None) -> list[str | Table]:
    if counted is None:
        return []
    lines: list[str | Table] = []
    if counted["behind"] or counted["recounting"]:
        lines.append(f"⚠ Còn {counted['behind']} thông điệp chưa đếm / not counted yet.")
    if counted["unreadable"]:
        lines.append(
            f"⚠ {counted['unreadable']} bản hồ sơ không đọc được nội dung / snapshots without a readable body."
        )
    return lines


def _criteria(report: dict[str, Any]) -> Table:
    rows: list[tuple[Any, ...]] = []
    for one in report["criteria"]:
        measured = one["state"] == "measured"
        said = _percent(one["ratio"]) if measured else STATES[one["state"]]
        rows.append((one["id"], f"{one['vi']} / {one['en']}", *_parts(one), said, _number(one["points"]), one["max"]))
        rows += [
            ("", f"  {other['vi']} / {other['en']}", *_parts(other), _percent(other["ratio"]), None, None)
            for other in one["variants"]
            if measured
        ]
    rows += [("", f"{one['vi']} / {one['en']}", None, None, _number(one["points"]), one["max"])
             for one in report["groups"]]  # fmt: skip
    return table("Tiêu chí / criteria", ("", "", "tử số/mẫu số", "tỷ lệ / ratio", "điểm", "tối đa"), rows)


def _targets(targets: list[dict[str, Any]]) -> Table:
    rows: list[tuple[Any, ...]] = []
    for one in targets:
        level = LEVELS.get(one["level"], one["level"])
        gap = one["gap"] or None
        wanted = f"≥ {_percent(one['target'])}"
        rows.append(
            (f"{one['vi']} / {one['en']}", level, wanted, *_parts(one), _percent(one["share"]), MET[one["met"]], gap)
        )
        rows += [
            (f"  {other['vi']} / {other['en']}", None, None, *_parts(other), _percent(other["share"]), None, None)
            for other in one["variants"]
        ]
    columns = ("mục tiêu / target", "cấp", "cần", "tử số/mẫu số", "đạt", "", "còn thiếu / gap")
    return table("Mục tiêu kế hoạch / targets of the plan", columns, rows)


def _units(units: list[dict[str, Any]]) -> list[str | Table]:
    if not units:
        return []
    ids = [*units[0]["ratios"]]
    rows = [
        (one["agency"], LEVELS.get(one["level"], one["level"]), one["received"], one["finished"], one["overdue"],
         *(_percent(one["ratios"][name]) for name in ids))
        for one in units[:_UNITS]
    ]  # fmt: skip
    columns = ("cơ quan / agency", "cấp", "nhận", "xong", "quá hạn", *ids)
    more = len(units) - _UNITS
    made: list[str | Table] = [table("Đơn vị / units", columns, rows)]
    return [*made, f"… và {more} đơn vị nữa / and {more} more (--json, --xlsx)"] if more > 0 else made


def _parts(one: dict[str, Any]) -> tuple[str | None]:
    return (None if one["denominator"] is None else f"{one['numerator']}/{one['denominator']}",)


def _percent(share: float | None) -> str | None:
    """With one decimal, as the plan's tables are written."""
    return None if share is None else f"{share * 100:.1f} %".replace(".", ",")


def _number(points: float | None) -> str | None:
    return None if points is None else f"{points:.2f}".replace(".", ",")
