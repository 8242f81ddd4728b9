"""On the wire: paths and headers with tricks, bodies too large or too slow, floods, words meant for the log."""

from __future__ import annotations

import gzip
from typing import Any

from tests.e2e.rig import recorded
from tests.intake.documents import an_event
from tests.security.negative.case import (
    CONTENT,
    ELSEWHERE,
    JSON,
    LOOKING,
    NO_REQUEST,
    PACED,
    STRUCTURED,
    Ask,
    Case,
    Raw,
    Trace,
    refused,
)
from tests.security.negative.spoofing import BATCH, LINES

_HEAD = b"Host: x\r\nAuthorization: Bearer <key>\r\nConnection: close\r\n"
_POST = b"POST /v1/messages HTTP/1.1\r\n" + _HEAD + b"Content-Type: application/cloudevents+json\r\n"
_BAD = "HTTP_MALFORMED"


def _path(name: str, path: str, status: int = 404, code: str = "NOT_FOUND", leaves: str = ELSEWHERE) -> Case:
    return Case(name, Raw(f"GET {path} HTTP/1.1\r\n".encode() + _HEAD + b"\r\n"), status, code, leaves)


PATHS = (
    _path("a path that climbs out", "/v1/../../etc/passwd"),
    _path("a path that climbs out in code", "/v1/%2e%2e/%2e%2e/etc/passwd"),
    _path("a path that climbs out in code of code", "/schemas/%252e%252e%252fetc%252fpasswd"),
    _path("a schema outside the folder", "/schemas/..%2f..%2fsettings.json"),
    _path("a file of the console outside its folder", "/console/static/../../../settings.py"),
    _path("a path with backslashes", "/v1\\messages"),
    _path("a path with two slashes", "//v1/messages"),
    _path("a dot segment with a parameter", "/v1/..;/v1/keys"),
    _path("a path with NUL in code", "/v1/messages/a%00b"),
    _path("a message whose id is a path", "/v1/messages/..%2f..%2fkeys"),
    _path("NUL itself in a path", "/v1/messages\0", 400, _BAD, NO_REQUEST),
    _path("a line end in a path", "/v1/messages\rX-Role: administrator", 400, _BAD, NO_REQUEST),
    _path("a path of nine thousand letters", "/v1/messages/" + "a" * 9000, 400, _BAD, NO_REQUEST),
    _path("an id that would be a header", "/v1/dossiers/a%0d%0aSet-Cookie:%20lienthong_session=x"),
    _path("another server by the first line", "http://evil.example.invalid/v1/../keys"),
    _path("a question with a parameter twice", "/v1/messages?limit=1&limit=2", 422, "QUERY_PARAMETER", LOOKING),
    _path("a question with a parameter nobody has", "/v1/messages?role=administrator", 422, "QUERY_PARAMETER", LOOKING),
    _path("a cursor somebody made up", "/v1/messages?cursor=AAAA", 422, "QUERY_PARAMETER", LOOKING),
    _path("a cursor that asks a database", "/v1/messages?cursor=1%20OR%201=1", 422, "QUERY_PARAMETER", LOOKING),
    _path(
        "a cursor beyond all numbers", "/v1/messages?cursor=999999999999999999999999", 422, "QUERY_PARAMETER", LOOKING
    ),
    _path("a negative page", "/v1/messages?limit=-1", 422, "QUERY_PARAMETER", LOOKING),
    _path("a page of everything", "/v1/messages?limit=1000000", 422, "QUERY_PARAMETER", LOOKING),
    _path("a day that asks a database", "/v1/balance?day=2025-01-01'--", 422, "QUERY_PARAMETER", LOOKING),
)

_NUMBER = "044999000123"
FILTERS = tuple(
    Case(f"{name} as a filter", Ask("GET", path, who="viewer"), 422, "QUERY_PARAMETER", LOOKING)
    for name, path in (
        ("a person's number", f"/v1/messages?q={_NUMBER}"),
        ("a person's number with a name", f"/v1/messages?q=M%E1%BA%ABu+%C4%90%C6%A1n+{_NUMBER}"),
        ("a person's number in the place of a dossier", f"/v1/deliveries?subject=044.999.000.123&since={_NUMBER}"),
        ("a person's telephone number", "/v1/payments?subject=%2B84+900+000+001"),
        ("a person's e-mail", "/v1/stream?subject=mau.don%40example.invalid"),
    )
)


def _wire(name: str, sent: bytes) -> Case:
    return Case(name, Raw(sent), 400, _BAD, NO_REQUEST)


