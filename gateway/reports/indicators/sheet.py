"""The indicators as files: an XLSX workbook and a CSV, each with the question it answers inside it. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.reports.cells import plain

Cells = Sequence[Any]

_QUERY = ("câu hỏi / query", "giá trị / value")
_CRITERIA = (
    "mã / id", "tiêu chí", "criterion", "trạng thái / state", "tử số / numerator", "mẫu số / denominator",
    "tỷ lệ / ratio", "điểm tối đa / max", "trọng số / weight", "điểm / points",
)  # fmt: skip
_TARGETS = (
    "mục tiêu", "target", "năm / year", "cấp / level", "cần / share wanted", "tử số / numerator",
    "mẫu số / denominator", "đạt / share", "đạt mục tiêu / met", "còn thiếu / gap",
)  # fmt: skip
_COLUMNS: Mapping[str, str] = {
    "agency": "cơ quan / agency", "level": "cấp / level", "procedure": "thủ tục / procedure", "day": "ngày / day",
    "received": "tiếp nhận / received", "online": "trực tuyến / online",
    "online_by_account": "trực tuyến có tài khoản / online with account", "fee_bearing": "có phí / fee-bearing",
    "paid_online": "thanh toán được xác nhận / payment confirmed",
    "paid_declared": "thanh toán theo khai báo / payment declared", "digitised": "số hóa / digitised",
    "reusable": "có thành phần dùng lại được / reusable", "reused": "đã dùng lại / reused",
    "synchronised": "đồng bộ / synchronised", "finished": "xong / finished",
    "judged": "xong, có hẹn trả / finished, with a due date",
    "in_time": "đúng hạn / in time", "results": "có kết quả / with a result",
    "electronic_results": "kết quả điện tử / electronic result", "working_seconds": "giây làm việc / working seconds",
    "offered_received": "nhận của DVC trực tuyến / received, of online services",
    "offered_online": "trực tuyến của DVC trực tuyến / online, of online services", "overdue": "quá hạn / overdue",
    "mean_working_hours": "giờ làm việc trung bình / mean working hours",
}  # fmt: skip
STATES: Mapping[str, str] = {
    "measured": "đo được / measured",
    "empty": "không áp dụng / not applicable",
    "elsewhere": "nguồn khác / measured elsewhere",
}
MET: Mapping[bool | None, str] = {
    True: "đạt / met",
    False: "chưa đạt / not met",
    None: "chưa có số / nothing to measure",
}


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"


def as_xlsx(report: Mapping[str, Any]) -> bytes:
    """A workbook: the question, criteria, targets, and the counts by unit, day and procedure, each on a sheet."""
    from openpyxl import Workbook  # noqa: PLC0415 - 20 MiB and a moment that only who wants a workbook pays for

    book = Workbook(write_only=True)
    for title, rows in _sheets(report):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([plain(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(report: Mapping[str, Any]) -> bytes:
    """Criteria, their other readings and targets, a row each; every row says what was asked. UTF-8 with its mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    asked = " ".join(f"{name}={value}" for name, value in _query(report))
    writer.writerow(("câu hỏi / query", "loại / kind", *_CRITERIA, "mục tiêu / target", "còn thiếu / gap"))
    for row in _criteria(report):
        writer.writerow([plain(value) for value in (asked, "criterion", *row, None, None)])
    for one in report["targets"]:
        row = (
            f"{one['measure']} {one['year']} {one['level']}", one["vi"], one["en"], MET[one["met"]], one["numerator"],
            one["denominator"], one["share"], None, None, None, one["target"], one["gap"],
        )  # fmt: skip
        writer.writerow([plain(value) for value in (asked, "target", *row)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _sheets(report: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[Cells]]]:
    yield "Câu hỏi", [_QUERY, *_query(report)]
    points = ("", "tổng", "total", "", "", "", "", report["max"], report["of"], report["points"])
    yield "Tiêu chí", [_CRITERIA, *_criteria(report), points]
    yield "Mục tiêu", [_TARGETS, *_targets(report)]
    for title, name in (("Đơn vị", "units"), ("Ngày", "days"), ("Thủ tục", "procedures")):
        rows = report.get(name, ())
        columns = [column for column in (rows[0] if rows else ()) if column != "ratios"]
        yield title, [[_COLUMNS[column] for column in columns], *([row[column] for column in columns] for row in rows)]


def _query(report: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [*report["query"].items(), *([("as_of", report["as_of"])] if "as_of" in report else [])]


def _criteria(report: Mapping[str, Any]) -> Iterator[Cells]:
    for one in report["criteria"]:
        yield (
            one["id"], one["vi"], one["en"], STATES[one["state"]], one["numerator"], one["denominator"], one["ratio"],
            one["max"], one["weight"], one["points"],
        )  # fmt: skip
        for other in one["variants"]:
            yield (
                f"{one['id']}*", other["vi"], other["en"], "", other["numerator"], other["denominator"],
                other["ratio"], None, None, None,
            )  # fmt: skip


def _targets(report: Mapping[str, Any]) -> Iterator[Cells]:
    for one in report["targets"]:
        yield (
            one["vi"], one["en"], one["year"], one["level"], one["target"], one["numerator"], one["denominator"],
            one["share"], MET[one["met"]], one["gap"],
        )  # fmt: skip
        for other in one["variants"]:
            yield (
                f"  {other['vi']}", f"  {other['en']}", one["year"], one["level"], None, other["numerator"],
                other["denominator"], other["share"], "", None,
            )  # fmt: skip


FILES: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], bytes]]] = {"xlsx": (XLSX, as_xlsx), "csv": (CSV, as_csv)}
"""Kind of a file -> its media type, and what writes it."""
