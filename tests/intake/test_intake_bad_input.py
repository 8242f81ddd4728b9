"""Everything wrong that can be sent, over real HTTP: status, codes, places, texts in both languages, nothing stored."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.intake.bad_content import CLOSED, CODES_OF_DOSSIERS, CONTENT, ENVELOPE
from tests.intake.bad_questions import QUESTIONS
from tests.intake.bad_requests import ACCESS, PATHS, TYPES_AND_SIZES, UNREADABLE, Case
from tests.intake.conftest import KEY, Door

CASES = [*UNREADABLE, *TYPES_AND_SIZES, *ACCESS, *ENVELOPE, *CONTENT, *CODES_OF_DOSSIERS, *CLOSED, *PATHS, *QUESTIONS]


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
    for personal in ("044999000123", "Thử Nghiệm", "0900000001", "thu.nghiem", "04408", "3109999918", "04499900012"):
        assert personal not in everything


def assert_no_traceback(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err + caplog.text
    assert all(record.exc_info is None for record in caplog.records)


def test_the_table_of_bad_input_is_long_enough() -> None:
    assert len(CASES) >= 60
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


async def test_a_connection_that_cannot_be_used_any_more_is_said_to_close(door: Door) -> None:
    response, _ = await door.post(b"not gzip", headers={"Content-Encoding": "gzip"})
    assert response.headers["Connection"] == "close"
    response, _ = await door.post(b"{")
    assert "Connection" not in response.headers


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
