"""Reconciliations with a system over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, PAGE, TEXT, Access, Route
from gateway.ledger.drift.port import DRIFTED


def _reconciliation(method: str, path: str, name: str, vi: str, en: str, **more: Any) -> Route:
    """A route about comparing with a destination; viewers look, operators steer."""
    access: Access = "operator" if method == "POST" else "viewer"
    fails: tuple[int, ...] = COMMAND_FAILS if method == "POST" else (403, 404, 422)
    takes = (body.JSON,) if method == "POST" else ()
    place = f"/v1/reconciliations{path}"
    return Route(method, place, name, vi, en, access, takes=takes, fails=fails, group="reconciliation", **more)


ROUTES = (
    _reconciliation(
        "POST",
        "",
        "startReconciliation",
        "Bắt đầu đối soát: hỏi Cổng DVCQG đang giữ gì về các hồ sơ trong một khoảng thời gian",
        "Begin a reconciliation: ask the portal what it holds of the dossiers of a period",
        gives=((202, body.JSON),),
    ),
    _reconciliation("GET", "", "listReconciliations", "Các lượt đối soát", "Reconciliations", query=PAGE),
    _reconciliation("GET", "/{id}", "getReconciliation", "Một lượt đối soát", "One reconciliation with its counts"),
    _reconciliation(
        "GET",
        "/{id}/items",
        "listReconciliationItems",
        "Các hồ sơ của một lượt đối soát: ta và họ",
        "The dossiers of a reconciliation: ours and theirs",
        query=("kind", "sent", *PAGE),
    ),
    _reconciliation("POST", "/{id}/pause", "pauseReconciliation", "Tạm dừng", "Pause it"),
    _reconciliation("POST", "/{id}/continue", "continueReconciliation", "Chạy tiếp", "Let it go on"),
    _reconciliation("POST", "/{id}/cancel", "cancelReconciliation", "Huỷ", "Cancel it"),
    _reconciliation(
        "POST",
        "/{id}/send",
        "sendDifference",
        "Gửi lại phần lệch, từng bậc một",
        "Send the difference again, stair by stair",
    ),
)

WHEN: dict[str, Any] = {"type": "string", "description": "2025-03-10 hoặc / or 2025-03-10T00:00:00+07:00"}


def _command(*required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, "reason": TEXT},
        "required": [*required, "reason"],
        "additionalProperties": False,
    }


SCHEMAS: Mapping[str, dict[str, Any]] = {
    "startReconciliation": _command("since", destination=TEXT, since=WHEN, until=WHEN),
    "sendDifference": _command(
        kinds={"type": "array", "items": {"enum": list(DRIFTED)}, "minItems": 1, "uniqueItems": True}
    ),
    **{f"{verb}Reconciliation": _command() for verb in ("pause", "continue", "cancel")},
}
