"""`lienthong services`: the register of online services, imported from a sheet, and what is due or overdue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.indicators import LEVELS
from gateway.cli.reach_indicators import IndicatorReach, ServiceFile, reach_indicators
from gateway.cli.words import fail, give, say, table

STEPS = {
    "approve": "phê duyệt quy trình / approve the process",
    "set_up": "cấu hình trên hệ thống / set up",
    "notify": "thông báo dùng thử / notify",
    "try": "dùng thử / try out",
    "offer": "cung cấp chính thức / offer",
    "connect": "tích hợp Cổng DVCQG / connect nationally",
    "done": "xong / done",
}
_SHOWN = 40
_services = typer.Typer(help="Sổ dịch vụ công trực tuyến / register of online services", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_services, name="services")


@_services.command("list")
def list_services(
    level: Annotated[str, typer.Option("--level", help="province, district, commune")] = "",
    step: Annotated[str, typer.Option("--step", help=f"Đang chờ bước nào / next step: {', '.join(STEPS)}")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Chỉ dịch vụ quá hạn / only what is overdue")] = False,
    as_json: AsJson = False,
) -> None:
    """Các dịch vụ, bước kế tiếp và hạn / services with their next step and when it is due."""
    asked = {"level": level, "step": step, "overdue": "true" if overdue else ""}

    async def work(gateway: IndicatorReach) -> dict[str, Any]:
        return await gateway.services({name: value for name, value in asked.items() if value})

    found = _ask(work)
    rows = [
        (one["procedure"], LEVELS[one["level"]], one["name"], STEPS[one["step"]], one["due"],
         one["overdue_days"] or None, one["cause"])
        for one in found["items"][:_SHOWN]
    ]  # fmt: skip
    columns = ("thủ tục / procedure", "cấp", "tên", "bước kế / next step", "hạn / due", "quá hạn (ngày)", "nguyên nhân")
    counts = found["counts"]
    told = (
        f"{counts['procedures']} thủ tục, {counts['procedures_eligible']} đủ điều kiện / eligible, "
        f"{counts['procedures_offered']} đã cung cấp / offered ({counts['procedures_full']} toàn trình / full), "
        f"{counts['procedures_connected']} trên Cổng DVCQG / on the national portal"
    )
    lines: list[str | Table] = [told, table("", columns, rows)]
    more = len(found["items"]) - _SHOWN
    give(found, as_json=as_json, text=[*lines, f"… và {more} nữa / and {more} more (--json)"] if more > 0 else lines)


@_services.command("import")
def import_services(
    file: Annotated[Path, typer.Argument(help="Tệp .csv hoặc .xlsx / a .csv or .xlsx file")],
    sheet: Annotated[str, typer.Option("--sheet", help="Trang tính / which sheet")] = "",
    whole: Annotated[
        bool, typer.Option("--whole", help="Tệp là toàn bộ sổ: dịch vụ không có trong tệp bị bỏ / the file is all")
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Nhập sổ từ CSV/XLSX: cho xem kế hoạch, chỉ làm khi có --yes và --reason / import: plan first."""
    try:
        content = file.read_bytes()
    except OSError as exc:
        fail(f"{file}: {exc.strerror}", 2)
    if yes:
        need_reason(reason)
    wanted = ServiceFile(file.name, content, sheet or None, whole=whole)

    async def work(gateway: IndicatorReach) -> tuple[dict[str, Any], bool]:
        planned = await gateway.plan_services(wanted)
        if not yes or not planned["steps"]:
            return planned, False
        return await gateway.apply_services(wanted, planned["fingerprint"], reason), True

    made, done = _ask(work)
    give(made | {"done": done}, as_json=as_json, text=_plan(made))
    if done:
        say("✓ Đã nhập / imported")
    elif made["steps"]:
        fail("Chưa làm gì. Thêm --reason và --yes để làm. / Nothing done yet; add --reason and --yes to do it.", 2)


def _plan(made: dict[str, Any]) -> list[str | Table]:
    told = (
        f"Kế hoạch / plan: thêm / add {made['add']}, sửa / change {made['change']}, bỏ / remove {made['remove']}, "
        f"giữ nguyên / unchanged {made['unchanged']}"
    )
    lines: list[str | Table] = [told]
    if not made["steps"]:
        return lines
    rows = (
        (one["action"], one["row"] or None, one["procedure"], LEVELS[one["level"]], one["name"],
         ", ".join(one.get("fields", ())))
        for one in made["steps"][:_SHOWN]
    )  # fmt: skip
    lines.append(table("", ("", "dòng / row", "thủ tục / procedure", "cấp", "tên", "cột / fields"), rows))
    more = len(made["steps"]) - _SHOWN
    return [*lines, f"… và {more} dòng nữa / and {more} more (--json)"] if more > 0 else lines


def _ask(work: Any) -> Any:
    async def run() -> Any:
        async with reach_indicators(context.settings()) as gateway:
            return await work(gateway)

    return reach.run(run())
