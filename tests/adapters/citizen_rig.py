"""The population database's adapter in front of its simulator, and questions about its invented people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from lxml import etree

from adapters.citizen_db import SPEC
from adapters.citizen_db.simulator import SimulatedCitizenDb, SimulatorSettings, adapter_settings, faults
from adapters.contract import Adapter, Outbound, Receipt, Reply
from adapters.transport.envelope import Envelope, local_name, read_envelope
from gateway.acceptance import schemas
from mappings import JsonSchema
from tests.adapters.portal_rig import FAR, closed_port
from tests.mappings.canonical import CATALOGUE

DOSSIER = "000.00.16.H46-210820-0001"
OFFICER = "044082999100"
MAU = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}
_PERSONAL = ("Nguyễn Văn Mẫu", "NGUYEN VAN MAU", "044085999001", "194999001", OFFICER)

OPERATIONS = {
    "lookup": "TraCuuThongTinCongDan",
    "verify": "XacThucThongTinCongDan",
    "household": "XacThucThongTinHoGiaDinh",
}


def a_question(service: str = "lookup", person: Mapping[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A canonical question, as a one-stop system sends it."""
    members = {"members": [{"citizen_id": "044188999002", "full_name": "Lê Thị Vợ Mẫu"}]}
    return {
        "service": service,
        "dossier_code": DOSSIER,
        "procedure_code": "1.001193",
        "officer": {"id": OFFICER},
        "person": dict(MAU if person is None else person),
        **(members if service == "household" else {}),
        **changes,
    }


def mapped(question: Mapping[str, Any], port: str = "xroad") -> dict[str, Any]:
    """The record the gateway hands over: what the mapping in force for the port makes of a question."""
    form = question["service"] if port in ("xroad", "direct") else port
    return CATALOGUE.get(f"citizen_db/citizen.lookup_requested.v1.{form}").forward(dict(question)).document


def message_of(reply: Reply | None) -> dict[str, Any]:
    """The message that the gateway makes of a reply, judged by the published schema."""
    assert reply is not None
    mapping = CATALOGUE.get(reply.mapping)
    record = mapping.read(reply.record) if isinstance(reply.record, bytes) else dict(reply.record)
    document = {"dossier_code": DOSSIER, **mapping.backward(record).document}
    assert mapping.validate_canonical(document, JsonSchema(schemas.document(reply.type))) == ()
    return document


@dataclass
class CitizenRig:
    """An open adapter, its simulator, and short ways to say what a test is about."""

    adapter: Adapter
    database: SimulatedCitizenDb
    port: str
    personal: tuple[str, ...] = _PERSONAL

    def request(self, deadline: float) -> Outbound:
        return self.outbound(a_question(), deadline=deadline)

    def outbound(self, question: Mapping[str, Any], **changes: Any) -> Outbound:
        values: dict[str, Any] = {
            "operation": OPERATIONS[question["service"]],
            "document": mapped(question, self.port),
            "idempotency_key": "k-1",
            "correlation_id": "c-1",
            "deadline": asyncio.get_running_loop().time() + FAR,
            "subject": question["dossier_code"],
            **changes,
        }
        return Outbound(**values)

    async def ask(self, service: str = "lookup", person: Mapping[str, str] | None = None, **changes: Any) -> Receipt:
        return await self.adapter.deliver(self.outbound(a_question(service, person, **changes)))

    async def told(self, service: str = "lookup", person: Mapping[str, str] | None = None, **changes: Any) -> Any:
        """The message that comes of a question."""
        return message_of((await self.ask(service, person, **changes)).reply)

    def upset(self, fault: str, **how: Any) -> None:
        # What this system refuses with is its own; a platform has a code of its own too, as the shared fault says it.
        if fault == "refuse" and self.port in ("xroad", "direct"):
            fault = "business_fault"
        self.database.next(faults.FAULTS[fault](**how))

    def hold(self) -> asyncio.Event:
        hold = faults.Hold()
        self.database.next(hold)
        return hold.reached

    def effects(self) -> int:
        return len(self.database.effects)

    def calls(self) -> int:
        return self.database.calls


@asynccontextmanager
async def open_citizen_rig(
    *,
    port: str = "xroad",
    away: bool = False,
    timeout: timedelta = timedelta(seconds=20),
    simulator: SimulatorSettings | None = None,
    clock: Any = None,
    **settings: Any,
) -> AsyncIterator[CitizenRig]:
    """Open adapter and simulator on one port; `settings` go to the adapter, `simulator` to the database."""
    database = SimulatedCitizenDb(simulator) if clock is None else SimulatedCitizenDb(simulator, clock)
    async with database.running() as url:
        section = {
            **adapter_settings(closed_port() if away else url, database.settings, port),
            "timeout": timeout,
            "connect_pause": timedelta(0),
            **settings,
        }
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            yield CitizenRig(adapter, database, port)


SAMPLES = Path(__file__).parents[1] / "mappings" / "samples" / "citizen-db"
"""The sheet's own samples; the tables are tried on the same."""


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@dataclass
class Line:
    """An adapter whose other end answers what a test wrote down, and keeps what came."""

    adapter: Adapter
    port: str
    requests: list[tuple[Mapping[str, str], bytes]]

    async def ask(self, service: str = "lookup", person: Mapping[str, str] | None = None, **changes: Any) -> Receipt:
        question = a_question(service, person, **changes)
        deadline = asyncio.get_running_loop().time() + FAR
        document, subject = mapped(question, self.port), question["dossier_code"]
        return await self.adapter.deliver(
            Outbound(OPERATIONS[service], document, "k-1", "c-1", deadline, subject=subject)
        )

    def sent(self) -> Any:
        """The element inside the body of the newest request."""
        envelope = read_envelope(self.requests[-1][1])
        assert isinstance(envelope, Envelope)
        return envelope.content

    def names(self) -> list[str]:
        return [local_name(child) for child in self.sent()]


@asynccontextmanager
async def open_line(
    answer: bytes | Callable[[bytes], bytes], port: str = "direct", status: int = 200, **settings: Any
) -> AsyncIterator[Line]:
    """An adapter in front of a server that always gives `answer`, which may depend on the request."""
    requests: list[tuple[Mapping[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        requests.append((dict(request.headers), body))
        said = answer(body) if callable(answer) else answer
        return web.Response(status=status, body=said, content_type="text/xml")

    app = web.Application()
    app.router.add_post("/", take)
    async with serving(app) as url:
        section = {**adapter_settings(url, port=port), "path": "/", **settings}
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            yield Line(adapter, port, requests)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    try:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def echoing(reply: bytes) -> Callable[[bytes], bytes]:
    """A reply over the exchange, with the header blocks of the request in place of its own."""

    def answer(request: bytes) -> bytes:
        asked, made = etree.fromstring(request), etree.fromstring(reply)
        made[0][:] = list(asked[0])
        return etree.tostring(made)

    return answer
