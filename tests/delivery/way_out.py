"""The whole way out in one process: a real ledger, broker, relay and worker, and a destination the test scripts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.acceptance.canonical import document_of
from gateway.acceptance.payments import Payments
from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.broker.inprocess import InProcessBroker
from gateway.delivery.answers import Answers
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.delivery.worker import Worker
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import NewDelivery
from gateway.relay import Relay
from gateway.settings import LedgerSettings, PaymentSettings
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import Tracing
from mappings import Catalogue
from tests.builders import RING, a_delivery, a_message
from tests.fakes.destination import ScriptedAdapter, a_destination, a_route


@dataclass
class WayOut:
    """What a test talks to."""

    ledger: SqlLedger
    broker: InProcessBroker
    adapter: ScriptedAdapter
    route: OpenRoute
    metrics: Metrics
    worker: Worker
    working: asyncio.Task[None]

    async def send(self, count: int = 1, **changes: Any) -> list[NewDelivery]:
        """Record messages about as many dossiers, a delivery each."""
        deliveries = [a_delivery(**changes) for _ in range(count)]
        await self.ledger.accept(
            [a_message(one, subject=f"000.00.16.H46-250612-{n:04}") for n, one in enumerate(deliveries, 1)]
        )
        return deliveries

    async def delivery(self, delivery: NewDelivery) -> dict[str, Any]:
        """A delivery as it stands."""
        page = await self.ledger.deliveries_page({}, None, 500)
        return next(dict(item) for item in page["items"] if item["id"] == delivery.id)

    async def states(self, deliveries: list[NewDelivery]) -> list[str]:
        page = await self.ledger.deliveries_page({}, None, 500)
        found = {item["id"]: item["state"] for item in page["items"]}
        return [found[one.id] for one in deliveries]

    async def reach(self, state: str, *deliveries: NewDelivery) -> None:
        """Wait until all of these are in a state."""

        async def there() -> bool:
            return set(await self.states(list(deliveries))) == {state}

        await eventually(there)


@asynccontextmanager
async def way_out(
    folder: Path,
    *,
    route: dict[str, Any] | None = None,
    relay: dict[str, Any] | None = None,
    tracing: Tracing | None = None,
    **destination: Any,
) -> AsyncIterator[WayOut]:
    """Everything between the ledger and one destination, running; torn down in order."""
    url = sqlite_url(folder / "ledger.db")
    await migrate(url)
    ledger, broker, adapter, metrics = (
        SqlLedger(url, RING, LedgerSettings()),
        InProcessBroker(),
        ScriptedAdapter(),
        Metrics("test"),
    )
    settings = a_destination(**destination)
    opened = a_route(adapter, settings, **(route or {}))
    carrying = Relay(
        ledger,
        broker,
        {"national_portal": settings},
        **({"sweep_every": 0.02, "may_publish": lambda _: opened.breaker.seconds_closed_to_traffic()} | (relay or {})),
    )
    replies = Replies(RING, Router(()))
    payments = Payments(ledger, replies, PaymentSettings(), document_of)
    answers = Answers(replies, payments, Catalogue.load().get, "http://127.0.0.1:8080")
    deliverer = Deliverer(ledger, metrics, document_of, answers)
    worker = Worker(ledger, broker, deliverer, {"progress": opened}, tracing=tracing)
    publishing, working = asyncio.create_task(carrying.run()), asyncio.create_task(worker.run())
    try:
        yield WayOut(ledger, broker, adapter, opened, metrics, worker, working)
    finally:
        publishing.cancel()
        await broker.close()
        async with asyncio.timeout(10):
            await asyncio.gather(publishing, working, return_exceptions=True)
        await ledger.close()


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until a condition holds; a bound, not a pause."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.002)
