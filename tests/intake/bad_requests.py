"""Bad requests as a table: what cannot be read, is too large, comes from a stranger, or goes nowhere."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.intake.conftest import KEY, NARROW_KEY
from tests.intake.documents import CODE, PROGRESSED, a_dossier, a_progress, an_event, with_value

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
GOOD = orjson.dumps(an_event())
DATA = orjson.dumps(a_dossier())
CE = {"ce-specversion": "1.0", "ce-id": "hs-1", "ce-source": "urn:quangbinh:motcua", "ce-subject": CODE,
      "ce-type": "vn.lienthong.dossier.recorded.v1"}  # fmt: skip


@dataclass(frozen=True)
class Case:
    name: str
    body: Any
    status: int
    errors: set[tuple[str, str]]
    content_type: str | None = STRUCTURED
    headers: dict[str, str] = field(default_factory=dict)
    key: str | None = KEY
    method: str = "POST"
    path: str = "/v1/messages"


def raw(old: str, new: str) -> bytes:
    """The good event with its text changed, as no JSON writer would."""
    text = GOOD.decode()
    assert old in text
    return text.replace(old, new, 1).encode("utf-8", "surrogatepass")


def wrong(name: str, pointer: str, value: Any, code: str, at: str | None = None) -> Case:
    """A 422 for one value at one place."""
    return Case(name, with_value(pointer, value), 422, {(code, pointer if at is None else at)})


UNREADABLE = [
    Case("empty body", b"", 400, {("BODY_EMPTY", "")}),
    Case("blank body", b"  \n", 400, {("BODY_EMPTY", "")}),
    Case("cut off in the middle", GOOD[:-20], 400, {("JSON_SYNTAX", "")}),
    Case("not JSON at all", b"ho so moi", 400, {("JSON_SYNTAX", "")}),
    Case("XML under a JSON type", b"<hoso/>", 400, {("JSON_SYNTAX", "")}),
    Case("single quotes", b"{'id': 1}", 400, {("JSON_SYNTAX", "")}),
    Case("trailing comma", GOOD[:-1] + b",}", 400, {("JSON_SYNTAX", "")}),
    Case("two documents", GOOD + GOOD, 400, {("JSON_SYNTAX", "")}),
    Case("raw control character", raw("Hồ sơ mẫu", "Hồ\x01sơ"), 400, {("JSON_SYNTAX", "")}),
    Case("leading zero", raw("8000", "08000"), 400, {("JSON_SYNTAX", "")}),
    Case("duplicate attribute", raw('"id":', '"id":"hs-0","id":'), 400, {("JSON_DUPLICATE_KEY", "/id")}),
    Case("duplicate key, blanks before the colon", raw('"note":', '"note" :"a","note"\n:'), 400,
         {("JSON_DUPLICATE_KEY", "/data/note")}),
    Case("duplicate key deep inside", raw('"amount":8000', '"amount":8000,"amount":1'), 400,
         {("JSON_DUPLICATE_KEY", "/data/fees/0/amount")}),
    Case("duplicate key, once escaped", raw('"note":', '"n\\u006fte":"a","note":'), 400,
         {("JSON_DUPLICATE_KEY", "/data/note")}),
    Case("duplicate key hidden by text that looks like a key", raw("Hồ sơ mẫu", 'a\\":\\":'.replace("a", "b"))
         .replace(b'"note":', b'"level":"commune","note":'), 400, {("JSON_DUPLICATE_KEY", "/data/level")}),
    Case("NaN", raw("8000", "NaN"), 400, {("JSON_NUMBER", "")}),
    Case("Infinity", raw("8000", "Infinity"), 400, {("JSON_NUMBER", "")}),
    Case("minus Infinity", raw("8000", "-Infinity"), 400, {("JSON_NUMBER", "")}),
    Case("1e400", raw("8000", "1e400"), 400, {("JSON_NUMBER", "")}),
    Case("lone high surrogate", raw("Hồ sơ mẫu", "\\ud83d"), 400, {("JSON_SURROGATE", "")}),
    Case("lone low surrogate", raw("Hồ sơ mẫu", "\\ude00"), 400, {("JSON_SURROGATE", "")}),
    Case("surrogate as bytes", raw("Hồ sơ mẫu", "\ud83d"), 400, {("JSON_ENCODING", "")}),
    Case("NUL escaped", raw("Hồ sơ mẫu", "a\\u0000b"), 400, {("JSON_NUL", "/data/note")}),
    Case("nested 100 deep", raw('"note":"Hồ sơ mẫu"', '"note":' + "[" * 100 + "]" * 100), 400, {("JSON_DEPTH", "")}),
    Case("nested 1000 deep", raw('"note":"Hồ sơ mẫu"', '"note":' + "[" * 1000 + "]" * 1000), 400, {("JSON_DEPTH", "")}),
    Case("nested 100000 deep", b"[" * 100_000, 400, {("JSON_DEPTH", "")}),
    Case("byte order mark", b"\xef\xbb\xbf" + GOOD, 400, {("JSON_ENCODING", "")}),
    Case("UTF-16", GOOD.decode().encode("utf-16"), 400, {("JSON_ENCODING", "")}),
    Case("Latin-1 bytes", raw("Hồ sơ mẫu", "caf\u00e9").decode().encode("latin-1", "ignore"), 400,
         {("JSON_ENCODING", "")}),
    Case("charset parameter", GOOD, 400, {("JSON_ENCODING", "")}, f"{STRUCTURED}; charset=windows-1258"),
    Case("broken gzip", b"not gzip", 400, {("BODY_BROKEN", "")}, headers={"Content-Encoding": "gzip"}),
    Case("gzip cut off in the middle", gzip.compress(GOOD)[:-30], 400, {("JSON_SYNTAX", "")},
         headers={"Content-Encoding": "gzip"}),
    Case("overlong UTF-8", raw("Hồ sơ mẫu", "@@").replace(b"@@", b"\xc0\xaf"), 400, {("JSON_ENCODING", "")}),
    Case("broken UTF-8 in a field name", GOOD.replace(b'"note"', b'"n\xffte"'), 400, {("JSON_ENCODING", "")}),
    Case("NUL as a raw byte", raw("Hồ sơ mẫu", "a\x00b"), 400, {("JSON_SYNTAX", "")}),
    Case("NUL in a field name", raw('"note":', '"no\\u0000te":'), 400, {("JSON_NUL", "/data")}),
    Case("a comment", GOOD[:-1] + b"/* x */}", 400, {("JSON_SYNTAX", "")}),
    Case("plus sign before a number", raw("8000", "+8000"), 400, {("JSON_SYNTAX", "")}),
    Case("hexadecimal number", raw("8000", "0x1F40"), 400, {("JSON_SYNTAX", "")}),
    Case("lines in another charset", GOOD, 400, {("JSON_ENCODING", "")}, "application/x-ndjson; charset=latin1"),
    Case("binary mode, broken data", DATA[:-1], 400, {("JSON_SYNTAX", "/data")}, "application/json", CE),
    Case("binary mode, duplicate key", DATA.replace(b'"note":', b'"note":"a","note":'), 400,
         {("JSON_DUPLICATE_KEY", "/data/note")}, "application/json", CE),
    Case("binary mode, header not UTF-8", DATA, 400, {("HEADER_MALFORMED", "/id")}, "application/json",
         {**CE, "ce-id": "%ff"}),
    Case("batch, one element with a duplicate key", b"[" + GOOD + b"," + raw('"id":', '"id":"a","id":') + b"]", 400,
         {("JSON_DUPLICATE_KEY", "/1/id")}, BATCH),
]  # fmt: skip

TYPES_AND_SIZES = [
    Case("no content type", GOOD, 415, {("CONTENT_TYPE", "")}, None),
    Case("text/plain", GOOD, 415, {("CONTENT_TYPE", "")}, "text/plain"),
    Case("plain JSON without ce- headers", GOOD, 415, {("CONTENT_TYPE", "")}, "application/json"),
    Case("XML as text", b"<HoSo/>", 415, {("CONTENT_TYPE", "")}, "text/xml"),
    Case("XML that ends too early", b"<HoSo", 400, {("XML_MALFORMED", "")}, "application/xml"),
    Case("XML with an entity", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 400,
         {("XML_DOCTYPE", "")}, "application/xml"),
    Case("XML in windows-1258", b'<?xml version="1.0" encoding="windows-1258"?><HoSo/>', 400, {("XML_ENCODING", "")},
         "application/xml"),
    Case("XML of another kind", b"<hoso/>", 422, {("XML_ROOT", "")}, "application/xml"),
    Case("XML of another namespace", b'<HoSo xmlns="urn:other"/>', 422, {("XML_ROOT", "")}, "application/xml"),
    Case("form", b"a=1", 415, {("CONTENT_TYPE", "")}, "application/x-www-form-urlencoded"),
    Case("content type of junk", GOOD, 415, {("CONTENT_TYPE", "")}, ";;;"),
    Case("20 MB event", b" " * 20_000_000, 413, {("TOO_LARGE", "")}),
    Case("20 MB batch", b" " * 20_000_000, 413, {("TOO_LARGE", "")}, BATCH),
    Case("event just above the limit", with_value("/data/note", "x" * (1 << 20)), 413, {("TOO_LARGE", "")}),
    Case("small compressed, large inside", gzip.compress(b" " * 3_000_000), 413, {("TOO_LARGE", "")},
         headers={"Content-Encoding": "gzip"}),
    Case("1001 in a batch", b"[" + b",".join([b"{}"] * 1001) + b"]", 413, {("TOO_MANY_EVENTS", "")}, BATCH),
    Case("100001 lines", b"\n" * 100_000, 413, {("TOO_MANY_EVENTS", "")}, "application/x-ndjson"),
    Case("20 MB of lines", b"\n" * 20_000_000, 413, {("TOO_LARGE", "")}, "application/x-ndjson"),
    Case("one large event in a batch", b"[" + with_value("/data/note", "x" * (1 << 20)) + b"]", 413,
         {("TOO_LARGE", "/0")}, BATCH),
]  # fmt: skip

ACCESS = [
    Case("no key", GOOD, 401, {("CREDENTIALS_MISSING", "")}, key=None),
    Case("wrong key", GOOD, 401, {("CREDENTIALS_UNKNOWN", "")}, key="lt_sai"),
    Case("a key of 600 characters", GOOD, 401, {("CREDENTIALS_UNKNOWN", "")}, key="lt_" + "x" * 600),
    Case("an empty key", GOOD, 401, {("CREDENTIALS_UNKNOWN", "")}, key=None, headers={"Authorization": "Bearer "}),
    Case("not a bearer key", GOOD, 401, {("CREDENTIALS_UNKNOWN", "")}, key=None,
         headers={"Authorization": "Basic bHQ6bHQ="}),
    Case("source of somebody else", with_value("/source", "urn:khac"), 403, {("SOURCE_NOT_GRANTED", "/source")}),
    Case("type and agency not granted", orjson.dumps(an_event(a_progress(), type=PROGRESSED)), 403,
         {("TYPE_NOT_GRANTED", "/type"), ("AGENCY_NOT_GRANTED", "/data/code")}, key=NARROW_KEY),
    Case("agency not granted, content broken too", with_value("/data/status", "x"), 403,
         {("AGENCY_NOT_GRANTED", "/data/agency/code"), ("AGENCY_NOT_GRANTED", "/data/code")}, key=NARROW_KEY),
    Case("one event of a batch not granted", b"[" + GOOD + b"," + with_value("/source", "urn:khac") + b"]", 403,
         {("SOURCE_NOT_GRANTED", "/1/source")}, BATCH),
]  # fmt: skip

PATHS = [
    Case("unknown state", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/messages?state=done"),
    Case("state of messages asked of deliveries", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET",
         path="/v1/deliveries?state=attention"),
    Case("limit 0", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/messages?limit=0"),
    Case("NUL in a filter", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/messages?q=a%00b"),
    Case("NUL in an id", None, 404, {("NOT_FOUND", "")}, None, method="GET", path="/v1/messages/a%00b"),
    Case("id in broken UTF-8", None, 404, {("NOT_FOUND", "")}, None, method="GET", path="/v1/messages/%ff%fe"),
    Case("slash at the end", GOOD, 404, {("NOT_FOUND", "")}, path="/v1/messages/"),
    Case("unknown path", b"", 404, {("NOT_FOUND", "")}, path="/v2/messages"),
    Case("unknown message", None, 404, {("NOT_FOUND", "")}, None, method="GET", path="/v1/messages/none"),
    Case("unknown dossier", None, 404, {("NOT_FOUND", "")}, None, method="GET", path="/v1/dossiers/none"),
    Case("unknown schema", None, 404, {("NOT_FOUND", "")}, None, method="GET", path="/schemas/none"),
    Case("path with dots", None, 404, {("NOT_FOUND", "")}, None, method="GET", path="/schemas/..%2fdefaults.toml"),
    Case("PUT", GOOD, 405, {("METHOD_NOT_ALLOWED", "")}, method="PUT"),
    Case("DELETE", None, 405, {("METHOD_NOT_ALLOWED", "")}, None, method="DELETE", path="/v1/messages/m-1"),
    Case("POST to a page", b"", 405, {("METHOD_NOT_ALLOWED", "")}, path="/healthz"),
    Case("unknown filter", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/messages?agency=1"),
    Case("limit too large", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/messages?limit=9999"),
    Case("cursor of junk", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/deliveries?cursor=x"),
    Case("since of junk", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/messages?since=hom+qua"),
    Case("day of junk", None, 422, {("QUERY_PARAMETER", "")}, None, method="GET", path="/v1/balance?day=10/03"),
    Case("list without a key", None, 401, {("CREDENTIALS_MISSING", "")}, None, method="GET", key=None),
    Case("replay by a client", b'{"reason":"x"}', 403, {("PEOPLE_ONLY", "")}, "application/json",
         path="/v1/deliveries/d-dead/replay"),
    Case("expectation nobody knows", GOOD, 417, {("EXPECTATION", "")}, headers={"Expect": "miracle"}),
]  # fmt: skip
