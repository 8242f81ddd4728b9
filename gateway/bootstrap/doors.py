"""The HTTP door of a process: in itself, in processes before it, or only its health and metrics."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from aiohttp import web

from adapters.registry import ADAPTERS
from gateway.acceptance.modes import destinations_of
from gateway.bootstrap.data import admin_token, is_shared
from gateway.bootstrap.roles import Role
from gateway.broker.port import Broker
from gateway.delivery.monitor import Monitor
from gateway.delivery.waiting import Waiting
from gateway.door.amqp import amqp_door
from gateway.door.app import door_app
from gateway.door.keeper import Charge, Keeper, listen
from gateway.door.remote import Attendant
from gateway.intake.http import Readiness, status_app
from gateway.intake.server import IntakeRunner
from gateway.ledger.port import Ledger
from gateway.operations.live import LiveCatalogue
from gateway.security.seal import KeyRing
from gateway.settings import Settings
from gateway.telemetry.disk import Disk
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.streaming import Streams
from gateway.telemetry.tail import Tail
from gateway.telemetry.tracing import Tracing

_NEWS_EVERY = 0.5


class _Ready(Protocol):
    async def ready(self) -> str | None: ...


def readiness(ledger: Ledger, broker: Broker, **others: _Ready) -> Readiness:
    """Answers `/readyz`: can the ledger store now, can the broker carry, can what else there is do its part."""

    async def ready() -> Mapping[str, str | None]:
        parts: dict[str, _Ready] = {"ledger": ledger, "broker": broker, **others}
        return {name: await part.ready() for name, part in parts.items()}

    return ready


@asynccontextmanager
async def open_door(
    *,
    settings: Settings,
    roles: frozenset[Role],
    ledger: Ledger,
    broker: Broker,
    ring: KeyRing,
    metrics: Metrics,
    monitor: Monitor,
    closed: Callable[[str], float],
    catalogue: LiveCatalogue,
    waiting: Waiting,
    tail: Tail,
    streams: Streams,
    tracing: Tracing | None = None,
) -> AsyncIterator[str]:
    """Open until left (what was begun is answered); gives the address. Raises `ConfigurationError`, `DoorError`."""
    async with AsyncExitStack() as stack:
        takes, console = "intake" in roles, "console" in roles
        count = settings.http.workers if takes or console else 0
        shared = is_shared(settings)
        listening = listen(settings, max(1, count) if shared else 1)
        for one in listening:
            stack.callback(one.close)
        others: dict[str, _Ready] = {"disk": Disk(settings.data_dir, settings.disk)}
        address = f"http://{settings.http.host}:{listening[0].getsockname()[1]}"
        if takes and settings.amqp_url and settings.amqp.intake:
            others["amqp_intake"] = await stack.enter_async_context(
                amqp_door(
                    settings=settings,
                    ledger=ledger,
                    ring=ring,
                    metrics=metrics,
                    backlog=monitor,
                    catalogue=catalogue,
                    tracing=tracing,
                )
            )
        if not takes and not console:
            await _serve(status_app(metrics, readiness(ledger, broker), settings.http), listening[0], stack)
        elif count == 0:
            app = door_app(
                settings=settings, ledger=ledger, ring=ring, metrics=metrics, backlog=monitor, catalogue=catalogue,
                admin_token=admin_token(settings), specs=ADAPTERS, waiting=waiting, streams=streams,
                readiness=readiness(ledger, broker, **others), takes=takes, console=console,
                tracing=tracing,
            )  # fmt: skip
            await _serve(app, listening[0], stack)
        else:
            sockets = listening if shared else listening * count
            parts = readiness(ledger, broker, **others)
            answering = Attendant(ledger, metrics, catalogue.refresh, waiting.wait, parts, tail.after)
            keeper = Keeper(sockets, Charge(settings, takes, console, direct=shared), answering.handle)
            await keeper.start()
            stack.push_async_callback(keeper.close)
            telling = asyncio.create_task(_tell_news(keeper, monitor, destinations_of(settings), closed), name="news")
            stack.callback(telling.cancel)
        yield address


async def _serve(app: web.Application, listening: socket.socket, stack: AsyncExitStack) -> None:
    runner = IntakeRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listening).start()


async def _tell_news(
    keeper: Keeper, monitor: Monitor, destinations: Collection[str], closed: Callable[[str], float]
) -> None:
    """Tell the door now and then whether senders should wait and which destinations take nothing."""
    while True:
        keeper.tell("news", monitor.full(), {name: closed(name) for name in destinations})
        await asyncio.sleep(_NEWS_EVERY)
