"""Raw bytes at the door: what two servers in a row could read differently is refused, and the connection ends there.

Behind every request stands another one. Were it answered, whoever wrote the first could have smuggled it past a server
in front; so what is refused here must be the last thing read.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.intake.conftest import KEY, Door

POST = (
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
    b"Content-Type: application/cloudevents+json\r\n"
)
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
BEHIND = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = b"3\r\nabc\r\n0\r\n\r\n"

REFUSED = {
    "length and chunks": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + WHOLE,
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + WHOLE,
    "xchunked and length": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc",
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + WHOLE,
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + WHOLE,
    "chunked, chunked": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + WHOLE,
    "identity": POST + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
    "chunked behind a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + WHOLE,
    "chunked in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n' + WHOLE,
    "chunks of HTTP/1.0": POST.replace(b"/1.1", b"/1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + WHOLE,
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "the same length twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "a length with a sign": POST + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nabc",
    "a hexadecimal length": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "a length in two words": POST + b"Content-Length: 3 3\r\n\r\nabc",
    "a length as Python writes it": POST + b"Content-Length: 1_0\r\n\r\nabc",
    "a length beyond all numbers": POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
    "an empty length": POST + b"Content-Length: \r\n\r\nabc",
    "a space before the colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "a folded header": GET + b"X-A: a\r\n b\r\n\r\n",
    "a folded length": POST + b"Content-Length:\r\n 3\r\n\r\nabc",
    "bare line feeds": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "one bare line feed": GET + b"X-A: b\nX-B: c\r\n\r\n",
    "a bare carriage return": GET + b"X-A: b\rX-B: c\r\n\r\n",
    "a line feed in a chunk's extension": CHUNKED + b"3;a\nabc\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "a chunk with 0x": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk with a space": CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n",
    "a chunk beyond all numbers": CHUNKED + b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\nabc\r\n0\r\n\r\n",
    "a chunk shorter than it is": CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
    "chunks with bare line feeds": CHUNKED + b"3\nabc\n0\n\n",
    "a length in a trailer": CHUNKED + b"3\r\nabc\r\n0\r\nContent-Length: 99\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "HTTP/2 unasked": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.2": b"GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "a tab in the first line": b"GET\t/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": b"GET /healthz\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "129 headers": GET + b"".join(b"X-%d: a\r\n" % n for n in range(129)) + b"\r\n",
    "a header of 9 kB": GET + b"X-A: " + b"a" * 9000 + b"\r\n\r\n",
    "a path of 9 kB": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}
READ = {
    "chunks with an extension": CHUNKED + b"3;a=b\r\nabc\r\n0\r\n\r\n",
    "chunked behind a tab": POST + b"Transfer-Encoding:\tchunked\r\n\r\n" + WHOLE,
    "the whole address in the first line": GET.replace(b"/healthz", b"http://x/healthz") + b"\r\n",
    "an offer of a WebSocket": GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
}
"""Unusual, and clear: read as it is meant, and what follows is a request of its own."""


async def everything_said(port: int, sent: bytes) -> bytes:
    """All bytes until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionResetError:  # closed on us with bytes unread
        return b""
    finally:
        writer.close()


def statuses(said: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", said)]


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED.keys())
async def test_what_can_be_read_two_ways_is_refused_and_nothing_behind_it_is_read(door: Door, sent: bytes) -> None:
    said = await everything_said(door.port, sent + BEHIND)
    assert statuses(said) == [400]
    assert b"application/problem+json" in said
    assert not door.acceptance.stored


@pytest.mark.parametrize("sent", READ.values(), ids=READ.keys())
async def test_what_is_only_unusual_is_read_as_it_is_meant(door: Door, sent: bytes) -> None:
    first, last = statuses(await everything_said(door.port, sent + BEHIND))
    assert first in (200, 400) and last == 200


async def test_an_offer_of_http2_is_declined_and_the_connection_goes_on(door: Door) -> None:
    """Clients of Java and curl offer it with every request."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    async with asyncio.timeout(20):
        for request in (GET + offer, POST + b"Content-Length: 3\r\n" + offer + b"abc", GET + offer):
            writer.write(request)
            assert statuses(await reader.read(1 << 16)) == [400 if b"abc" in request else 200]
    writer.close()


async def test_what_was_piped_behind_a_refused_request_of_good_form_is_answered_for_itself(door: Door) -> None:
    refused = POST + b"Content-Length: 3\r\n\r\nabc"
    assert statuses(await everything_said(door.port, refused * 3 + BEHIND)) == [400, 400, 400, 200]


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "get", "X"])
async def test_a_method_nobody_offered_does_nothing(door: Door, method: str) -> None:
    target = b"x:1" if method == "CONNECT" else b"/v1/messages"
    sent = method.encode() + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    [status] = statuses(await everything_said(door.port, sent))
    assert status in (400, 404, 405)


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_a_header_does_not_change_the_method(door: Door, name: str) -> None:
    response, _ = await door.call("GET", "/v1/messages", headers={name: "POST"})
    assert response.status == 200
    response, _ = await door.call("POST", "/v1/messages?_method=GET", b"{}", headers={name: "GET"})
    assert response.status == 415


@pytest.mark.parametrize("name", ["X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "Forwarded"])
async def test_a_header_does_not_change_where_a_request_leads(door: Door, name: str) -> None:
    response, problem = await door.call("GET", "/v1/nothing", headers={name: "/healthz"})
    assert response.status == 404 and "/healthz" not in str(problem) + str(response.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../healthz", "/v1/%2e%2e/healthz", "/v1/.%2E/healthz", "/./healthz", "//healthz", "/v1//messages",
        "/healthz/..", "/healthz/%2e", "/v1\\messages", "/v1%5cmessages", "/v1/messages%00", "/healthz%00",
        "/v1/..;/healthz", "/healthz/", "/HEALTHZ", "/healthz%20", "/%68ealthz/.", "/v1/%252e%252e/healthz",
        "/docs/../v1/messages", "http://x/v1/../healthz", "http://x//healthz",
    ],
)  # fmt: skip
async def test_a_path_with_tricks_leads_nowhere(door: Door, path: str) -> None:
    sent = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    said = await everything_said(door.port, sent.encode())
    assert statuses(said) == [404] and b"application/problem+json" in said


@pytest.mark.parametrize("word", ["a\r\nX-Injected: 1", "a%0d%0aX-Injected: 1", "a%0aX-Injected:1", "a\u010d\u010a"])
async def test_what_is_asked_for_is_not_echoed_into_headers(door: Door, word: str) -> None:
    sent = f"GET /v1/dossiers/{word} HTTP/1.1\r\nHost: x\r\nX-Request-ID: {word}\r\nConnection: close\r\n\r\n"
    said = await everything_said(door.port, sent.encode())
    head = said.partition(b"\r\n\r\n")[0].lower()
    assert b"x-injected" not in head and b"x-request-id" not in head


async def test_head_is_answered_as_get_without_a_body(door: Door) -> None:
    sent = GET.replace(b"GET", b"HEAD") + b"Connection: close\r\n\r\n"
    head, _, body = (await everything_said(door.port, sent)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and body == b""
