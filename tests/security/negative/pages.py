"""The console: its pages and forms for somebody who is not signed in, not of the role, or driven by another site."""

from __future__ import annotations

import gzip

from tests.access.people import PASSWORD
from tests.e2e.rig import ADMIN
from tests.security.negative.case import Ask, Case, Raw, Trace
from tests.security.negative.identities import basic

FORM = "application/x-www-form-urlencoded"
PAUSE = "/console/destinations/pause"
_FILLED = "destination=national_portal&reason=khong+phai+toi"
_OURS = {"Sec-Fetch-Site": "same-origin"}
SHOWN = "a page for whoever is not signed in, and nothing else: nobody asked for anything of theirs"


def _form(name: str, code: str, token: str, who: str = "operator", what: str = "form", **headers: str) -> Case:
    """A form that was filled in for somebody."""
    body = _FILLED + (f"&csrf={token}" if token else "")
    sent = (_OURS if not headers else {}) | {"X-CSRF-Token": ""} | headers
    ask = Ask("POST", PAUSE, who=who, headers=sent, body=body, content=FORM)
    return Case(name, ask, 403, "", Trace(f"refused.console.{what}", who, code))


def _shown(name: str, path: str = "/console/messages", **headers: str) -> Case:
    return Case(name, Ask("GET", path, headers=headers), 401, "", SHOWN)


def _sign_in(case: str, status: int, code: str, actor: str, **filled: str) -> Case:
    body = "&".join(f"{key}={value}" for key, value in filled.items())
    ask = Ask("POST", "/console/sign-in", headers=_OURS, body=body, content=FORM)
    return Case(case, ask, status, "", Trace("refused.console.signIn", actor, code), ("sai-mat-khau", "khong-co-ai"))


_LINES = b"Host: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
_SIGN_IN = b"POST /console/sign-in HTTP/1.1\r\n" + _LINES
_LANGUAGE = b"POST /console/language HTTP/1.1\r\n" + _LINES
_PAUSE = b"POST /console/destinations/pause HTTP/1.1\r\n" + _LINES + b"Cookie: lienthong_session=<session>\r\n"
_BOMB = gzip.compress(b"name=" + b"a" * (32 << 20), 9)


def _sent(case: str, status: int, code: str, sent: bytes, drip: bytes = b"", who: str = "-") -> Case:
    """A form whose body never ends, or is too much."""
    return Case(case, Raw(sent, drip), status, "", Trace("refused.console.form", who, code))


BODIES = (
    _sent("a sign-in that drips", 408, "BODY_STALLED", _SIGN_IN + b"Content-Length: 60000\r\n\r\nname=", b"a"),
    _sent("a sign-in that says no more", 408, "BODY_STALLED", _SIGN_IN + b"Content-Length: 60000\r\n\r\nname="),
    _sent("a sign-in whose chunk never comes", 408, "BODY_STALLED",
          _SIGN_IN + b"Transfer-Encoding: chunked\r\n\r\nff\r\nname="),
    _sent("a sign-in that promises a hundred thousand bytes", 413, "TOO_LARGE",
          _SIGN_IN + b"Content-Length: 100000\r\n\r\nname="),
    _sent("a sign-in of a hundred thousand bytes in one chunk", 413, "TOO_LARGE",
          _SIGN_IN + b"Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + b"a" * 100_000 + b"\r\n0\r\n\r\n"),
    _sent("a sign-in of thirty-two million letters in thirty thousand bytes", 413, "TOO_LARGE",
          _SIGN_IN + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_BOMB) + _BOMB),
    _sent("a sign-in whose compression is broken", 400, "BODY_BROKEN",
          _SIGN_IN + b"Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\nabcdef"),
    _sent("a choice of language that says no more", 408, "BODY_STALLED", _LANGUAGE + b"Content-Length: 60000\r\n\r\nb"),
    _sent("a form of somebody signed in that drips", 408, "BODY_STALLED",
          _PAUSE + b"Content-Length: 60000\r\n\r\nreason=", b"a", "operator"),
    _sent("a form of somebody signed in that is too large", 413, "TOO_LARGE",
          _PAUSE + b"Content-Length: 100000\r\n\r\nreason=", who="operator"),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *BODIES,
    _shown("a page for nobody"),
    _shown("a page for the key of a sending system", Authorization="Bearer <key>"),
    _shown("a page for the owner's token as a password", Authorization=basic("admin", ADMIN)),
    _shown("a page for a session that ended", Cookie="lienthong_session=<signed_out>"),
    _shown("a page for a session that was not used for too long", Cookie="lienthong_session=<session_idle>"),
    _shown("a page for a made up session", Cookie="lienthong_session=" + "A" * 43),
    _shown("a page that there is not, for nobody", "/console/no/such/page"),
    _form("a form without a token", "CSRF_TOKEN", ""),
    _form("a form with the token of another session", "CSRF_TOKEN", "<viewer_csrf>"),
    _form("a form with the session as its token", "CSRF_TOKEN", "<session>"),
    _form("a form of somebody who only looks", "ROLE_REQUIRED", "<viewer_csrf>", "viewer", "page"),
    _sign_in("a wrong password at the page", 401, "SIGN_IN_FAILED", "tro-lai", name="tro-lai", password="sai-mat-khau"),
    _sign_in("a name nobody has at the page", 401, "SIGN_IN_FAILED", "-", name="khong-co-ai", password="sai-mat-khau"),
    _sign_in(
        "the right password at the page while locked out",
        429,
        "SIGN_IN_LOCKED",
        "bi-khoa",
        name="bi-khoa",
        password=PASSWORD,
    ),
    _form("a form of another site", "CSRF_ORIGIN", "<csrf>", Origin="https://evil.example.invalid"),
    _form("a form across sites", "CSRF_ORIGIN", "<csrf>", **{"Sec-Fetch-Site": "cross-site"}),
    _form("a form of nobody knows where", "CSRF_ORIGIN", "<csrf>", Origin="null"),
)