WIRES = (
    _wire("length and chunks", _POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"),
    _wire("two lengths", _POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
    _wire("chunks spelled otherwise", _POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    _wire("a space before the colon", _POST + b"Content-Length : 3\r\n\r\nabc"),
    _wire("a folded header", b"GET /v1/messages HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n"),
    _wire("two hosts", b"GET /v1/messages HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    _wire("no host", b"GET /v1/messages HTTP/1.1\r\n\r\n"),
    _wire("line feeds alone", b"GET /v1/messages HTTP/1.1\nHost: x\n\n"),
    _wire(
        "a header of nine thousand letters",
        b"GET /v1/messages HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 9000 + b"\r\n\r\n",
    ),
    _wire(
        "two hundred headers",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(200)) + b"\r\n",
    ),
    _wire("what is no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    Case(
        "headers that never end",
        Raw(b"GET /v1/messages HTTP/1.1\r\nHost: x\r\n", b"X-A: a\r\n"),
        408,
        "HEADERS_STALLED",
        NO_REQUEST,
    ),
    Case(
        "a body that stops in the middle",
        Raw(_POST + b"Content-Length: 100\r\n\r\n{"),
        408,
        "BODY_STALLED",
        refused("postMessages", "mot-cua"),
    ),
    Case(
        "a body that drips",
        Raw(_POST + b"Content-Length: 60000\r\n\r\n{", b" "),
        408,
        "BODY_STALLED",
        refused("postMessages", "mot-cua"),
    ),
    Case(
        "a chunk that never comes",
        Raw(_POST + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{"),
        408,
        "BODY_STALLED",
        refused("postMessages", "mot-cua"),
    ),
    Case(
        "a body whose compression is broken",
        Raw(_POST + b"Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\nabcdef"),
        400,
        "BODY_BROKEN",
        refused("postMessages", "mot-cua"),
    ),
)


def _body(
    name: str, status: int, code: str, body: Any, content: str = STRUCTURED, who: str = "mot-cua", **more: Any
) -> Case:
    return Case(name, Ask(who=who, body=body, content=content, **more), status, code, refused("postMessages", who))


_SPACES = b" " * (32 << 20)
SIZES = (
    _body("an event one byte too large", 413, "TOO_LARGE", b"{" + b" " * 65_536),
    _body("a length that promises a gigabyte", 413, "TOO_LARGE", b" " * 70_000),
    _body(
        "thirty-two million spaces in thirty thousand bytes",
        413,
        "TOO_LARGE",
        gzip.compress(_SPACES, 9),
        headers={"Content-Encoding": "gzip"},
    ),
    _body(
        "a bomb within a bomb",
        400,
        "JSON_ENCODING",
        gzip.compress(gzip.compress(_SPACES, 9), 9),
        headers={"Content-Encoding": "gzip, gzip"},
    ),
    _body("a batch of one thousand and one", 413, "TOO_MANY_EVENTS", b"[" + b",".join([b"{}"] * 1001) + b"]", BATCH),
    _body("a hundred thousand lines", 413, "TOO_MANY_EVENTS", b"{}\n" * 100_001, LINES),
    _body("a command of a hundred thousand bytes", 413, "TOO_LARGE", {"reason": "a" * 100_000}),
    _body("a picture", 415, "CONTENT_TYPE", b"\x89PNG", "image/png"),
    _body("a form with files", 415, "CONTENT_TYPE", b"--x--", "multipart/form-data; boundary=x"),
    _body("nothing at all", 400, "BODY_EMPTY", b""),
    Case(
        "more than a slow client's rate",
        Ask(who="cham", body=recorded(7, code="000.00.16.H46-250612-0777", status="kh"), content=STRUCTURED, before=1),
        429,
        "RATE",
        PACED,
    ),
)

_ESCAPES = "a\x1b[2J\x1b[31mb\nlevel=critical event=admin.login user=root"
_LINE = '{"event":"console.signed_in","level":"info","actor":"administrator"}'
_INVISIBLE = "\u202e\u2066gnp.exe\u2069"


def _logged(name: str, body: Any, status: int, code: str, leaves: Any = CONTENT, **more: Any) -> Case:
    ask = Ask(who=more.pop("who", "mot-cua"), body=body, content=more.pop("content", STRUCTURED), **more)
    return Case(name, ask, status, code, leaves, ("\x1b", "admin.login", "console.signed_in", "\u202e"))


LOGS = (
    _logged("an id that would be a line of the log", recorded() | {"id": _ESCAPES}, 422, "SCHEMA_PATTERN"),
    _logged("a subject that would be a line of the log", recorded() | {"subject": _LINE}, 422, "SCHEMA_MAXLENGTH"),
    _logged("a type that clears the screen", recorded() | {"type": "vn.\x1b[2Jx"}, 422, "SCHEMA_PATTERN"),
    _logged("a source that would be another entry", an_event(source="urn:" + _ESCAPES), 422, "SCHEMA_PATTERN"),
    _logged(
        "a source that is another's, with line ends in it",
        an_event(source="urn:x\nadmin.login"),
        403,
        "SOURCE_NOT_GRANTED",
        refused("postMessages", "xa-thu"),
        who="xa-thu",
    ),
    _logged("a client's name in an invisible order", recorded() | {"source": _INVISIBLE}, 422, "SCHEMA_PATTERN"),
    _logged(
        "a reader's name that would be an entry",
        {"reason": ""},
        422,
        "REASON_REQUIRED",
        refused("pauseDestination", "operator"),
        who="operator",
        method="POST",
        path="/v1/destinations/national_portal/pause",
        content=JSON,
        headers={"User-Agent": _LINE, "X-Request-ID": _LINE, "Referer": _LINE},
    ),
    _logged(
        "a destination whose name clears the screen",
        {"reason": "x"},
        404,
        "NOT_FOUND",
        Trace("destination.pause", "operator", "x"),
        who="operator",
        path="/v1/destinations/%1b%5b2Jdestination/pause",
        content=JSON,
    ),
    Case(
        "a name at the sign-in that would be an entry",
        Ask("POST", "/v1/session", content=JSON, body={"name": _ESCAPES, "password": "x"}),
        401,
        "SIGN_IN_FAILED",
        refused("signIn"),
        ("\x1b", "admin.login"),
    ),
)

CASES = (*PATHS, *FILTERS, *WIRES, *SIZES, *LOGS)
