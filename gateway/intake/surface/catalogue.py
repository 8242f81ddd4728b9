"""Mappings and code lists over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import ANY_TEXT, COMMAND_FAILS, DAY, TEXT, Route, an_object


def _catalogue(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about mappings and code lists; a POST takes JSON, and changes or tries what is an administrator's."""
    how: dict[str, Any] = {"access": "client"}
    if method == "POST":
        how = {"access": "administrator", "takes": (body.JSON,), "fails": COMMAND_FAILS}
    return Route(method, path, name, vi, en, group="catalogue", **how | more)


ROUTES = (
    _catalogue("GET", "/v1/mappings", "listMappings", "Các bảng dịch và phiên bản", "Mappings and their versions"),
    _catalogue(
        "GET",
        "/v1/mappings/{system}/{type}",
        "getMapping",
        "Một phiên bản, nguyên văn",
        "One version with its text",
        query=("version",),
        fails=(404, 422),
    ),
    _catalogue(
        "POST",
        "/v1/mappings/{system}/{type}/preview",
        "previewMapping",
        "Xem trước một tài liệu được dịch thành gì; không gửi, không lưu",
        "Preview what a document becomes; nothing is sent or stored",
        access="client",
    ),
    _catalogue(
        "POST",
        "/v1/mappings/trial",
        "tryMapping",
        "Chạy thử một phiên bản trên các thông điệp đã lưu, từng trang",
        "Try a version on stored messages, page by page",
    ),
    _catalogue(
        "POST",
        "/v1/mappings/publish",
        "publishMapping",
        "Công bố một phiên bản, có hiệu lực từ một ngày",
        "Publish a version, in force from a day on",
    ),
    _catalogue(
        "POST",
        "/v1/mappings/{system}/{type}/withdraw",
        "withdrawMapping",
        "Rút một phiên bản riêng của tỉnh",
        "Withdraw one of the province's own versions",
    ),
    _catalogue("GET", "/v1/codelists", "listCodeLists", "Các danh mục mã", "Code lists"),
    _catalogue(
        "GET",
        "/v1/codelists/{name}",
        "getCodeList",
        "Một danh mục với các dòng",
        "One list with its rows",
        fails=(404,),
    ),
    _catalogue(
        "GET",
        "/v1/codelists/{name}/refreshed",
        "getRefreshed",
        "Danh mục mới của Cổng DVCQG khác gì: mã thêm, bỏ, đổi tên",
        "What the portal's newest catalogue changes: added, removed, renamed",
        access="viewer",
        fails=(403, 404, 422),
    ),
    _catalogue(
        "POST",
        "/v1/codelists/{name}/import",
        "importCodeList",
        "Nhập dòng vào danh mục: không có fingerprint thì chỉ lập kế hoạch",
        "Import rows into a list: without a fingerprint, only plan it",
    ),
    _catalogue(
        "GET",
        "/v1/suggestions",
        "getSuggestions",
        "Mã chưa có ánh xạ và các mã gần nhất",
        "Unmapped codes with the nearest ones",
        access="viewer",
        query=("list",),
        fails=(403, 422),
    ),
)

_TABLE: dict[str, Any] = {"type": "string", "minLength": 1, "description": "YAML, như tệp mapping.yaml / as on disk"}
_ROW: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("canonical", "foreign"), TEXT),
        **dict.fromkeys(("vi", "en", "note"), ANY_TEXT),
        **dict.fromkeys(("valid_from", "valid_to"), DAY),
    },
    "required": ["canonical", "foreign"],
    "additionalProperties": False,
}

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "previewMapping": an_object(
        (),
        document={"type": "object", "description": "một trong hai: document, text / one of document and text"},
        text={"type": "string", "description": "XML hoặc JSON như trên đường truyền / as on the wire"},
        back={"type": "boolean"},
        on=DAY,
        version=TEXT,
        table=_TABLE,
    ),
    "tryMapping": an_object(
        ("table", "reason"),
        table=_TABLE,
        reason=TEXT,
        before={"type": "integer", "minimum": 0},
        limit={"type": "integer", "minimum": 0, "maximum": 200},
    ),
    "publishMapping": an_object(
        ("table", "reason"),
        table=_TABLE,
        reason=TEXT,
        effective_from=DAY,
        accept_failures={"type": "boolean"},
        last={"type": "integer", "minimum": 0, "maximum": 100_000},
    ),
    "withdrawMapping": an_object(("version", "reason"), version=TEXT, reason=TEXT),
    "importCodeList": an_object(
        (),
        file_name=TEXT,
        content={"type": "string", "contentEncoding": "base64", "description": "CSV, XLSX"},
        sheet=TEXT,
        rows={"type": "array", "items": _ROW, "minItems": 1, "maxItems": 1000},
        whole={"type": "boolean"},
        new=an_object(("vi", "en"), vi=TEXT, en=TEXT),
        fingerprint={
            "type": "string",
            "description": "kế hoạch đã xem; không có: chỉ xem / the plan seen; else only plan",
        },
        reason=TEXT,
    ),
}
"""What each command takes, by the name of its route."""
