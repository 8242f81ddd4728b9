"""The client itself; see `gateway.client`."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import quote

import aiohttp
import orjson

from gateway.client.errors import NotTakenError, RefusedError, refused
from gateway.client.event import Event, ForeignAnswerError, Taken, encoded, taken

_STRUCTURED, _BATCH, _LINES = (
    "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson",
)  # fmt: skip
_AGAIN = frozenset({429, 500, 502, 503, 504})
_LONGEST_PAUSE = 30.0

T = TypeVar("T")
Token = str | Callable[[], Awaitable[str]]
"""An API key; or who gives the access token of the moment, asked before each call."""


class GatewayClient:
    """One gateway, as one client. Use as an async context manager; safe for many tasks at once."""

    def __init__(
        self,
        address: str,
        token: Token,
        *,
        session: aiohttp.ClientSession | None = None,
        patience: timedelta = timedelta(minutes=2),
        timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        """`patience`: how long one event is tried, by the gateway's own `Retry-After`; `timeout`: of one call.

        A `session` of the caller's (its proxy, its certificates) is left open in the end.
        """
        self._address = address.rstrip("/")
        self._token = token
        self._given = session
        self._own: aiohttp.ClientSession | None = None
        self._patience = patience.total_seconds()
        self._timeout = timeout.total_seconds()

    async def __aenter__(self) -> Self:
        if self._given is None:
            self._own = aiohttp.ClientSession(trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own is not None:
            await self._own.close()

    async def send(self, event: Event | Mapping[str, Any], *, wait: timedelta | None = None) -> Taken:
        """Hand over one event; returns once it is on the gateway's disk. Raises `RefusedError`, `NotTakenError`.

        `wait`: of a question, how long its answer is waited for on the same call; it comes as `reply`, or later.
        """
        headers, seconds = {"Content-Type": _STRUCTURED}, 0.0
        if wait is not None:
            seconds = wait.total_seconds()
            headers["Prefer"] = f"wait={seconds:.0f}"
        return await self._call("POST", "/v1/messages", _one, encoded(event), headers, seconds)

    async def send_all(self, events: Sequence[Event | Mapping[str, Any]]) -> list[Taken]:
        """Hand over up to 1,000 events, all or none, in this order. Raises as `send`; flaws name their place."""
        body = b"[" + b",".join(encoded(one) for one in events) + b"]"
        return await self._call("POST", "/v1/messages", _several(len(events)), body, {"Content-Type": _BATCH})

    async def send_each(self, events: Iterable[Event | Mapping[str, Any]]) -> list[Taken | RefusedError]:
        """Hand over events, each for itself: what became of each, in order. Raises `NotTakenError`, `RefusedError`.

        What the gateway could not store just now is sent again.
        """
        waiting = [(place, encoded(one)) for place, one in enumerate(events)]
        found: dict[int, Taken | RefusedError] = {}
        patience = _Patience(self._patience)
        while waiting:
            body = b"\n".join(line for _, line in waiting)
            told = await self._call("POST", "/v1/messages", _each(len(waiting)), body, {"Content-Type": _LINES})
            later = []
            for one, (place, line) in zip(told, waiting, strict=True):
                if one is None:
                    later.append((place, line))
                else:
                    found[place] = one
            if later and not await patience.again(None):
                raise NotTakenError(f"{len(later)} events were not taken within {self._patience:.0f} seconds")
            waiting = later
        return [found[place] for place in sorted(found)]

    async def message(self, message_id: str) -> dict[str, Any]:
        """What became of a message: its deliveries, attempts, warnings and replies. Raises `NotThereError`."""
        return await self._get(f"/v1/messages/{quote(message_id, safe='')}")

    async def dossier(self, code: str) -> dict[str, Any]:
        """The passport of a dossier: everything about it in time order. Raises `NotThereError`."""
        return await self._get(f"/v1/dossiers/{quote(code, safe='')}")

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._call("GET", path, _document)

    async def _call(
        self,
        method: str,
        path: str,
        read: Callable[[_Answer], T],
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        longer: float = 0.0,
    ) -> T:
        """What the first certain answer says.

        One that cannot be read so is not the gateway's but somebody's in between, and nothing is certain after it.
        """
        patience = _Patience(self._patience)
        while True:
            asked: float | None = None
            try:
                answer = await self._once(method, path, body, headers or {}, longer)
            except (aiohttp.ClientError, TimeoutError) as exc:
                last = type(exc).__name__
            else:
                if answer.status < 300:
                    try:
                        return read(answer)
                    except ForeignAnswerError as exc:
                        last = str(exc)
                elif answer.status in _AGAIN:
                    last, asked = f"HTTP {answer.status}", _seconds(answer.headers.get("Retry-After"))
                else:
                    raise refused(answer.status, answer.said)
            if not await patience.again(asked):
                raise NotTakenError(f"{method} {path}: {last}; tried for {self._patience:.0f} seconds")

    async def _once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], longer: float
    ) -> _Answer:
        session = self._given or self._own
        if session is None:
            raise RuntimeError("use the client as an async context manager")
        token = self._token if isinstance(self._token, str) else await self._token()
        async with session.request(
            method,
            self._address + path,
            data=None if body is None else io.BytesIO(body),  # as a stream: a large one keeps nobody from their turn
            headers={"Authorization": f"Bearer {token}", **headers},
            timeout=aiohttp.ClientTimeout(total=self._timeout + longer),
            allow_redirects=False,
        ) as response:
            raw = await response.read()
            try:
                lines = response.content_type == _LINES
                said = [orjson.loads(line) for line in raw.splitlines()] if lines else orjson.loads(raw)
            except ValueError:
                said = None
            return _Answer(response.status, said, response.headers)


class _Answer(NamedTuple):
    """`said`: its JSON, of lines each; None where it is none."""

    status: int
    said: Any
    headers: Mapping[str, str]


def _one(answer: _Answer) -> Taken:
    if answer.status != 200:
        return taken(answer.said)
    _, path, message_id = answer.headers.get("Location", "").rpartition("/v1/messages/")
    if not path:
        raise ForeignAnswerError
    return Taken(message_id, reply=_document(answer))


def _several(count: int) -> Callable[[_Answer], list[Taken]]:
    def read(answer: _Answer) -> list[Taken]:
        return [taken(one) for one in _listed(_document(answer).get("messages"), count)]

    return read


def _each(count: int) -> Callable[[_Answer], list[Taken | RefusedError | None]]:
    """None: not stored just now."""

    def read(answer: _Answer) -> list[Taken | RefusedError | None]:
        return [_line(one) for one in _listed(answer.said, count)]

    return read


def _line(one: Any) -> Taken | RefusedError | None:
    status = one.get("status") if isinstance(one, dict) else None
    if not isinstance(status, int):
        raise ForeignAnswerError
    if status in _AGAIN:
        return None
    return taken(one) if status < 300 else refused(status, one.get("problem"))


def _document(answer: _Answer) -> dict[str, Any]:
    if not isinstance(answer.said, dict):
        raise ForeignAnswerError
    return answer.said


def _listed(found: Any, count: int) -> list[Any]:
    if not isinstance(found, list) or len(found) != count:
        raise ForeignAnswerError
    return found


class _Patience:
    """How long to go on, and how long to pause before the next try."""

    def __init__(self, seconds: float) -> None:
        self._until = asyncio.get_running_loop().time() + seconds
        self._pause = 0.25

    async def again(self, asked: float | None) -> bool:
        """Pause as asked, or a little longer each time and never all at once; False when there is no time left."""
        pause = asked if asked is not None else self._pause * (0.5 + random.random())  # noqa: S311 - no secret
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)
        if asyncio.get_running_loop().time() + pause > self._until:
            return False
        await asyncio.sleep(pause)
        return True


def _seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds, as this gateway writes it; a date of somebody in between is not waited for."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
