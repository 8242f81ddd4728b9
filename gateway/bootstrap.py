"""The composition root: the only file that names concrete classes and puts them together."""

from __future__ import annotations

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from aiohttp import web

import gateway
from adapters.contract import Adapter
from adapters.registry import ADAPTERS
from gateway.acceptance.canonical import document_of
from gateway.acceptance.payments import Payments
from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.broker.inprocess import InProcessBroker
from gateway.broker.port import Broker
from gateway.delivery.answers import Answers
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.delivery.monitor import Monitor
from gateway.delivery.open_routes import open_routes
from gateway.delivery.recover import recover
from gateway.delivery.resolve import Resolver
from gateway.delivery.waiting import Waiting
from gateway.delivery.worker import Worker
from gateway.door.app import door_app
from gateway.door.keeper import Keeper, listen
from gateway.door.remote import Attendant
from gateway.intake.server import IntakeRunner
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.owner import FolderOwnedError, owned
from gateway.ledger.port import Ledger
from gateway.ledger.storage import sqlite_url
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.relay import Relay
from gateway.scheduler.catalogues import CatalogueClock
from gateway.scheduler.payments import PaymentKeeper
from gateway.security.seal import KeyRing, create_key_ring, load_key_ring
from gateway.settings import Settings, refuse_rehearsal
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

_RECOVER_EVERY = 15.0
_MONITOR_EVERY = 2.0
FOLLOW_EVERY = 1.0
"""Seconds between two looks at a province's own mappings and code lists."""
_NEWS_EVERY = 0.5
_DRAIN_SECONDS = 20.0
_OWN_WITHIN = 5.0
"""Seconds to wait for the data folder: a command that is just finishing may hold it."""
_HELD = 60.0
"""Seconds for which nothing is offered to a destination in mode `hold`; then it is asked again."""


@dataclass(frozen=True, slots=True)
class Wrap:
    """Lets tests stand between the gateway and its own ports (to stop the process at a chosen moment)."""

    ledger: Callable[[Ledger], Ledger] = lambda port: port
    broker: Callable[[Broker], Broker] = lambda port: port
    adapter: Callable[[Adapter], Adapter] = lambda port: port


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: where it listens, and the parts that commands and tests look at."""

    address: str
    ledger: Ledger
    metrics: Metrics
    settings: Settings
    routes: Mapping[str, OpenRoute]
    ring: KeyRing


def database_url(settings: Settings) -> str:
    """The configured database, or the SQLite file in the data folder."""
    return settings.database_url or sqlite_url(settings.data_dir / "ledger.db")


def public_url(settings: Settings) -> str:
    """Where other systems reach this gateway."""
    return settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"


def prepare_data_dir(data_dir: Path) -> KeyRing:
    """Make the data folder and its key ring on first use; gives back the ring."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / "keys.json"
    if not path.exists():
        with suppress(FileExistsError):
            create_key_ring(path)
    return load_key_ring(path)


def admin_token(settings: Settings) -> str:
    """The administrator's key: configured, else made once and kept in the data folder, owner-readable only."""
    if settings.admin_token is not None:
        return settings.admin_token.get_secret_value()
    path = settings.data_dir / "admin.token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("lt_admin_" + secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[tuple[SqlLedger, KeyRing]]:
    """The ledger alone, migrated; for commands that look or act without a gateway running."""
    ring = prepare_data_dir(settings.data_dir)
    url = database_url(settings)
    await migrate(url)
    ledger = SqlLedger(url, ring, settings.ledger)
    try:
        yield ledger, ring
    finally:
        await ledger.close()


