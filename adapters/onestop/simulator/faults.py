"""What can be made to go wrong at the simulated one-stop system: what any system does, and what endpoints do.

Import the common ones from `adapters.simulation.faults`; here stand those of webhook endpoints.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.simulation.faults import FAULTS as COMMON
from adapters.simulation.faults import Fault, Quiet, Raw


@dataclass(frozen=True, slots=True)
class RedirectToItself(Quiet):
    """Send the caller back to where it came from, for ever."""

    status: int = 307

    async def before(self, system: Any, request: web.Request) -> web.Response | None:  # noqa: ARG002
        return web.Response(status=self.status, headers={"Location": str(request.url)})


@dataclass(frozen=True, slots=True)
class Drip(Quiet):
    """Take the event, then answer one byte at a time and never to the end."""

    pause: float

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:  # noqa: ARG002
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n"
        while (transport := request.transport) is not None and not transport.is_closing():
            transport.write(head or b".")
            head = b""
            await asyncio.sleep(self.pause)
        return web.Response()


def gone() -> Fault:
    return Raw(b"", 410)


def conflict() -> Fault:
    return Raw(b"", 409)


def redirect_to_itself(status: int = 307) -> Fault:
    return RedirectToItself(status)


def slow_drip(pause: float = 0.02) -> Fault:
    return Drip(pause)


def refuse(message: str = "Nội dung không hợp lệ", status: int = 422) -> Fault:
    return Raw(message.encode(), status, {"Content-Type": "text/plain; charset=utf-8"})


FAULTS: dict[str, Callable[..., Fault]] = {
    **COMMON,
    **{make.__name__: make for make in (gone, conflict, redirect_to_itself, slow_drip, refuse)},
}
"""Every fault by its name, as the panel over HTTP takes them."""
