"""Alerts and backlogs over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, PAGE, TEXT, Route, an_object
from gateway.telemetry.streaming import FILTERS

ROUTES = (
    Route(
        "GET",
        "/v1/stream",
        "getStream",
        "Theo dõi trực tiếp: nhận, lần gửi, kết thúc (Server-Sent Events); nói rõ đã lược bao nhiêu",
        "The live tail: intake, attempts, settlements (Server-Sent Events); says how many it left out",
        "viewer",
        query=FILTERS,
        gives=((200, "text/event-stream"),),
        fails=(403, 422, 503),
        group="watch",
    ),
    Route(
        "GET",
        "/v1/alerts",
        "listAlerts",
        "Cảnh báo: đang mở trước, mới nhất trước",
        "Alerts: open ones first, newest first",
        "viewer",
        query=("state", "kind", "destination", *PAGE),
        fails=(403, 422),
        group="watch",
    ),
    Route(
        "POST",
        "/v1/alerts/test",
        "testAlert",
        "Gửi thư thử tới kênh cảnh báo",
        "Send a test notice to the channels of alerts",
        "operator",
        takes=(body.JSON,),
        fails=COMMAND_FAILS,
        group="watch",
    ),
    Route(
        "GET",
        "/v1/backlog",
        "getBacklog",
        "Việc đang chờ từng nơi nhận, và bao giờ hết",
        "What waits for each destination, and when it will have gone",
        "viewer",
        fails=(403,),
        group="watch",
    ),
)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "testAlert": an_object(
        ("reason",),
        reason=TEXT,
        channel={**TEXT, "description": "không có: mọi kênh / none: every channel"},
    ),
}
"""What each command takes, by the name of its route."""
