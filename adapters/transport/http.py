"""One aiohttp session per system: sends a call, gives back the whole answer, or raises a `DeliveryError`.

It knows for certain whether a byte had left, because the request passes a gate between getting its connection and its
first byte; the same gate turns back a call whose deadline has passed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

import aiohttp
import tenacity
from aiohttp.client_reqrep import ClientResponse
from aiohttp.connector import Connection
from yarl import URL

from adapters.contract import DeliveryError, TransientError
from adapters.transport.failures import CATCH, TRY_AGAIN, failure, status_failure
from adapters.transport.settings import HttpSettings
from adapters.transport.texts import TEXTS


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. `deadline` is loop time: no first byte after it. `write`: it has an effect on the other side."""

    url: URL
    headers: Mapping[str, str]
    body: bytes | None = None
    method: str = "POST"
    write: bool = False
    deadline: float = float("inf")


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer, whatever its status."""

    status: int
    content_type: str
    body: bytes
    retry_after: str | None = None

    def complaint(self, *, write: bool) -> DeliveryError | None:
        """What the status alone says (`status_failure`); None when it says nothing is wrong."""
        return status_failure(self.status, retry_after=self.retry_after, write=write, answer=self.body)


class _Gate:
    """Stands before the first byte of one call and remembers whether it was passed."""

    __slots__ = ("deadline", "sent")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.sent = False

    def check(self, now: float) -> None:
        if now >= self.deadline:
            raise TEXTS["DEADLINE"].error(TransientError)


_GATE: ContextVar[_Gate] = ContextVar("adapters.transport.gate")


class _GatedRequest(aiohttp.ClientRequest):
    """aiohttp calls `send` with a connection in hand and nothing written yet; its tracing would cost 20 us a call."""

    async def send(self, conn: Connection) -> ClientResponse:
        gate = _GATE.get()
        gate.check(self.loop.time())
        gate.sent = True
        return await super().send(conn)


class Http:
    """Calls one system. Safe for many tasks at once; never follows redirects; keeps no cookies.

    A cancelled call closes its connection, so nothing of it stays behind. Use as an async context manager.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
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
        connector = aiohttp.TCPConnector(
            limit=0, keepalive_timeout=settings.keepalive.total_seconds(), ssl=_tls(settings)
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(
                total=settings.timeout.total_seconds(), sock_connect=settings.connect_timeout.total_seconds()
            ),
            request_class=_GatedRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Answers are small; refusing compression also refuses decompression bombs.
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "lienthong"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def now(self) -> float:
        """The clock of deadlines."""
        return asyncio.get_running_loop().time()

    def check(self, deadline: float) -> None:
        """Raise `TransientError` where a call with this deadline would not be sent any more."""
        _Gate(deadline).check(self.now())

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
        return await self._again.copy()(self._once, call)

    async def _once(self, call: Call) -> Answer:
        gate = _Gate(call.deadline)
        gate.check(self.now())
        token = _GATE.set(gate)
        try:
            async with self._session.request(
                call.method, call.url, data=call.body, headers=call.headers, allow_redirects=False
            ) as response:
                return await self._read(response, call)
        except CATCH as exc:
            raise failure(exc, sent=gate.sent, write=call.write) from exc
        finally:
            _GATE.reset(token)

    async def _read(self, response: ClientResponse, call: Call) -> Answer:
        limit = self._settings.max_answer_bytes
        if response.content_length is not None and response.content_length <= limit:
            body = await response.read()
        else:
            collected = bytearray()
            async for piece in response.content.iter_any():
                collected += piece
                if len(collected) > limit:
                    response.close()
                    raise TEXTS["ANSWER_TOO_LARGE"].unclear(write=call.write)
            body = bytes(collected)
        headers = response.headers
        return Answer(response.status, headers.get("Content-Type", ""), body, headers.get("Retry-After"))


def _refused(exc: BaseException) -> bool:
    return isinstance(exc, TransientError) and exc.code in TRY_AGAIN


def _tls(settings: HttpSettings) -> ssl.SSLContext | bool:
    return True if settings.ca_file is None else ssl.create_default_context(cafile=str(settings.ca_file))
