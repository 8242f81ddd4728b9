"""Indicators and the register of services over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, TEXT, Access, Route, an_object
from gateway.reports.indicators.sheet import CSV, XLSX

PERIOD = ("from", "to", "agency", "level")


def _route(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about indicators; viewers look, administrators change."""
    access: Access = "administrator" if method == "POST" else "viewer"
    more = (
        {"takes": (body.JSON,), "fails": COMMAND_FAILS, **more} if method == "POST" else {"fails": (403, 422), **more}
    )
    return Route(method, path, name, vi, en, access, group="indicators", **more)


ROUTES = (
    _route(
        "GET",
        "/v1/indicators",
        "getIndicators",
        "Bộ chỉ số (Quyết định 766) và mục tiêu kế hoạch trong một khoảng ngày: tử số, mẫu số, điểm",
        "Indicators (Decision 766) and targets of a period: numerators, denominators, points",
        query=PERIOD,
    ),
    _route(
        "GET",
        "/v1/indicators/export",
        "exportIndicators",
        "Bộ chỉ số thành tệp XLSX hoặc CSV (file=xlsx|csv); cần mục đích, việc xuất được ghi vào nhật ký kiểm toán",
        "Indicators as a file, XLSX or CSV (file=xlsx|csv); a purpose is needed, and the export is audited",
        query=("file", "purpose", *PERIOD),
        gives=((200, XLSX), (200, CSV)),
    ),
    _route(
        "POST",
        "/v1/indicators/recount",
        "recountIndicators",
        "Đếm lại toàn bộ từ sổ, chạy ngầm; số cũ vẫn đọc được",
        "Count everything anew from the ledger, in the background; figures stay readable",
        gives=((202, body.JSON),),
    ),
    _route(
        "GET",
        "/v1/services",
        "listServices",
        "Sổ dịch vụ công trực tuyến: các bước, hạn và bước quá hạn",
        "The register of online services: steps, due days and what is overdue",
        query=("level", "step", "overdue"),
    ),
    _route(
        "POST",
        "/v1/services/import",
        "importServices",
        "Nhập sổ dịch vụ từ CSV/XLSX: không có fingerprint thì chỉ lập kế hoạch",
        "Import the register from CSV/XLSX: without a fingerprint, only plan it",
    ),
)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "recountIndicators": an_object(("reason",), reason=TEXT),
    "importServices": an_object(
        ("file_name", "content"),
        file_name=TEXT,
        content={"type": "string", "contentEncoding": "base64", "description": "CSV, XLSX"},
        sheet=TEXT,
        whole={"type": "boolean", "description": "tệp là toàn bộ sổ / the file is the whole register"},
        fingerprint={
            "type": "string",
            "description": "kế hoạch đã xem; không có: chỉ xem / the plan seen; else only plan",
        },
        reason=TEXT,
    ),
}
"""What each command takes, by the name of its route."""
