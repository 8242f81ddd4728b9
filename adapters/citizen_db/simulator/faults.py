"""What can be made to go wrong at the simulated database: what any system does, and the exchange's own faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiohttp import web

from adapters.citizen_db.simulator import replies
from adapters.citizen_db.simulator.register import No
from adapters.simulation.faults import FAULTS as COMMON
from adapters.simulation.faults import Changed, Fault, Hold, Quiet, Raw, html, http_status, latency, truncated

__all__ = [
    "FAULTS",
    "Fault",
    "Hold",
    "business_fault",
    "changed_id",
    "exchange_error",
    "html",
    "http_status",
    "latency",
    "other_answer",
    "slow_drip",
    "truncated",
    "xroad_fault",
]

_XML = {"Content-Type": "text/xml; charset=utf-8"}
_ID = re.compile(rb"(<(?:\w+:)?id\b[^>]*>)[^<]*(</(?:\w+:)?id>)")


@dataclass(frozen=True, slots=True)
class Drip(Quiet):
    """Process the call, then answer a few bytes at a time, `pause` seconds apart."""

    pause: float
    piece: int = 16

    async def after(self, system: Any, request: web.Request, reply: bytes) -> web.Response | None:  # noqa: ARG002
        if (transport := request.transport) is not None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(reply)}\r\n\r\n"
            transport.write(head.encode())
            for start in range(0, len(reply), self.piece):
                transport.write(reply[start : start + self.piece])
                await asyncio.sleep(self.pause)
            transport.close()
        return web.Response()


def xroad_fault(
    code: str = "Server.ServerProxy.NetworkError", sentence: str = "", reference: str | None = None
) -> Fault:
    """The exchange's SOAP fault, HTTP 500 (NDXP sheet §6)."""
    return Raw(replies.fault(code, sentence or "Lỗi trục", reference or str(uuid4())), 500, _XML)


def exchange_error(code: str = "Server.ServerProxy.AccessDenied", reference: str | None = None) -> Fault:
    """The exchange's error of its REST transport: JSON, HTTP 500 (NDXP sheet §5)."""
    body = f'{{"type":"{code}","message":"Lỗi trục","detail":"{reference or uuid4()}"}}'
    headers = {"Content-Type": "application/json", "X-Road-Error": code}
    return Raw(body.encode(), 400 if code.startswith("Client") else 500, headers)


def business_fault(code: str = "MATICHHOP_KHONG_HOP_LE", message: str = "Mã tích hợp không hợp lệ") -> Fault:
    """`dan:fault` inside an otherwise proper answer (assumed, sheet §5.3)."""
    return Changed(lambda reply: replies.with_fault(reply, No(code, message)), "text/xml")


def changed_id() -> Fault:
    """The answer to somebody else's question: another X-Road id (NDXP sheet §10)."""
    return Changed(lambda reply: _ID.sub(rb"\g<1>00000000-0000-0000-0000-000000000000\g<2>", reply), "text/xml")


def other_answer() -> Fault:
    """A proper envelope around something nobody asked for."""
    return Changed(replies.with_other_root, "text/xml")


def slow_drip(pause: float = 0.05) -> Fault:
    return Drip(pause)


FAULTS: dict[str, Callable[..., Fault]] = {
    **COMMON,
    **{
        make.__name__: make
        for make in (xroad_fault, exchange_error, business_fault, changed_id, other_answer, slow_drip)
    },
}
"""Every fault by its name, as the panel over HTTP takes them."""
