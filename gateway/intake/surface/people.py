"""Bodies, finding people's messages, and who saw whom, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, TEXT, Route, an_object

_BODY = "/v1/messages/{id}/body"
ROUTES = (
    Route(
        "POST",
        "/v1/searches",
        "search",
        "Tìm theo mã hồ sơ, id, mã tham chiếu; theo số của người dân thì cần mục đích, có ghi vết",
        "Find by dossier code, id or payment reference; by a person's number with a purpose, which is audited",
        "viewer",
        takes=(body.JSON,),
        fails=COMMAND_FAILS,
    ),
    Route(
        "GET",
        _BODY,
        "getMaskedBody",
        "Nội dung đã che: chỉ thấy cấu trúc, mã, trạng thái, thời điểm",
        "The masked body: structure, codes, states and moments",
        "viewer",
        fails=(403, 404, 410, 503),
    ),
    Route(
        "POST",
        _BODY,
        "openBody",
        "Mở nội dung: bản nhận, bản chuẩn, bản đã gửi, trả lời; cần mục đích, có ghi vết",
        "Open the body: as received, canonical, as sent, answers; needs a purpose, which is audited",
        "operator",
        takes=(body.JSON,),
        fails=(*COMMAND_FAILS, 410),
    ),
    Route(
        "POST",
        "/v1/audit/who-saw",
        "whoSaw",
        "Ai đã xem dữ liệu của một người, khi nào, để làm gì",
        "Who saw somebody's data, when, and what for",
        "administrator",
        takes=(body.JSON,),
        fails=COMMAND_FAILS,
        group="proof",
    ),
)

_PAGE = {
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
}
_PURPOSE = {**TEXT, "maxLength": 500, "description": "để làm gì, ghi vào kiểm toán / what for, goes into the audit"}
_Q = {**TEXT, "maxLength": 200}
SCHEMAS: Mapping[str, dict[str, Any]] = {
    "search": an_object(("q",), q=_Q, purpose=_PURPOSE, **_PAGE),
    "openBody": an_object(("purpose",), purpose=_PURPOSE),
    "whoSaw": an_object(("q", "purpose"), q=_Q, purpose=_PURPOSE, **_PAGE),
}
"""What each takes, by the name of its route."""
