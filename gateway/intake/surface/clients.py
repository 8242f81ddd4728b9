"""Clients and their keys over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, TEXT, Route, an_object


def _client(method: str, path: str, name: str, vi: str, en: str) -> Route:
    """A route about clients, an administrator's."""
    more: dict[str, Any] = {"takes": (body.JSON,), "fails": COMMAND_FAILS} if method == "POST" else {"fails": (503,)}
    return Route(method, f"/v1/clients{path}", name, vi, en, "administrator", group="clients", **more)


ROUTES = (
    _client("GET", "", "listClients", "Các hệ thống được gửi và khóa của chúng", "Who may send, and their keys"),
    _client("POST", "", "addClient", "Thêm hệ thống gửi; khóa chỉ hiện lần này", "Add a sender; its key is told once"),
    _client("POST", "/{name}/rotate", "rotateClient", "Cấp khóa mới; khóa cũ còn dùng một thời gian", "Give a new key"),
    _client("POST", "/{name}/revoke", "revokeClient", "Thu hồi một khóa, hoặc cả hệ thống gửi", "Revoke a key, or all"),
)

_WORDS = {"type": "array", "items": {**TEXT, "maxLength": 300}, "maxItems": 200}
SCHEMAS: Mapping[str, dict[str, Any]] = {
    "addClient": an_object(
        ("name", "reason"),
        name={**TEXT, "maxLength": 63},
        sources=_WORDS,
        agencies=_WORDS,
        types=_WORDS,
        rate={"type": "number", "minimum": 0, "maximum": 1_000_000},
        burst={"type": "integer", "minimum": 0, "maximum": 1_000_000},
        amqp_user={"type": "string", "maxLength": 255},
        reason=TEXT,
    ),
    "rotateClient": an_object(
        ("reason",),
        keep={"type": "string", "pattern": "^[0-9]{1,6}(ms|s|m|h|d)$", "description": "7d: khóa cũ / the old keys"},
        reason=TEXT,
    ),
    "revokeClient": an_object(("reason",), key={**TEXT, "maxLength": 100}, reason=TEXT),
}
"""What each command takes, by the name of its route."""
