"""Everything wrong that can be sent, over real HTTP: status, codes, places, texts in both languages, nothing stored."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.intake.conftest import KEY, NARROW_KEY, Door
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
    Case("XML, not yet", b"<hoso/>", 415, {("CONTENT_TYPE", "")}, "application/xml"),
    Case("form", b"a=1", 415, {("CONTENT_TYPE", "")}, "application/x-www-form-urlencoded"),
    Case("content type of junk", GOOD, 415, {("CONTENT_TYPE", "")}, ";;;"),
    Case("20 MB event", b" " * 20_000_000, 413, {("TOO_LARGE", "")}),
    Case("20 MB batch", b" " * 20_000_000, 413, {("TOO_LARGE", "")}, BATCH),
    Case("event just above the limit", with_value("/data/note", "x" * (1 << 20)), 413, {("TOO_LARGE", "")}),
    Case("small compressed, large inside", gzip.compress(b" " * 3_000_000), 413, {("TOO_LARGE", "")},
         headers={"Content-Encoding": "gzip"}),
    Case("1001 in a batch", b"[" + b",".join([b"{}"] * 1001) + b"]", 413, {("TOO_MANY_EVENTS", "")}, BATCH),
    Case("one large event in a batch", b"[" + with_value("/data/note", "x" * (1 << 20)) + b"]", 413,
         {("TOO_LARGE", "/0")}, BATCH),
]  # fmt: skip

ACCESS = [
    Case("no key", GOOD, 401, {("CREDENTIALS_MISSING", "")}, key=None),
    Case("wrong key", GOOD, 401, {("CREDENTIALS_UNKNOWN", "")}, key="lt_sai"),
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

ENVELOPE = [
    Case("a list instead of an event", b"[]", 422, {("SCHEMA_TYPE", "")}),
    Case("a number", b"5", 422, {("SCHEMA_TYPE", "")}),
    Case("an object instead of a batch", GOOD, 422, {("SCHEMA_TYPE", "")}, BATCH),
    Case("an empty object", b"{}", 422, {("SCHEMA_REQUIRED", f"/{name}") for name in
         ("specversion", "id", "source", "type", "subject", "data")}),
    wrong("specversion 0.3", "/specversion", "0.3", "SCHEMA_CONST"),
    wrong("no id", "/id", ..., "SCHEMA_REQUIRED"),
    wrong("null id counts as absent", "/id", None, "SCHEMA_REQUIRED"),
    wrong("empty id", "/id", "", "SCHEMA_MINLENGTH"),
    wrong("number as id", "/id", 7, "SCHEMA_TYPE"),
    wrong("line break in the id", "/id", "a\nb", "SCHEMA_PATTERN"),
    wrong("no subject", "/subject", ..., "SCHEMA_REQUIRED"),
    wrong("subject of another dossier", "/subject", "000.00.16.H46-250310-0002", "SUBJECT_MISMATCH"),
    wrong("subject in lower form of another day", "/subject", "h46.16-250310-0001", "SUBJECT_MISMATCH"),
    wrong("unknown type", "/type", "vn.lienthong.dossier.invented.v1", "TYPE_UNKNOWN"),
    wrong("type of a later step", "/type", "vn.lienthong.payment.requested.v1", "TYPE_UNKNOWN"),
    wrong("type only the gateway sends", "/type", "vn.lienthong.dossier.refused.v1", "TYPE_UNKNOWN"),
    wrong("empty type", "/type", "", "SCHEMA_MINLENGTH"),
    wrong("time without an offset", "/time", "2025-03-10T08:31:00", "DATE_FORMAT"),
    wrong("time on 31 February", "/time", "2025-02-31T08:31:00Z", "DATE_FORMAT"),
    wrong("data is text", "/data", "{}", "SCHEMA_TYPE"),
    wrong("data missing", "/data", ..., "SCHEMA_REQUIRED"),
    wrong("data is a list", "/data", [], "SCHEMA_TYPE"),
    wrong("base64 data", "/data_base64", "e30=", "SCHEMA_FALSESCHEMA"),
    wrong("datacontenttype of something else", "/datacontenttype", "text/plain", "SCHEMA_PATTERN"),
    wrong("extension that is an object", "/extra", {"a": 1}, "SCHEMA_TYPE"),
    wrong("attribute in capitals", "/Extra", "x", "SCHEMA_PROPERTYNAMES"),
    wrong("sequence that is no number", "/sequence", "first", "SCHEMA_PATTERN"),
    Case("binary mode without id", DATA, 422, {("SCHEMA_REQUIRED", "/id")}, "application/json",
         {k: v for k, v in CE.items() if k != "ce-id"}),
    Case("binary mode, data is a list", b"[]", 422, {("SCHEMA_TYPE", "/data")}, "application/json", CE),
]  # fmt: skip

CONTENT = [
    wrong("unknown field", "/data/sumary", "x", "SCHEMA_ADDITIONALPROPERTIES"),
    wrong("unknown field inside", "/data/applicant/fullname", "x", "SCHEMA_ADDITIONALPROPERTIES"),
    wrong("unknown field in a list", "/data/fees/0/price", 1, "SCHEMA_ADDITIONALPROPERTIES"),
    wrong("field name with a slash", "/data/agency/a~b", "x", "SCHEMA_ADDITIONALPROPERTIES", "/data/agency/a~0b"),
    wrong("no code", "/data/code", ..., "SCHEMA_REQUIRED"),
    wrong("code is a number", "/data/code", 5, "SCHEMA_TYPE"),
    wrong("no procedure", "/data/procedure", ..., "SCHEMA_REQUIRED"),
    wrong("procedure code null", "/data/procedure/code", None, "SCHEMA_REQUIRED"),
    wrong("procedure code as a number", "/data/procedure/code", 1.001193, "SCHEMA_TYPE"),
    wrong("procedure code too short", "/data/procedure/code", "1.1193", "PROCEDURE_FORMAT"),
    wrong("procedure code in words", "/data/procedure/code", "KHAI-SINH", "PROCEDURE_FORMAT"),
    wrong("agency code malformed", "/data/agency/code", "H-46", "AGENCY_FORMAT"),
    wrong("agency code empty", "/data/agency/code", "", "AGENCY_FORMAT"),
    wrong("agency with a hole in its levels", "/data/agency/code", "000.05.00.H46", "AGENCY_HIERARCHY"),
    wrong("agency name empty", "/data/agency/name", "", "SCHEMA_MINLENGTH"),
    wrong("agency name of blanks", "/data/agency/name", "  ", "SCHEMA_PATTERN"),
    wrong("agency is text", "/data/agency", "000.00.16.H46", "SCHEMA_TYPE"),
    wrong("applicant without a name", "/data/applicant/name", ..., "SCHEMA_REQUIRED"),
    wrong("applicant of unknown kind", "/data/applicant/kind", "person", "SCHEMA_ENUM"),
    wrong("citizen number of 11 digits", "/data/applicant/citizen_id", "04499900012", "CITIZEN_ID_FORMAT"),
    wrong("citizen number in Arabic digits", "/data/applicant/citizen_id", "٠٤٤٩٩٩٠٠٠١٢٣", "CITIZEN_ID_FORMAT"),
    wrong("citizen number with a line break", "/data/applicant/citizen_id", "044999000123\n", "CITIZEN_ID_FORMAT"),
    wrong("citizen number as a number", "/data/applicant/citizen_id", 44999000123, "SCHEMA_TYPE"),
    wrong("identity card of 10 digits", "/data/applicant/id_card", "1940000000", "CMND_FORMAT"),
    wrong("tax code of 9 digits", "/data/applicant/tax_code", "310999991", "TAX_FORMAT"),
    wrong("status in Vietnamese", "/data/status", "Đang xử lý", "SCHEMA_ENUM"),
    wrong("status missing", "/data/status", ..., "SCHEMA_REQUIRED"),
    wrong("channel missing", "/data/channel", ..., "SCHEMA_REQUIRED"),
    wrong("received_at missing while processing", "/data/received_at", ..., "SCHEMA_REQUIRED"),
    wrong("received_at without an offset", "/data/received_at", "2025-03-10T08:30:00", "DATE_FORMAT"),
    wrong("received_at as on the screen", "/data/received_at", "10/03/2025 08:30", "DATE_FORMAT"),
    wrong("due_at on 30 February", "/data/due_at", "2025-02-30T08:30:00+07:00", "DATE_FORMAT"),
    wrong("due_at in year 1", "/data/due_at", "0001-01-01T00:00:00+07:00", "DATE_FORMAT"),
    wrong("due_at as a number", "/data/due_at", 20250310, "SCHEMA_TYPE"),
    wrong("note empty", "/data/note", "", "SCHEMA_MINLENGTH"),
    wrong("note too long", "/data/note", "x" * 20_001, "SCHEMA_MAXLENGTH"),
    wrong("amount as text", "/data/fees/0/amount", "8.000", "AMOUNT_FORMAT"),
    wrong("amount negative", "/data/fees/0/amount", -1, "AMOUNT_FORMAT"),
    wrong("amount with a fraction", "/data/fees/0/amount", 8000.5, "AMOUNT_FORMAT"),
    wrong("amount beyond 64 bits", "/data/fees/0/amount", 10**13, "AMOUNT_FORMAT"),
    wrong("amount false", "/data/fees/0/amount", False, "SCHEMA_TYPE"),
    wrong("fee without anything", "/data/fees/0", {}, "SCHEMA_MINPROPERTIES"),
    wrong("null in a list", "/data/documents/1", None, "SCHEMA_TYPE"),
    wrong("quantity as text", "/data/paper_documents/0/quantity", "1", "SCHEMA_TYPE"),
    wrong("quantity with a fraction", "/data/paper_documents/0/quantity", 1.5, "SCHEMA_TYPE"),
    wrong("flag as text", "/data/vneid_verified", "true", "SCHEMA_TYPE"),
    wrong("address of a file on a disk", "/data/documents/0/url", "C:\\tep.pdf", "SCHEMA_PATTERN"),
    wrong("result code malformed", "/data/results/0/code", "KQ-31", "RESULT_CODE_FORMAT"),
    wrong("replaced without the replacing code", "/data/documents/1/replacing_result_code", ..., "REUSE_INCONSISTENT"),
    wrong("replacing code without replacing", "/data/documents/0/replacing_result_code", "KQ.G15.000031",
          "REUSE_INCONSISTENT"),
    Case("tax check digit of a business",
         with_value("/data/applicant", {"kind": "business", "name": "Công ty Thử", "tax_code": "3109999918"}), 422,
         {("TAX_CHECK_DIGIT", "/data/applicant/tax_code")}),
    Case("no steps", orjson.dumps(an_event(a_progress(steps=[]), type=PROGRESSED)), 422,
         {("SCHEMA_MINITEMS", "/data/steps")}),
    Case("step without content and at", orjson.dumps(an_event(a_progress(steps=[{"status": "processing"}]),
         type=PROGRESSED)), 422,
         {("SCHEMA_REQUIRED", "/data/steps/0/at"), ("SCHEMA_REQUIRED", "/data/steps/0/content")}),
    Case("several at once", with_value("/data/applicant", {"kind": "x", "citizen_id": "1", "a": 1}, id=""), 422,
         {("SCHEMA_MINLENGTH", "/id"), ("SCHEMA_ENUM", "/data/applicant/kind"),
          ("SCHEMA_REQUIRED", "/data/applicant/name"), ("CITIZEN_ID_FORMAT", "/data/applicant/citizen_id"),
          ("SCHEMA_ADDITIONALPROPERTIES", "/data/applicant/a")}),
    Case("third event of a batch", b"[" + GOOD + b"," + GOOD + b"," + with_value("/data/status", "x") + b"]", 422,
         {("SCHEMA_ENUM", "/2/data/status")}, BATCH),
]  # fmt: skip


def dated(name: str, code: str, error: str, agency: str = "000.00.16.H46", pointer: str = "/data/code") -> Case:
    data = a_dossier(code=code, agency={"code": agency, "name": "Cơ quan Thử"})
    return Case(name, orjson.dumps(an_event(data, subject=code)), 422, {(error, pointer)})


CODES_OF_DOSSIERS = [
    dated("dossier code without a date", "000.00.16.H46-0001", "DOSSIER_FORMAT"),
    dated("dossier number 0000", "000.00.16.H46-250310-0000", "DOSSIER_FORMAT"),
    dated("dossier number of 3 digits", "000.00.16.H46-250310-001", "DOSSIER_FORMAT"),
    dated("date that does not exist", "000.00.16.H46-250231-0001", "DOSSIER_DATE"),
    dated("date before 2018", "000.00.16.H46-171231-0001", "DOSSIER_DATE"),
    dated("date of tomorrow in Vietnam", "000.00.16.H46-250602-0001", "DOSSIER_DATE"),
    dated("hole in the levels", "000.05.00.H46-250310-0001", "AGENCY_HIERARCHY", "000.05.16.H46"),
]

CLOSED = [
    dated("agency code closed at the dossier's date", "000.00.16.H46-250701-0001", "AGENCY_LEVEL1_CLOSED"),
    dated("closed, new form", "H46.16-250701-0001", "AGENCY_LEVEL1_CLOSED"),
]

PATHS = [
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
    Case("replay by a client", b'{"reason":"x"}', 403, {("ADMINISTRATOR_ONLY", "")}, "application/json",
         path="/v1/deliveries/d-dead/replay"),
    Case("expectation nobody knows", GOOD, 417, {("EXPECTATION", "")}, headers={"Expect": "miracle"}),
]  # fmt: skip

CASES = [*UNREADABLE, *TYPES_AND_SIZES, *ACCESS, *ENVELOPE, *CONTENT, *CODES_OF_DOSSIERS, *CLOSED, *PATHS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_bad_request_is_refused_with_words_a_clerk_can_act_on(
    door: Door, case: Case, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    if case in CLOSED:
        # Otherwise these dossiers would lie in the future of the test's own clock.
        door.move_to_2026()
    response, problem = await door.call(case.method, case.path, case.body, case.content_type, case.headers, case.key)
    assert response.status == case.status, problem
    assert_is_a_readable_problem(response.content_type, problem, case.status)
    assert {(one["code"], one["pointer"]) for one in problem["errors"]} == case.errors
    assert not door.acceptance.stored
    assert_no_traceback(caplog, capfd)


def assert_is_a_readable_problem(content_type: str, problem: Any, status: int) -> None:
    assert content_type == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"].startswith("/docs/problems#")
    for text in (problem["title"], problem["detail"], *(one["message"] for one in problem["errors"])):
        vietnamese, separator, english = text.partition(" / ")
        assert separator, text
        assert not vietnamese.isascii(), text
        assert english.strip(), text
    everything = orjson.dumps(problem).decode()
    for personal in ("044999000123", "Thử Nghiệm", "0900000001", "thu.nghiem", "3109999918", "04499900012"):
        assert personal not in everything


def assert_no_traceback(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err + caplog.text
    assert all(record.exc_info is None for record in caplog.records)


def test_the_table_of_bad_input_is_long_enough() -> None:
    assert len(CASES) >= 70
    assert len({case.name for case in CASES}) == len(CASES)


async def test_every_code_of_the_table_is_explained_on_the_page(door: Door) -> None:
    _, page = await door.call("GET", "/docs/problems", key=None)
    codes = {code for case in CASES for code, _ in case.errors} - {"EXPECTATION"}
    assert {code for code in codes if not code.startswith("SCHEMA_") and code not in page.decode()} == set()


MALFORMED = {
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "header without a colon": b"GET /healthz HTTP/1.1\r\nHost: x\r\njunk\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "two lengths": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "length and chunks": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "header of 20 kB": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED.keys())
async def test_malformed_http_gets_a_problem_document_too(
    door: Door, request_bytes: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    head, body = await speak(door.port, request_bytes)
    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), head
    assert b"application/problem+json" in head
    assert orjson.loads(body)["errors"][0]["code"] == "HTTP_MALFORMED"
    assert_no_traceback(caplog, capfd)


async def test_bad_chunks_in_the_body_are_a_broken_body(
    door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    head, body = await speak(
        door.port,
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
        b"Content-Type: application/cloudevents+json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    )
    assert b" 400 " in head.split(b"\r\n")[0]
    assert orjson.loads(body)["errors"][0]["code"] in ("BODY_BROKEN", "HTTP_MALFORMED")
    assert_no_traceback(caplog, capfd)


@pytest.mark.parametrize("rest", [b"1\r\n{\r\nzz\r\n", b"1\r\n{\r\n"], ids=["then junk", "then silence"])
async def test_a_body_that_stops_in_the_middle_is_given_up(
    door: Door, rest: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
        b"Content-Type: application/cloudevents+json\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    )
    async with asyncio.timeout(10):
        assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
        writer.write(rest)
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert b" 408 " in head or b" 400 " in head
    assert b"application/problem+json" in head
    assert not door.acceptance.stored
    assert_no_traceback(caplog, capfd)


async def test_a_sender_that_goes_away_in_the_middle_leaves_nothing_behind(
    door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
        b"Content-Type: application/cloudevents+json\r\nContent-Length: 5000\r\n\r\n{"
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    response, _ = await door.call("GET", "/healthz")
    assert response.status == 200
    assert not door.acceptance.stored
    assert_no_traceback(caplog, capfd)


async def speak(port: int, request_bytes: bytes) -> tuple[bytes, bytes]:
    """Send raw bytes, read until the server closes or has answered; head and body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes)
    await writer.drain()
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        body = await reader.readexactly(length)
    writer.close()
    return head, body
