"""Who is calling: keys, headers, cookies and passwords that prove nothing."""

from __future__ import annotations

import base64

from tests.access.people import PASSWORD
from tests.e2e.rig import ADMIN
from tests.security.negative.case import JSON, NO_REQUEST, Ask, Case, Raw, Trace, refused

LIST = "/v1/messages"
_UNKNOWN, _MISSING, _ENDED = "CREDENTIALS_UNKNOWN", "CREDENTIALS_MISSING", "SESSION_ENDED"


def _said(name: str, word: str, *, code: str = _UNKNOWN, path: str = LIST, never: tuple[str, ...] = ()) -> Case:
    """A question with this Authorization header."""
    return Case(name, Ask("GET", path, headers={"Authorization": word}), 401, code, refused("listMessages"), never)


def _cookie(name: str, value: str, code: str = _ENDED, **headers: str) -> Case:
    """A question with this cookie."""
    ask = Ask("GET", LIST, headers={"Cookie": f"lienthong_session={value}"} | headers)
    return Case(name, ask, 401, code, refused("listMessages"), ("SIGNED-BY-NOBODY",))


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


KEYS = (
    Case("nothing says who is calling", Ask("GET", LIST), 401, _MISSING, refused("listMessages")),
    Case("a message without a key", Ask(content=JSON, body={}), 401, _MISSING, refused("postMessages")),
    Case(
        "a command without a key",
        Ask("POST", "/v1/destinations/national_portal/pause", content=JSON, body={"reason": "thử"}),
        401,
        _MISSING,
        refused("pauseDestination"),
    ),
    _said("a key nobody has", "Bearer lt_khong-ai-co-khoa-nay", never=("lt_khong-ai-co-khoa-nay",)),
    _said("a key that was taken back", "Bearer <gone>"),
    _said("a key that only begins right", "Bearer <key>x"),
    _said("a key without its last letter", "Bearer lt_test_ke"),
    _said("a key in capitals", "Bearer LT_TEST_KEY"),
    _said("a key of ten thousand letters", "Bearer lt_" + "a" * 7000, never=("a" * 100,)),
    _said("an empty key", "Bearer "),
    _said("the word Bearer alone", "Bearer"),
    _said("an empty header", ""),
    _said("a key without its scheme", "<key>"),
    _said("a key as a password", basic("mot-cua", "lt_test_key")),
    _said("a key under the scheme Token", "Token <key>"),
    _said("the owner's token as a password", basic("admin", ADMIN)),
    _said("a digest of the key instead of the key", "Bearer 0d1f7b2a" + "0" * 56),
    _said("two keys in one header", "Bearer <key>, Bearer <key>"),
    _said("a key in the address", "", path=LIST + "?access_token=<key>&api_key=<key>"),
    Case(
        "two headers that say who is calling",
        Raw(
            b"GET /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer <key>\r\nAuthorization: Bearer lt_x\r\n"
            b"Connection: close\r\n\r\n"
        ),
        401,
        _UNKNOWN,
        refused("listMessages"),
    ),
    Case(
        "a certificate's header where none is taken",
        Ask(
            "GET", LIST, headers={"Client-Cert": ":AAAA:", "X-SSL-Client-Verify": "SUCCESS", "X-Forwarded-User": "root"}
        ),
        401,
        _MISSING,
        refused("listMessages"),
    ),
    Case(
        "somebody who guesses keys is not even looked at any more",
        Ask("GET", LIST, headers={"Authorization": "Bearer lt_doan-mo"}, before=20, whence="127.9.9.9"),
        429,
        "ATTEMPTS",
        Trace("refused.listMessages", reason=_UNKNOWN),
        ("lt_doan-mo",),
    ),
    Case(
        "a key with a line end that would begin another header",
        Raw(b"GET /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\rX-Role: administrator\r\n\r\n"),
        400,
        "HTTP_MALFORMED",
        NO_REQUEST,
    ),
)

SESSIONS = (
    _cookie("a cookie that is nobody's", "A" * 43),
    _cookie("a cookie one letter away from somebody's", "<session_flipped>"),
    _cookie("a cookie that is cut short", "<session_short>"),
    _cookie("a cookie that somebody chose beforehand", "SIGNED-BY-NOBODY-0123456789-0123456789-0123"),
    _cookie("a cookie of somebody who signed out", "<signed_out>"),
    _cookie("a cookie whose session was not used for too long", "<session_idle>"),
    _cookie("a cookie whose session is over, however much it is used", "<session_over>"),
    _cookie("a cookie as the ledger holds it", "<session_digest>"),
    _cookie("a session as a bearer token", "x", _UNKNOWN, Authorization="Bearer <session>"),
    _cookie("a good cookie does not help a wrong key", "<session>", _UNKNOWN, Authorization="Bearer lt_x"),
    Case(
        "a cookie of the name that browsers keep for TLS, where there is none",
        Ask("GET", LIST, headers={"Cookie": "__Host-lienthong_session=<session>"}),
        401,
        _MISSING,
        refused("listMessages"),
    ),
    Case(
        "the wrong cookie before the right one",
        Ask("GET", LIST, headers={"Cookie": "lienthong_session=AAAA; lienthong_session_=<session>"}),
        401,
        _ENDED,
        refused("listMessages"),
    ),
    Case(
        "somebody whose password others chose",
        Ask("GET", LIST, who="moi"),
        403,
        "PASSWORD_CHANGE",
        refused("listMessages", "moi"),
    ),
)


def _sign_in(name: str, body: dict[str, str], status: int, code: str, actor: str = "-", **more: str) -> Case:
    ask = Ask("POST", "/v1/session", content=JSON, body=body, headers=more)
    return Case(name, ask, status, code, refused("signIn", actor), ("sai-mat-khau", "khong-co-ai"))


SIGN_INS = (
    _sign_in("a wrong password", {"name": "tro-lai", "password": "sai-mat-khau"}, 401, "SIGN_IN_FAILED", "tro-lai"),
    _sign_in("a name nobody has", {"name": "khong-co-ai", "password": "sai-mat-khau"}, 401, "SIGN_IN_FAILED"),
    _sign_in(
        "the right password while locked out",
        {"name": "bi-khoa", "password": PASSWORD},
        429,
        "SIGN_IN_LOCKED",
        "bi-khoa",
    ),
    _sign_in(
        "somebody who may not sign in any more",
        {"name": "nghi-viec", "password": PASSWORD},
        401,
        "SIGN_IN_FAILED",
        "nghi-viec",
    ),
    _sign_in("a name that asks a database", {"name": "' OR 1=1 --", "password": "x' OR 'x'='x"}, 401, "SIGN_IN_FAILED"),
    _sign_in("a client's name and its key", {"name": "mot-cua", "password": "lt_test_key"}, 401, "SIGN_IN_FAILED"),
    _sign_in(
        "a sign-in from a page of another site",
        {"name": "viewer", "password": PASSWORD},
        403,
        "CSRF_ORIGIN",
        Origin="https://evil.example.invalid",
    ),
    _sign_in(
        "a sign-in with a role of one's own choice",
        {"name": "viewer", "password": PASSWORD, "role": "administrator"},
        422,
        "SCHEMA_ADDITIONALPROPERTIES",
    ),
    _sign_in("a password that is no text", {"name": "viewer", "password": {"$ne": ""}}, 422, "SCHEMA_TYPE"),  # type: ignore[dict-item]
)

CASES = (*KEYS, *SESSIONS, *SIGN_INS)
