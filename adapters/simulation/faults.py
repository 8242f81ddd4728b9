"""What can be made to go wrong at a simulated system, each fault one small class or function.

A fault may act before anything was done, or after everything was committed: that difference is what its names say and
what the gateway has to survive without knowing which it was.
"""

# ruff: noqa: ARG002 - each fault uses what it needs of what both sides are given

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from aiohttp import web


class Fault(Protocol):
    """Steps in once before the call is processed and once after; a returned response replaces the system's own."""

    async def before(self, system: Any, request: web.Request) -> web.Response | None: ...

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None: ...


class Quiet:
    """Changes nothing; the others override the side they act on. Alone it lets a call pass ahead of the next fault."""

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        return None

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:
        return None


@dataclass(frozen=True, slots=True)
class Raw(Quiet):
    """Answer exactly this; `commit`: only after the call was processed."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    commit: bool = False

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        return None if self.commit else self._response()

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:
        return self._response() if self.commit else None

    def _response(self) -> web.Response:
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@dataclass(frozen=True, slots=True)
class Changed(Quiet):
    """Process the call, then answer what `change` makes of the reply."""

    change: Callable[[bytes], bytes]
    content_type: str = "application/json"

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:
        return web.Response(body=self.change(reply), content_type=self.content_type)


@dataclass(frozen=True, slots=True)
class Hold(Quiet):
    """Keep the call waiting until `released`; `reached` says it has arrived. Never released, it is silence."""

    commit: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        if not self.commit:
            await self._wait()
        return None

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:
        if self.commit:
            await self._wait()
        return None

    async def _wait(self) -> None:
        self.reached.set()
        await self.released.wait()


@dataclass(frozen=True, slots=True)
class Latency(Quiet):
    """Answer `seconds` late, having done nothing until then."""

    seconds: float

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        await asyncio.sleep(self.seconds)
        return None


@dataclass(frozen=True, slots=True)
class Cut(Quiet):
    """Drop the connection instead of answering; `partly`: in the middle of the answer."""

    commit: bool
    partly: bool = False

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        return None if self.commit else _cut(request, b"")

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:
        return _cut(request, reply if self.partly else b"") if self.commit else None


def _cut(request: web.Request, reply: bytes) -> web.Response:
    if (transport := request.transport) is not None:
        if reply:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(reply)}\r\n\r\n"
            transport.write(head.encode() + reply[: len(reply) // 2])
            transport.close()
        else:
            transport.abort()
    return web.Response()


def passing() -> Fault:
    return Quiet()


def silence_after_reading() -> Fault:
    return Hold()


def silence_after_commit() -> Fault:
    return Hold(commit=True)


def latency(seconds: float) -> Fault:
    return Latency(seconds)


def cut_before_commit() -> Fault:
    return Cut(commit=False)


def cut_after_commit() -> Fault:
    return Cut(commit=True)


def cut_in_answer() -> Fault:
    return Cut(commit=True, partly=True)


def html(status: int = 200, commit: bool = False) -> Fault:
    page = "<html><body>Bảo trì hệ thống</body></html>".encode()
    return Raw(page, status, {"Content-Type": "text/html; charset=utf-8"}, commit)


def empty(status: int = 200, commit: bool = False) -> Fault:
    return Raw(b"", status, {}, commit)


def garbage(commit: bool = False) -> Fault:
    return Raw(b"\x00\xff{error_code:0", 200, {"Content-Type": "application/json"}, commit)


def http_status(status: int = 503, retry_after: str | None = None, commit: bool = False) -> Fault:
    return Raw(b"", status, {} if retry_after is None else {"Retry-After": retry_after}, commit)


def redirect(location: str) -> Fault:
    return Raw(b"", 302, {"Location": location})


def refuse(code: int | str = -1, message: str = "Lỗi hệ thống") -> Fault:
    body = orjson.dumps({"error_code": code, "message": message})
    return Raw(body, 200, {"Content-Type": "application/json"})


def error_code_missing() -> Fault:
    return Changed(lambda reply: orjson.dumps({k: v for k, v in orjson.loads(reply).items() if k != "error_code"}))


def wrong_charset() -> Fault:
    return Changed(lambda reply: reply.decode().encode("utf-16"))


def truncated() -> Fault:
    return Changed(lambda reply: reply[: len(reply) // 2])


def oversized(size: int = 8 << 20) -> Fault:
    return Changed(lambda reply: reply + b" " * size)


FAULTS: dict[str, Callable[..., Fault]] = {
    make.__name__: make
    for make in (
        passing, silence_after_reading, silence_after_commit, latency, cut_before_commit, cut_after_commit,
        cut_in_answer, html, empty, garbage, http_status, redirect, refuse, error_code_missing,
        wrong_charset, truncated, oversized,
    )
}  # fmt: skip
"""Every fault by its name, as the panel over HTTP takes them."""
