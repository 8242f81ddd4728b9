"""The sink: a minimal imitation of the portal that answers logins and services with `error_code` 0 and keeps a list.

The simulator in `adapters` checks and remembers what a portal would; this one only counts, so that it costs little.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

from gateway.bench.dossiers import effect
from gateway.bench.process import Facts, Starter, usage
from gateway.bench.wire import take

_TELL_EVERY = 2.0
_PROGRESS = "CapNhatTienDoHoSoMC"


def _answer(body: str) -> bytes:
    raw = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


_CODE = b'"MaHoSo":"'
_LOGIN = _answer('{"error_code":0,"result":"Thành công","session":"bench"}')
_TAKEN = _answer('{"error_code":0,"message":"Thành công","result":""}')


class Connection(asyncio.Protocol):
    """One connection of the gateway."""

    def __init__(self, took: Callable[[str], None]) -> None:
        """`took` hears of the effect of every service call."""
        self._took = took
        self._buffer = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := take(self._buffer)) is not None:
            head, body = request
            if head.startswith(b"POST /mapi/login "):
                self._transport.write(_LOGIN)
            else:
                if _CODE in body:  # a probe, sent where answers came too late, has no effect
                    self._took(effect_of(body))
                self._transport.write(_TAKEN)


def effect_of(body: bytes) -> str:
    """Service, dossier and, of progress, the moment of the first step; read by looking for their names."""
    service = _between(body, b'"service":"')
    moment = _between(body, b'"ThoiDiemXuLy":"') if service == _PROGRESS else ""
    return effect(service, _between(body, _CODE), moment)


def _between(body: bytes, name: bytes) -> str:
    start = body.find(name) + len(name)
    return body[start : body.find(b'"', start)].decode()


async def receive(starter: Starter, config: Facts) -> None:
    """The role: serve, tell how many came and when the last one did, give the list and its times when asked."""
    effects: list[str] = []
    times: list[float] = []

    def took(one: str) -> None:
        effects.append(one)
        times.append(time.monotonic())
        if len(effects) == config["expected"]:
            starter.tell(count=len(effects), at=times[-1])

    server = await asyncio.get_running_loop().create_server(lambda: Connection(took), "127.0.0.1", 0)
    counting = asyncio.create_task(_count(starter, effects))
    starter.tell(port=server.sockets[0].getsockname()[1])
    try:
        while (order := await starter.hear()) is not None:
            asked = order["do"]
            known = {"effects": effects, "times": times}
            starter.tell(**{asked: known[asked] if asked in known else usage()})
    finally:
        counting.cancel()
        server.close()


async def _count(starter: Starter, effects: list[str]) -> None:
    told = 0
    while True:
        await asyncio.sleep(_TELL_EVERY)
        if len(effects) > told:
            told = len(effects)
            starter.tell(count=told)