@asynccontextmanager
async def run_gateway(settings: Settings, *, wrap: Wrap | None = None) -> AsyncIterator[Gateway]:
    """The whole gateway on embedded storage: takes messages and delivers until left, then drains.

    Killed at any moment, the next start goes on from the ledger: what was accepted is there, what was begun and not
    settled is treated as unclear.
    """
    wrap = wrap or Wrap()
    refuse_rehearsal(settings)
    async with AsyncExitStack() as stack:
        announce = await _own(settings, stack)
        base, ring = await stack.enter_async_context(open_ledger(settings))
        ledger = wrap.ledger(base)
        broker = wrap.broker(InProcessBroker())
        metrics = Metrics(gateway.__version__)
        catalogue = LiveCatalogue(own_folder(settings.data_dir))
        routes = await open_routes(settings, ADAPTERS, catalogue, stack, wrap.adapter)
        relay = Relay(
            ledger,
            broker,
            {route.settings.destination: route.destination for route in routes.values()},
            sweep_every=settings.ledger.sweep_every.total_seconds(),
            claim_timeout=settings.ledger.claim_timeout.total_seconds(),
            may_publish=lambda name: closed_for(routes, name),
        )
        waiting = Waiting(ledger, settings.http.max_waiting)
        monitor = Monitor(ledger, routes, metrics, settings.ledger.outbox_limit, _MONITOR_EVERY)
        replies = Replies(ring, Router(settings.active_routes, settings.clients))
        payments = Payments(ledger, replies, settings.payments, document_of)
        answers = Answers(replies, payments, catalogue.get, public_url(settings))
        worker = Worker(ledger, broker, Deliverer(ledger, ring, metrics, document_of, answers), routes)
        await ledger.promote_orphans()
        await recover(ledger, routes, at_start=True)
        running = Gateway("", ledger, metrics, settings, routes, ring)
        delivering = asyncio.create_task(worker.run(), name="worker")
        helpers = [
            asyncio.create_task(relay.run(), name="relay"),
            asyncio.create_task(worker.watch(), name="watch"),
            asyncio.create_task(monitor.run(), name="monitor"),
            asyncio.create_task(_recover_for_ever(ledger, routes), name="recover"),
            asyncio.create_task(Resolver(ledger, routes).run(), name="resolve"),
            asyncio.create_task(CatalogueClock(ledger, replies, settings.catalogues).run(), name="catalogues"),
            asyncio.create_task(PaymentKeeper(ledger, replies, settings.payments).run(), name="payments"),
            asyncio.create_task(catalogue.follow(FOLLOW_EVERY), name="mappings"),
        ]
        try:
            async with _door(settings, ledger, ring, metrics, monitor, routes, catalogue, waiting) as address:
                announce(address)
                if settings.production and database_url(settings).startswith("sqlite"):
                    log.warning("gateway.embedded_storage", reason="one machine holds everything; back it up often")
                log.info(
                    "gateway.started", address=address, version=gateway.__version__, data_dir=str(settings.data_dir)
                )
                yield replace(running, address=address)
        finally:
            await _stop(helpers)
            await broker.close()
            await _drain(delivering)
            log.info("gateway.stopped")


@asynccontextmanager
async def _door(
    settings: Settings,
    ledger: Ledger,
    ring: KeyRing,
    metrics: Metrics,
    monitor: Monitor,
    routes: Mapping[str, OpenRoute],
    catalogue: LiveCatalogue,
    waiting: Waiting,
) -> AsyncIterator[str]:
    """The front door, open until left (what was begun is answered); its address. Raises `ConfigurationError`."""
    listening = listen(settings)
    address = f"http://{settings.http.host}:{listening.getsockname()[1]}"
    names = {route.settings.destination for route in routes.values()}

    def closed(name: str) -> float:
        return closed_for(routes, name)

    if settings.http.workers == 0:
        runner = IntakeRunner(
            door_app(
                settings=settings, ledger=ledger, ring=ring, metrics=metrics, backlog=monitor, closed=closed,
                catalogue=catalogue, admin_token=admin_token(settings), specs=ADAPTERS,
                waiting=waiting,
            )
        )  # fmt: skip
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield address
        finally:
            await runner.cleanup()
        return
    keeper = Keeper(listening, settings, Attendant(ledger, metrics, catalogue.refresh, waiting.wait).handle)
    with listening:
        await keeper.start()
        telling = asyncio.create_task(_tell_news(keeper, monitor, names, closed), name="news")
        try:
            yield address
        finally:
            await keeper.close()
            await _stop([telling])


async def _tell_news(
    keeper: Keeper, monitor: Monitor, destinations: Collection[str], closed: Callable[[str], float]
) -> None:
    """Tell the door now and then whether senders should wait and which destinations take nothing."""
    while True:
        keeper.tell("news", monitor.full(), {name: closed(name) for name in destinations})
        await asyncio.sleep(_NEWS_EVERY)


async def _own(settings: Settings, stack: AsyncExitStack) -> Callable[[str], None]:
    """Own the data folder of an embedded ledger. Raises `FolderOwnedError`."""
    if not database_url(settings).startswith("sqlite"):
        return lambda _: None
    prepare_data_dir(settings.data_dir)
    give_up_at = asyncio.get_running_loop().time() + _OWN_WITHIN
    while True:
        try:
            return stack.enter_context(owned(settings.data_dir))
        except FolderOwnedError:
            if asyncio.get_running_loop().time() > give_up_at:
                raise
            await asyncio.sleep(0.1)


def calm_garbage_collector() -> None:
    """For a process that only serves: what start-up made lives for ever, so it is not looked through again and again.

    Measured: full and young collections took 7 % of the CPU of a message.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def closed_for(routes: Mapping[str, OpenRoute], destination: str) -> float:
    """Seconds for which a destination wants nothing."""
    for route in routes.values():
        if route.settings.destination == destination:
            return _HELD if route.destination.mode == "hold" else route.breaker.seconds_closed_to_traffic()
    return 0.0


async def _recover_for_ever(ledger: Ledger, routes: Mapping[str, OpenRoute]) -> None:
    while True:
        await asyncio.sleep(_RECOVER_EVERY)
        try:
            await recover(ledger, routes, at_start=False)
        except Exception:
            log.exception("recover.failed")


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(delivering: asyncio.Task[None]) -> None:
    """Let what is in hand finish, within bounds; what does not is found again by its lease."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await delivering
    except TimeoutError:
        log.warning("gateway.drain_cut_short", seconds=_DRAIN_SECONDS)
