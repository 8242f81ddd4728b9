"""What went wrong, over HTTP: groups by cause, and what a person does about one delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, SHORT, TEXT, Route, an_object


def _trouble(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about what went wrong: viewers look; a POST takes a command, an operator's."""
    how: dict[str, Any] = {"access": "viewer", "fails": (403, 404, 409, 422)}
    if method == "POST":
        how = {"access": "operator", "takes": (body.JSON,), "fails": COMMAND_FAILS}
    return Route(method, path, name, vi, en, **how | more)


_GROUP = "/v1/groups/{fingerprint}"
_DELIVERY = "/v1/deliveries/{id}"
ROUTES = (
    _trouble(
        "GET",
        _DELIVERY + "/decide",
        "getDecision",
        "Một lượt có thể đã được nhận: hậu quả của từng lựa chọn",
        "One that may have been taken: what each choice leads to",
    ),
    _trouble(
        "POST",
        _DELIVERY + "/decide",
        "decideDelivery",
        "Quyết định thay hệ thống đích: taken, send_again, give_up",
        "Decide what the target cannot prove: taken, send_again, give_up",
    ),
    _trouble(
        "POST",
        _DELIVERY + "/supersede",
        "supersedeDelivery",
        "Cho là đã được thay thế, có lý do",
        "Say that something newer made it needless, with a reason",
    ),
    _trouble(
        "POST",
        _DELIVERY + "/skip",
        "skipDelivery",
        "Bỏ qua lượt dead hoặc refused đang giữ làn, có lý do",
        "Let the lane go on without its dead or refused head, with a reason",
    ),
    _trouble(
        "POST",
        _DELIVERY + "/hurry",
        "hurryDelivery",
        "Thử ngay lượt đang chờ đến hẹn, có lý do",
        "Try a waiting delivery now, with a reason",
    ),
    _trouble(
        "GET",
        _DELIVERY + "/edit",
        "getEdit",
        "Nội dung để sửa và các trường bị khóa; người mở được ghi vết",
        "The document to edit and its locked fields; who opens it is audited",
        access="operator",
        query=("purpose",),
        fails=(403, 404, 409, 410, 422, 503),
    ),
    _trouble(
        "POST",
        _DELIVERY + "/edit",
        "editDelivery",
        "Sửa rồi gửi lại: một thông điệp mới, bản gốc giữ nguyên",
        "Edit and send again: a new message, the original stays",
        fails=(*COMMAND_FAILS, 410),
    ),
    _trouble(
        "GET",
        "/v1/groups",
        "listGroups",
        "Các nhóm lỗi theo nguyên nhân",
        "Failure groups by cause",
        query=("state",),
        fails=(403, 422),
    ),
    _trouble(
        "GET",
        _GROUP,
        "getGroup",
        "Một nhóm lỗi: ai sửa được, bấm gì",
        "One failure group: who can fix it, what to press",
        fails=(403, 404),
    ),
    _trouble("POST", _GROUP + "/note", "noteGroup", "Ghi chú; còn lại khi lỗi tái diễn", "Write a note, which stays"),
    _trouble("POST", _GROUP + "/owner", "ownGroup", "Ai lo nhóm này", "Say who looks after it"),
    _trouble("POST", _GROUP + "/name", "nameGroup", "Đặt tên cho mã lỗi chưa biết", "Name an unknown failure"),
    _trouble(
        "POST",
        _GROUP + "/mute",
        "muteGroup",
        "Tạm ngưng cảnh báo tới một lúc, có lý do",
        "No alerts about it until a moment, with a reason",
    ),
    _trouble("POST", _GROUP + "/unmute", "unmuteGroup", "Cảnh báo trở lại", "Alerts again"),
)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "supersedeDelivery": an_object(
        ("reason",),
        reason=TEXT,
        by={**TEXT, "description": "lượt gửi khiến lượt này thừa / the delivery that makes it needless"},
    ),
    "hurryDelivery": an_object(("reason",), reason=TEXT),
    "skipDelivery": an_object(("reason",), reason=TEXT),
    "decideDelivery": an_object(
        ("choice", "reason"),
        choice={"enum": ["taken", "send_again", "give_up"]},
        reason=TEXT,
        attempt={"type": "integer", "minimum": 1, "description": "lần gửi đã xem / the attempt that was looked at"},
    ),
    "editDelivery": an_object(
        ("data", "reason"),
        data={"type": "object", "description": "toàn bộ tài liệu đã sửa / the whole corrected document"},
        reason=TEXT,
        unlock={"type": "boolean", "description": "cho sửa trường bị khóa / lets locked fields change"},
    ),
    "noteGroup": an_object(("note",), note={"type": "string", "maxLength": 4000}, reason=TEXT),
    "ownGroup": an_object(("owner",), owner=SHORT, reason=TEXT),
    "nameGroup": an_object(("vi", "en"), vi=SHORT, en=SHORT, reason=TEXT),
    "muteGroup": an_object(("until", "reason"), until={**TEXT, "format": "date-time"}, reason=TEXT),
    "unmuteGroup": an_object((), reason=TEXT),
}
"""What each command takes, by the name of its route."""
