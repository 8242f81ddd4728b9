"""The exchange's adapter in front of its simulator, questions about invented people, and a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from aiohttp import web

from adapters.contract import Adapter, Outbound, Receipt
from adapters.ndxp import SPEC
from adapters.ndxp.road import Ride, Road, open_road
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.simulator import SimulatedExchange, SimulatorSettings, adapter_settings, faults, road_settings
from adapters.transport.http import Http
from adapters.transport.settings import HttpSettings
from gateway.acceptance import schemas
from mappings import JsonSchema
from tests.adapters.portal_rig import closed_port, outbound
from tests.mappings.canonical import CATALOGUE

STYLES = ("direct", "oauth2", "lgsp", "forward", "xroad")
DOSSIER, OFFICER, MAU, BIRTH = "000.00.16.H46-250310-0001", "044082999100", "044999000123", "KQ.G15.000031"
CLIENT, SERVICE = "VN/GOV/000.00.00.H46/qbdvcconsumer", "VN/GOV/000.00.00.G22/khogiayto/giayto"
_PERSONAL = (MAU, OFFICER, "Lê Thị Mẫu Đơn")


def a_question(citizen_id: str = MAU, result_code: str = BIRTH, **changes: Any) -> dict[str, Any]:
    """A canonical question, as a one-stop system sends it."""
    return {
        "dossier_code": DOSSIER,
        "owner": {"citizen_id": citizen_id},
        "result_code": result_code,
        "officer": {"id": OFFICER},
        "purpose": "Giải quyết hồ sơ đăng ký khai sinh",
        **changes,
    }


def mapped(question: Mapping[str, Any]) -> dict[str, Any]:
    """The record the gateway hands over."""
    return CATALOGUE.get("ndxp/document.reuse_requested.v1").forward(dict(question)).document


def message_of(receipt: Receipt) -> tuple[str, dict[str, Any]]:
    """The message that the gateway makes of an answer, judged by the published schema."""
    reply = receipt.reply
    assert reply is not None
    assert not isinstance(reply.record, bytes)
    document = dict(reply.record)
    if reply.mapping:
        document = CATALOGUE.get(reply.mapping).backward(document).document
    document = {"dossier_code": DOSSIER, **document}
    assert (
        CATALOGUE.get("ndxp/document.provided.v1").validate_canonical(
            document, JsonSchema(schemas.document(reply.type))
        )
        == ()
    )
    return reply.type, document


@dataclass
class NdxpRig:
    """An open adapter, its simulator, and short ways to say what a test is about."""

    adapter: Adapter
    exchange: SimulatedExchange
    personal: tuple[str, ...] = _PERSONAL

    def request(self, deadline: float) -> Outbound:
        return outbound("TimGiayTo", mapped(a_question()), deadline=deadline, subject=DOSSIER)

    async def ask(self, *owner_and_code: str, **changes: Any) -> Receipt:
        return await self.adapter.deliver(outbound("TimGiayTo", mapped(a_question(*owner_and_code, **changes))))

    async def told(self, *owner_and_code: str, **changes: Any) -> tuple[str, dict[str, Any]]:
        """Type and content of the message that comes of a question."""
        return message_of(await self.ask(*owner_and_code, **changes))

    def upset(self, fault: str, **how: Any) -> None:
        self.exchange.next(faults.FAULTS[fault](**how))

    def hold(self) -> asyncio.Event:
        hold = faults.Hold()
        self.exchange.next(hold)
        return hold.reached

    def effects(self) -> int:
        return len(self.exchange.effects)

    def calls(self) -> int:
        return self.exchange.calls


@asynccontextmanager
async def open_ndxp_rig(
    *,
    style: Any = "xroad",
    away: bool = False,
    timeout: timedelta = timedelta(seconds=20),
    simulator: SimulatorSettings | None = None,
    clock: Any = None,
    road: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[NdxpRig]:
    """Open adapter and simulator in one access style; `settings` go to the adapter, `road` to its road."""
    exchange = SimulatedExchange(simulator) if clock is None else SimulatedExchange(simulator, clock)
    async with exchange.running() as url:
        section = adapter_settings(closed_port() if away else url, exchange.settings, style)
        section["road"] |= road or {}
        section |= {"timeout": timeout, "connect_pause": timedelta(0), **settings}
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            yield NdxpRig(adapter, exchange)


class Clocked(Http):
    """The transport with a clock that a test moves; deadlines and tokens go by it."""

    def __init__(self, clock: Callable[[], float] | None) -> None:
        super().__init__(HttpSettings.model_validate({}))
        self._clock = clock

    def now(self) -> float:
        return super().now() if self._clock is None else self._clock()


@asynccontextmanager
async def open_exchange_road(
    style: Any,
    simulator: SimulatorSettings | None = None,
    clock: Any = None,
    provider: str | None = None,
    **changes: Any,
) -> AsyncIterator[tuple[Road, SimulatedExchange]]:
    """A road over a simulated exchange to `provider`, its own store where none is named, and the exchange."""
    exchange = SimulatedExchange(simulator) if clock is None else SimulatedExchange(simulator, clock)
    async with exchange.running() as url:
        there = road_settings(url, style, provider, exchange.settings)
        settings = RoadSettings.model_validate({**there, **changes})
        async with Clocked(clock) as http, open_road(settings, http) as road:
            yield road, exchange


@dataclass
class Seen:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Scripted:
    """A server that gives the next of `answers` to every call but those for a token, and keeps what came."""

    url: str = ""
    answers: list[web.Response | Callable[[web.Request], web.Response]] = field(default_factory=list)
    token: Any = field(default_factory=lambda: {"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600})
    token_status: int = 200
    seen: list[Seen] = field(default_factory=list)

    def calls(self) -> list[Seen]:
        return [call for call in self.seen if not call.path.endswith("/token")]

    def tokens(self) -> list[Seen]:
        return [call for call in self.seen if call.path.endswith("/token")]

    async def take(self, request: web.Request) -> web.Response:
        self.seen.append(Seen(request.method, request.raw_path, request.headers.copy(), await request.read()))
        if request.path.endswith("/token"):
            said = self.token() if callable(self.token) else self.token
            if isinstance(said, bytes):
                return web.Response(status=self.token_status, body=said)
            return web.json_response(said, status=self.token_status)
        if not self.answers:
            return web.json_response({"error_code": 0})
        answer = self.answers.pop(0)
        return answer(request) if callable(answer) else answer


@asynccontextmanager
async def open_scripted(
    *, clock: Callable[[], float] | None = None, **settings: Any
) -> AsyncIterator[tuple[Road, Scripted]]:
    """A road with `settings` to a scripted server; `address` is put behind the server's."""
    server = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.take)
    runner = web.AppRunner(app, access_log=None)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        section = {**settings, "address": server.url + settings.get("address", "")}
        road_there = RoadSettings.model_validate(section)
        async with Clocked(clock) as http, open_road(road_there, http) as road:
            yield road, server
    finally:
        await runner.cleanup()


def search(citizen_id: str = MAU, **changes: Any) -> Ride:
    """A ride that searches the simulated store."""
    values = {"path": "/TimGiayTo", "body": orjson.dumps(mapped(a_question(citizen_id))), "issue": DOSSIER}
    return Ride(**{**values, **changes})
