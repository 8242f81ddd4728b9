"""One pool of aiohttp connections per system: sends a call, gives back the whole answer, or raises a `DeliveryError`.

Pool, TLS, name resolution and parser are aiohttp's; the call itself is written here, in one piece and once. So it is
known for certain whether a byte had left, a deadline is looked at with the connection in hand and nothing written yet,
and a call costs a third of what a whole `ClientSession` takes (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Self

import aiohttp
import tenacity
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.streams import StreamReader
from multidict import CIMultiDictProxy
from yarl import URL

from adapters.contract import DeliveryError, TransientError, Watch, watching
from adapters.transport import certificates
from adapters.transport.failures import CATCH, TRY_AGAIN, failure, status_failure
from adapters.transport.networks import Networks
from adapters.transport.settings import HttpSettings
from adapters.transport.texts import TEXTS
from adapters.transport.trace import trace_headers

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Call(NamedTuple):
    """One HTTP call. `deadline` is loop time: no first byte after it. `write`: it has an effect on the other side."""

    url: URL
    headers: Mapping[str, str]
    body: bytes | None = None
    method: str = "POST"
    write: bool = False
    deadline: float = float("inf")


class Answer(NamedTuple):
    """A complete HTTP answer, whatever its status. `headers`: all of them, found whatever their case."""

    status: int
    content_type: str
    body: bytes
    retry_after: str | None = None
    headers: Mapping[str, str] = _NO_HEADERS

    def complaint(self, *, write: bool) -> DeliveryError | None:
        """What the status alone says (`status_failure`); None when it says nothing is wrong."""
        return status_failure(self.status, retry_after=self.retry_after, write=write, answer=self.body)


@dataclass(slots=True)
class _Sending:
    """Whether a byte of one call may have left."""

    begun: bool = False


class Http:
    """Calls one system. Safe for many tasks at once; never follows redirects, keeps no cookies, uses no proxy.

    A cancelled call closes its connection, so nothing of it stays behind. Use as an async context manager.
    """

    def __init__(self, settings: HttpSettings, networks: Networks | None = None) -> None:
        """`networks`: where calls may go; without, as the settings say."""
        self._settings = settings
        self._networks = networks or settings.networks
        self._whole = settings.timeout.total_seconds()
        self._connecting = aiohttp.ClientTimeout(sock_connect=settings.connect_timeout.total_seconds())
        self._noted: set[str] = set()
        self._origins: dict[URL, aiohttp.ClientRequest] = {}
        # A refused connection is the only case worth a try within seconds: nothing was sent, and it is over at once.
        self._again = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_refused),
            stop=tenacity.stop_after_attempt(max(1, settings.connect_tries - 1)),
            wait=tenacity.wait_fixed(settings.connect_pause),
            reraise=True,
        )

    async def __aenter__(self) -> Self:
        settings = self._settings
        # No cap on connections here: the gateway bounds the calls under way per destination.
        self._pool = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=settings.keepalive.total_seconds(),
            ssl=_tls(settings),
            socket_factory=self._networks.socket,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()
        certificates.forget(self._noted)

    def now(self) -> float:
        """The clock of deadlines."""
        return asyncio.get_running_loop().time()

    def check(self, deadline: float) -> None:
        """Raise `TransientError` where a call with this deadline would not be sent any more."""
        _in_time(self.now(), deadline)

    async def send(self, call: Call) -> Answer:
        """Send `call` and read its whole answer, of any status.

        Raises `TransientError` when no byte was sent, `UncertainError` for a write and `TransientError` for a read when
        one was, `PermanentError` (destination) for a wrong address or certificate.
        """
        try:
            return await self._once(call)
        except TransientError as exc:
            if self._settings.connect_tries == 1 or not _refused(exc):
                raise
        # A copy, because one AsyncRetrying keeps the state of the call it is busy with.
        return await self._again.copy()(self._once_more, call)

    async def _once_more(self, call: Call) -> Answer:
        """The same for tenacity, which awaits what a coroutine function gives and nothing else."""
        return await self._once(call)

    def _once(self, call: Call) -> Awaitable[Answer]:
        watch = watching()
        return self._unwatched(call) if watch is None else self._watched(watch, call)

    async def _watched(self, watch: Watch, call: Call) -> Answer:
        with watch(call.method, call.url.raw_host or "", call.url.port) as seen:
            answer = await self._unwatched(call)
            seen.status = answer.status
            return answer

    async def _unwatched(self, call: Call) -> Answer:
        sending = _Sending()
        self.check(call.deadline)
        try:
            async with asyncio.timeout(self._whole):
                connection = await self._pool.connect(self._origin(call.url), [], self._connecting)
                try:
                    answer = await self._exchange(connection, call, sending)
                except BaseException:
                    connection.close()
                    raise
                connection.release()
                return answer
        except CATCH as exc:
            raise failure(exc, sent=sending.begun, write=call.write) from exc

    async def _exchange(self, connection: Connection, call: Call, sending: _Sending) -> Answer:
        """Write the call with the connection in hand, and read the answer to its end."""
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:
            raise aiohttp.ClientConnectionResetError("the connection was lost before it was used")
        host = call.url.raw_host or ""
        if certificates.note(host, transport.get_extra_info("peercert")):
            self._noted.add(host)
        bodiless = call.method == "HEAD"
        protocol.set_response_params(skip_payload=bodiless, read_until_eof=True, auto_decompress=False)
        _in_time(asyncio.get_running_loop().time(), call.deadline)
        sending.begun = True
        transport.write(_bytes_of(call))
        status, headers, content = await _head(protocol)
        body = await self._body(headers, content, write=call.write)
        return Answer(status, headers.get("Content-Type", ""), body, headers.get("Retry-After"), headers)

    async def _body(self, headers: CIMultiDictProxy[str], content: StreamReader, *, write: bool) -> bytes:
        limit = self._settings.max_answer_bytes
        if headers.get("Content-Length", "").isdigit() and int(headers["Content-Length"]) <= limit:
            return await content.read()
        collected = bytearray()
        async for piece in content.iter_any():
            collected += piece
            if len(collected) > limit:
                raise TEXTS["ANSWER_TOO_LARGE"].unclear(write=write)
        return bytes(collected)

    def _origin(self, url: URL) -> aiohttp.ClientRequest:
        """What the pool needs to know of where a call goes; the same for every call there."""
        origin = self._origins.get(url)
        if origin is None:
            if url.scheme not in ("http", "https") or not url.raw_host:
                raise aiohttp.InvalidURL(url)
            if len(self._origins) > _MOST_ORIGINS:
                self._origins.clear()
            origin = self._origins[url] = aiohttp.ClientRequest("POST", url, loop=asyncio.get_running_loop())
        return origin


_MOST_ORIGINS = 1000
"""Addresses with a query of their own (look-ups) would otherwise pile up."""


def _in_time(now: float, deadline: float) -> None:
    if now >= deadline:
        raise TEXTS["DEADLINE"].error(TransientError)


async def _head(protocol: ResponseHandler) -> tuple[int, CIMultiDictProxy[str], StreamReader]:
    """The first line and headers of the answer itself; what only announces it (1xx) is passed over."""
    while True:
        message, content = await protocol.read()
        if not 100 <= message.code < 200:
            return message.code, message.headers, content


def _bytes_of(call: Call) -> bytes:
    """The call on the wire (RFC 9112)."""
    body = call.body or b""
    head = _head_of(call.method, call.url, tuple(call.headers.items()))
    told = _lines(trace_headers())
    return b"%s%sContent-Length: %d\r\n\r\n%s" % (head, told, len(body), body)


@lru_cache(maxsize=256)
def _head_of(method: str, url: URL, headers: tuple[tuple[str, str], ...]) -> bytes:
    """What most calls of a system have in common; kept for that.

    Compression is not asked for: answers are small, and bombs need it.
    """
    return _lines(
        [
            f"{method} {url.raw_path_qs} HTTP/1.1",
            f"Host: {url.host_port_subcomponent}",
            "User-Agent: lienthong",
            "Accept-Encoding: identity",
            *(f"{name}: {value}" for name, value in headers),
        ]
    )


def _lines(lines: list[str]) -> bytes:
    text = "".join(f"{line}\r\n" for line in lines)
    if text.count("\n") != len(lines) or "\0" in text:
        raise ValueError("a header of this call holds a line break; check the adapter's settings")
    return text.encode("utf-8")


def _refused(exc: BaseException) -> bool:
    return isinstance(exc, TransientError) and exc.code in TRY_AGAIN


def _tls(settings: HttpSettings) -> ssl.SSLContext | bool:
    return True if settings.ca_file is None else ssl.create_default_context(cafile=str(settings.ca_file))
