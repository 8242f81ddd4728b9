"""What a page of another site makes a browser send, with the cookie of somebody who is signed in."""

from __future__ import annotations

from typing import Any

from tests.security.negative.case import JSON, Ask, Case, refused

PAUSE = "/v1/destinations/national_portal/pause"
WHY = {"reason": "không phải tôi"}
_TOKEN, _ORIGIN = "CSRF_TOKEN", "CSRF_ORIGIN"
_METHOD = "the method is wrong, no route was reached; the log has a line"


def _made(
    name: str,
    code: str,
    headers: dict[str, str],
    path: str = PAUSE,
    route: str = "pauseDestination",
    who: str = "operator",
    body: Any = WHY,
) -> Case:
    ask = Ask("POST", path, who=who, headers=headers, body=body, content=JSON)
    return Case(name, ask, 403, code, refused(route, who))


CASES = (
    _made("no token", _TOKEN, {"X-CSRF-Token": ""}),
    _made("a token somebody made up", _TOKEN, {"X-CSRF-Token": "A" * 43}),
    _made("the token of another session", _TOKEN, {"X-CSRF-Token": "<viewer_csrf>"}),
    _made("the session itself as its token", _TOKEN, {"X-CSRF-Token": "<session>"}),
    _made("the token in the body instead of the header", _TOKEN, {"X-CSRF-Token": ""}, body=WHY | {"csrf": "<csrf>"}),
    _made("the token in the address instead of the header", _TOKEN, {"X-CSRF-Token": ""}, PAUSE + "?csrf=<csrf>"),
    _made("the right token from another site's page", _ORIGIN, {"Origin": "https://evil.example.invalid"}),
    _made("the right token from a page with no origin", _ORIGIN, {"Origin": "null"}),
    _made("the right token from a host that only begins right", _ORIGIN, {"Origin": "<address>.evil.example.invalid"}),
    _made("the right token from another port of this machine", _ORIGIN, {"Origin": "http://127.0.0.1:1"}),
    _made("the right token across sites", _ORIGIN, {"Sec-Fetch-Site": "cross-site"}),
    _made("the right token from a sister site", _ORIGIN, {"Sec-Fetch-Site": "same-site"}),
    _made(
        "a discarded delivery without a token",
        _TOKEN,
        {"X-CSRF-Token": ""},
        "/v1/deliveries/<delivery>/discard",
        "discardDelivery",
    ),
    _made(
        "a body opened without a token",
        _TOKEN,
        {"X-CSRF-Token": ""},
        "/v1/messages/<message>/body",
        "openBody",
        body={"purpose": "xem"},
    ),
    _made(
        "a user made without a token",
        _TOKEN,
        {"X-CSRF-Token": ""},
        "/v1/users",
        "addUser",
        "administrator",
        {"name": "ke-la", "role": "administrator", **WHY},
    ),
    _made(
        "a key rotated without a token", _TOKEN, {"X-CSRF-Token": ""}, "/v1/keys/rotate", "rotateKeys", "administrator"
    ),
    _made(
        "a key for a sender without a token",
        _TOKEN,
        {"X-CSRF-Token": ""},
        "/v1/clients",
        "addClient",
        "administrator",
        {"name": "ke-la", **WHY},
    ),
    _made("somebody signed out without a token", _TOKEN, {"X-CSRF-Token": ""}, "/v1/session/end", "signOut", body={}),
    _made(
        "a password changed without a token",
        _TOKEN,
        {"X-CSRF-Token": ""},
        "/v1/me/password",
        "changeOwnPassword",
        body={"old": "a", "new": "b"},
    ),
    Case(
        "a form as a browser can send it anywhere",
        Ask("POST", PAUSE, who="operator", body=b"reason=x", content="application/x-www-form-urlencoded"),
        415,
        "CONTENT_TYPE",
        refused("pauseDestination", "operator"),
    ),
    Case(
        "a command in the clothes of plain text",
        Ask("POST", PAUSE, who="operator", body=WHY, content="text/plain"),
        415,
        "CONTENT_TYPE",
        refused("pauseDestination", "operator"),
    ),
    Case("a change by a question", Ask("GET", PAUSE + "?reason=x", who="operator"), 405, "METHOD_NOT_ALLOWED", _METHOD),
    Case("a sign-out by a picture", Ask("GET", "/v1/session/end", who="operator"), 405, "METHOD_NOT_ALLOWED", _METHOD),
    Case(
        "a method that is only said in a header",
        Ask("GET", "/v1/keys/rotate", who="administrator", headers={"X-HTTP-Method-Override": "POST"}),
        405,
        "METHOD_NOT_ALLOWED",
        _METHOD,
    ),
)
