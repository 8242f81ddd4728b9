"""The composition root: the only file that names concrete classes and puts them together."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError

import gateway
from adapters.contract import Adapter, AdapterSpec
from adapters.registry import ADAPTERS
from gateway.acceptance.accept import Acceptance
from gateway.acceptance.canonical import document_of
from gateway.acceptance.routing import Router, route_name
from gateway.acceptance.validation import Validator
from gateway.broker.inprocess import InProcessBroker
from gateway.broker.port import Broker
from gateway.console import console_routes
from gateway.delivery.breaker import Breaker, Pace
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.delivery.monitor import Monitor
from gateway.delivery.recover import recover
from gateway.delivery.worker import Worker
from gateway.errors import ConfigurationError
from gateway.intake.auth import Authenticator
from gateway.intake.catalogue_views import CatalogueViews
from gateway.intake.http import build as build_http
from gateway.intake.server import IntakeRunner
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.owner import FolderOwnedError, owned
from gateway.ledger.port import Ledger
from gateway.ledger.storage import sqlite_url
from gateway.operations.code_lists import CodeListOperations
from gateway.operations.deliveries import DeliveryOperations
from gateway.operations.judge import Judge
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.operations.mappings import MappingOperations
from gateway.relay import Relay
from gateway.security.seal import KeyRing, create_key_ring, load_key_ring
from gateway.settings import DestinationSettings, Settings, refuse_rehearsal
from gateway.telemetry.metrics import Metrics
from mappings import Catalogue

log = structlog.get_logger(__name__)

_RECOVER_EVERY = 15.0
_MONITOR_EVERY = 2.0
_FOLLOW_EVERY = 1.0
"""Seconds between two looks at a province's own mappings and code lists."""
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
        routes = await open_routes(settings, catalogue, stack, wrap)
        relay = Relay(
            ledger,
            broker,
            {route.settings.destination: route.destination for route in routes.values()},
            sweep_every=settings.ledger.sweep_every.total_seconds(),
            claim_timeout=settings.ledger.claim_timeout.total_seconds(),
            may_publish=lambda name: closed_for(routes, name),
        )
        monitor = Monitor(ledger, routes, metrics, settings.ledger.outbox_limit, _MONITOR_EVERY)
        worker = Worker(ledger, broker, Deliverer(ledger, ring, metrics, document_of), routes)
        acceptance = Acceptance(ledger, Router([route.settings for route in routes.values()]), ring, metrics, monitor)
        await ledger.promote_orphans()
        await recover(ledger, routes, at_start=True)
        running = Gateway("", ledger, metrics, settings, routes, ring)
        authenticator = Authenticator(settings.clients, admin_token(settings))
        app = build_http(
            acceptance=acceptance,
            ledger=ledger,
            operations=DeliveryOperations(ledger),
            validator=Validator(
                settings.codes,
                local_procedures=catalogue.local_procedures,
                routed_types=acceptance.routed_types,
            ),
            authenticator=authenticator,
            metrics=metrics,
            readiness=_Readiness(ledger),
            settings=settings.http,
            catalogue=CatalogueViews(
                catalogue,
                MappingOperations(ledger, catalogue),
                CodeListOperations(ledger, catalogue),
                Judge(settings.codes, catalogue.local_procedures),
                authenticator,
            ),
            extra=console_routes(
                ledger=ledger,
                settings=settings,
                password=admin_token(settings),
                breaker_seconds=lambda name: closed_for(routes, name),
            ),
        )
        delivering = asyncio.create_task(worker.run(), name="worker")
        helpers = [
            asyncio.create_task(relay.run(), name="relay"),
            asyncio.create_task(worker.watch(), name="watch"),
            asyncio.create_task(monitor.run(), name="monitor"),
            asyncio.create_task(_recover_for_ever(ledger, routes), name="recover"),
            asyncio.create_task(catalogue.follow(_FOLLOW_EVERY), name="mappings"),
        ]
        runner = IntakeRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, settings.http.host, settings.http.port, reuse_address=True)
        try:
            await site.start()
            address = f"http://{settings.http.host}:{runner.addresses[0][1]}"
            announce(address)
            log.info("gateway.started", address=address, version=gateway.__version__, data_dir=str(settings.data_dir))
            yield replace(running, address=address)
        finally:
            await runner.cleanup()
            await _stop(helpers)
            await broker.close()
            await _drain(delivering)
            log.info("gateway.stopped")


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


async def open_routes(
    settings: Settings, catalogue: Catalogue | LiveCatalogue, stack: AsyncExitStack, wrap: Wrap
) -> dict[str, OpenRoute]:
    """Every configured route with its mapping, adapter and breaker. Raises `ConfigurationError` with all mistakes."""
    mistakes: list[str] = []
    adapters: dict[str, tuple[AdapterSpec, Any, Adapter]] = {}
    shared: dict[str, tuple[Breaker, Pace, asyncio.Semaphore]] = {}
    routes: dict[str, OpenRoute] = {}
    for route in settings.routes:
        name = route.destination
        try:
            catalogue.get(route.mapping)
            mapping = partial(catalogue.get, route.mapping)
            if name not in adapters:
                adapters[name] = await _open_adapter(name, settings, stack, wrap)
            spec, own, adapter = adapters[name]
            if route.operation not in spec.operations:
                mistakes.append(f"routes: {route.type}: {name} knows no operation {route.operation!r}")
                continue
        except ValidationError as exc:
            mistakes += [f"adapters.{name}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors()]
            continue
        except LookupError as exc:
            mistakes.append(f"routes: {route.type} -> {name}: {exc}")
            continue
        destination = settings.destinations.get(name, DestinationSettings())
        if name not in shared:
            shared[name] = (
                Breaker(destination.breaker_failures, destination.breaker_pause.total_seconds()),
                Pace(destination.rate),
                asyncio.Semaphore(destination.concurrency),
            )
        breaker, pace, slots = shared[name]
        repeatable = route.operation in spec.repeatable(own)
        routes[route_name(route)] = OpenRoute(route, destination, mapping, adapter, repeatable, breaker, pace, slots)
    if mistakes:
        raise ConfigurationError(sorted(set(mistakes)))
    return routes


async def _open_adapter(
    name: str, settings: Settings, stack: AsyncExitStack, wrap: Wrap
) -> tuple[AdapterSpec, Any, Adapter]:
    if name not in ADAPTERS:
        raise LookupError(f"no adapter {name!r}; there are {sorted(ADAPTERS)}")
    spec = ADAPTERS[name]
    own = spec.settings.model_validate(dict(settings.adapters.get(name, {})))
    return spec, own, wrap.adapter(await stack.enter_async_context(spec.open(own)))


def closed_for(routes: Mapping[str, OpenRoute], destination: str) -> float:
    """Seconds for which a destination wants nothing."""
    for route in routes.values():
        if route.settings.destination == destination:
            return _HELD if route.destination.mode == "hold" else route.breaker.seconds_closed_to_traffic()
    return 0.0


class _Readiness:
    """Answers `/readyz`: can the ledger store now."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(self) -> Mapping[str, str | None]:
        return {"ledger": await self._ledger.ready(), "broker": None}


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
