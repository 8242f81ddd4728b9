"""Messages, deliveries, dossiers and the balance over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, PAGE, TEXT, Route, an_object

MESSAGE_FILTERS = ("type", "subject", "state", "destination", "since", "until", "q", "day", "unbalanced")
DELIVERY_FILTERS = (
    "destination", "state", "subject", "message", "code", "group", "since", "until", "type", "day", "counted",
)  # fmt: skip

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/messages",
        "postMessages",
        "Nhận thông điệp; chỉ trả lời 202 sau khi đã lưu bền vững",
        "Take messages; 202 only after they are durably stored",
        "client",
        person="administrator",
        takes=(body.STRUCTURED, body.BATCH, body.JSON, body.NDJSON, body.XML),
        gives=((202, body.JSON), (200, body.NDJSON)),
        fails=(400, 403, 408, 409, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET",
        "/v1/messages",
        "listMessages",
        "Danh sách thông điệp",
        "List messages",
        "client",
        query=MESSAGE_FILTERS + PAGE,
        fails=(422,),
    ),
    Route(
        "GET",
        "/v1/messages/{id}",
        "getMessage",
        "Một thông điệp và các lượt gửi",
        "One message and its deliveries",
        "client",
        fails=(404,),
    ),
    Route(
        "GET",
        "/v1/dossiers/{code}",
        "getDossier",
        "Toàn bộ lịch sử một hồ sơ",
        "The passport of one dossier",
        "client",
        fails=(404,),
    ),
    Route(
        "GET",
        "/v1/deliveries",
        "listDeliveries",
        "Danh sách lượt gửi",
        "List deliveries",
        "client",
        query=DELIVERY_FILTERS + PAGE,
        fails=(422,),
    ),
    Route(
        "POST",
        "/v1/deliveries/{id}/replay",
        "replayDelivery",
        "Gửi lại một lượt gửi đã dừng",
        "Replay a dead delivery",
        "operator",
        takes=(body.JSON,),
        fails=COMMAND_FAILS,
    ),
    Route(
        "POST",
        "/v1/deliveries/{id}/discard",
        "discardDelivery",
        "Hủy một lượt gửi, có lý do",
        "Discard a delivery, with a reason",
        "operator",
        takes=(body.JSON,),
        fails=COMMAND_FAILS,
    ),
    Route(
        "GET", "/v1/balance", "getBalance", "Bảng cân đối", "The balance sheet", "client", query=("day",), fails=(422,)
    ),
)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "replayDelivery": an_object(
        ("reason",),
        reason=TEXT,
        mapping={
            "enum": ["now", "then"],
            "description": "bảng dịch hiện hành hay của lúc đó / the mapping in force, or the one of then",
        },
    ),
    "discardDelivery": an_object(("reason",), reason=TEXT),
}
"""What each command takes, by the name of its route."""
