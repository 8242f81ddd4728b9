"""Destinations as a whole over HTTP, and the dossiers an older system sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, MOMENT, TEXT, Access, Route, an_object

_NAMED = "/v1/destinations/{name}"


def _steering(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about destinations as a whole: viewers look, operators steer."""
    takes: dict[str, Any] = {"takes": (body.JSON,), "fails": COMMAND_FAILS} if method == "POST" else {"fails": (403,)}
    access: Access = "operator" if method == "POST" else "viewer"
    deep = "name" if path.startswith(_NAMED) else ""
    how: dict[str, Any] = {"access": access, "group": "steering", "deep": deep, **takes, **more}
    return Route(method, path, name, vi, en, **how)


ROUTES = (
    _steering(
        "GET",
        "/v1/destinations",
        "listDestinations",
        "Các nơi nhận: trạng thái, ngắt mạch, tốc độ, việc tồn",
        "Destinations: state, breaker, rate, backlog",
    ),
    _steering(
        "POST",
        f"{_NAMED}/pause",
        "pauseDestination",
        "Tạm dừng gửi tới một nơi nhận",
        "Send nothing to a destination until it is resumed",
    ),
    _steering(
        "POST",
        f"{_NAMED}/resume",
        "resumeDestination",
        "Cho gửi tiếp, theo thứ tự và tốc độ",
        "Let it go on, in order and within its rate",
    ),
    _steering(
        "POST",
        f"{_NAMED}/probe",
        "probeDestination",
        "Thử nơi nhận ngay bây giờ; thành công thì đóng ngắt mạch",
        "Try a destination now; success closes an open breaker",
    ),
    _steering(
        "GET",
        "/v1/maintenance",
        "listMaintenance",
        "Lịch bảo trì đã báo trước",
        "Announced maintenance",
        query=("past",),
        fails=(403, 422),
    ),
    _steering(
        "POST",
        "/v1/maintenance",
        "addMaintenance",
        "Báo trước một đợt bảo trì: trong đợt đó không gửi gì",
        "Announce maintenance: nothing is sent while it lasts",
    ),
    _steering(
        "POST",
        "/v1/maintenance/{id}/cancel",
        "cancelMaintenance",
        "Huỷ một đợt bảo trì",
        "Cancel announced maintenance",
    ),
    _steering(
        "POST",
        "/v1/cutover/import",
        "importCutover",
        "Nạp hồ sơ đã có ở nơi nhận: không có fingerprint thì chỉ lập kế hoạch",
        "Load dossiers a destination has already: without a fingerprint, only plan it",
        access="administrator",
    ),
)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("pauseDestination", "resumeDestination", "cancelMaintenance"), an_object(("reason",), reason=TEXT)
    ),
    "probeDestination": an_object((), reason=TEXT),
    "addMaintenance": an_object(
        ("destination", "until", "reason"),
        destination=TEXT,
        until=MOMENT,
        reason=TEXT,
        **{"from": MOMENT | {"description": "không có: từ bây giờ / absent: from now on"}},
    ),
    "importCutover": an_object(
        ("destination", "file_name", "content"),
        destination=TEXT,
        file_name=TEXT,
        content={"type": "string", "contentEncoding": "base64", "description": "CSV, XLSX"},
        sheet=TEXT,
        fingerprint={
            "type": "string",
            "description": "kế hoạch đã xem; không có: chỉ xem / the plan seen; else only plan",
        },
        reason=TEXT,
    ),
}
"""What each command takes, by the name of its route."""
