"""The key ring over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, TEXT, Route, an_object


def _key(method: str, path: str, name: str, vi: str, en: str) -> Route:
    """A route about keys, an administrator's."""
    more: dict[str, Any] = (
        {"takes": (body.JSON,), "fails": COMMAND_FAILS} if method == "POST" else {"fails": (403, 503)}
    )
    return Route(method, f"/v1/keys{path}", name, vi, en, "administrator", group="proof", **more)


ROUTES = (
    _key("GET", "", "listKeys", "Các khóa niêm phong", "The keys that seal and open"),
    _key("POST", "/rotate", "rotateKeys", "Xoay khóa: khóa mới niêm phong từ nay", "Rotate: a new key seals"),
    _key(
        "POST",
        "/search/rotate",
        "rotateSearchKey",
        "Xoay khóa tìm: số của người dân được băm lại trong nền",
        "Rotate the search key: people's numbers are hashed anew in the background",
    ),
    _key("POST", "/add", "addKey", "Thêm khóa, chưa dùng; để chép sang máy khác", "Add a key that does not seal yet"),
    _key("POST", "/{id}/use", "useKey", "Dùng khóa này để niêm phong", "Let this key seal"),
    _key("POST", "/{id}/drop", "dropKey", "Bỏ khóa không còn gì cần", "Forget a key that nothing needs"),
)

_REASON = an_object(("reason",), reason=TEXT)
SCHEMAS: Mapping[str, dict[str, Any]] = dict.fromkeys(
    ("rotateKeys", "rotateSearchKey", "addKey", "useKey", "dropKey"), _REASON
)
"""What each command takes, by the name of its route."""
