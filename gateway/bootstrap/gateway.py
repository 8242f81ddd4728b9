"""One process of the gateway: all roles on embedded storage, or those it was given on PostgreSQL and RabbitMQ."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import structlog

import gateway
from adapters.contract import Adapter
from adapters.registry import ADAPTERS
from gateway.acceptance.canonical import document_of
from gateway.acceptance.modes import destinations_of, modes_of
from gateway.acceptance.payments import Payments
from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.bootstrap.data import (
    database_url,
    is_embedded,
    is_shared,
    open_ledger,
    public_url,
    signer,
)
from gateway.bootstrap.doors import open_door
from gateway.bootstrap.names import refuse_shared_names
from gateway.bootstrap.parts import FOLLOW_EVERY, follow_keys, open_broker, open_relay, open_tap
from gateway.bootstrap.roles import EVERY_ROLE, Role, check_roles
from gateway.broker.port import Broker
from gateway.delivery.answers import Answers
from gateway.delivery.closures import Closures
from gateway.delivery.dead_letters import watch_dead_letters
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.delivery.looking import Asking
from gateway.delivery.monitor import Monitor
from gateway.delivery.open_routes import open_routes
from gateway.delivery.probing import Probing
from gateway.delivery.recover import recover
from gateway.delivery.resolve import Resolver
from gateway.delivery.restored import doubtful_of, refuse_unfinished
from gateway.delivery.vitals import watch_vitals
from gateway.delivery.waiting import Waiting
from gateway.delivery.worker import Worker
from gateway.ledger.owner import FolderOwnedError, owned
from gateway.ledger.port import Ledger
from gateway.ledger.tapped import tapped
from gateway.operations.explain import Explainer
from gateway.operations.groups import GroupOperations
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.production import refuse_rehearsal
from gateway.scheduler.catalogues import CatalogueClock
from gateway.scheduler.chainer import Chainer
from gateway.scheduler.counting import CountingKeeper
from gateway.scheduler.drift import DriftKeeper
from gateway.scheduler.drift_sending import Sending
from gateway.scheduler.groups import GroupKeeper
from gateway.scheduler.keeping import Keeper
from gateway.scheduler.leader import Leader
from gateway.scheduler.payments import PaymentKeeper
from gateway.scheduler.replays import ReplayKeeper
from gateway.scheduler.watch.teller import Teller
from gateway.scheduler.watch.watch import Watch
from gateway.security.seal import KeyRing
from gateway.settings import Settings
from gateway.telemetry.lifecycle import Tap
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.streaming import Streams
from gateway.telemetry.tail import Both, Tail
from gateway.telemetry.tracing import Tracing, open_tracing

log = structlog.get_logger(__name__)

_RECOVER_EVERY = 15.0
_RECOVER_OFTEN = 2.0
"""Seconds, where a process may die while others go on."""
_MONITOR_EVERY = 2.0
_DEAD_LETTERS_EVERY = 30.0
_DRAIN_SECONDS = 20.0
_OWN_WITHIN = 5.0
"""Seconds to wait for the data folder: a command that is just finishing may hold it."""


@dataclass(frozen=True, slots=True)
class Wrap:
    """Lets tests and measurements stand between the gateway and its own parts (to stop the process at a chosen moment).

    Reaches this process only: a door in processes of its own has parts of its own.
    """

    ledger: Callable[[Ledger], Ledger] = lambda port: port
    broker: Callable[[Broker], Broker] = lambda port: port
    adapter: Callable[[Adapter], Adapter] = lambda port: port
    ring: Callable[[KeyRing], KeyRing] = lambda ring: ring


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: where it listens, and the parts that commands and tests look at."""

    address: str
    ledger: Ledger
    metrics: Metrics
    settings: Settings
    routes: Mapping[str, OpenRoute]
    ring: KeyRing


@asynccontextmanager
async def run_gateway(
    settings: Settings, *, roles: frozenset[Role] = EVERY_ROLE, wrap: Wrap | None = None
) -> AsyncIterator[Gateway]:
    """Serve these roles until left, then drain: what was begun is finished, nothing more is begun.

    Killed at any moment, the next start (or another process) goes on from the ledger: what was accepted is there, what
    was begun and not settled is treated as unclear. Raises `ConfigurationError`, `FolderOwnedError`,
    `BrokerUnavailable`, `LedgerUnavailable`, `DoorError`.
    """
    wrap = wrap or Wrap()
    refuse_rehearsal(settings)
    check_roles(settings, roles)
    async with AsyncExitStack() as stack:
        announce = await _own(settings, stack)
        refuse_unfinished(settings.data_dir)
        opening = open_ledger(settings, keeps_fresh="worker" in roles, wrap=wrap.ring)
        base, ring = await stack.enter_async_context(opening)
        await refuse_shared_names(settings, base)
        metrics = Metrics(gateway.__version__)
        tracing = await stack.enter_async_context(open_tracing(settings.tracing))
        base.on_commit(metrics.committed)
        tap = await stack.enter_async_context(open_tap(settings, metrics.event_dropped))
        tail = Tail()
        both = Both(tail, tap)
        ledger = tapped(wrap.ledger(base), both)
        broker = wrap.broker(await stack.enter_async_context(open_broker(settings)))
        catalogue = LiveCatalogue(own_folder(settings.data_dir))
        routes: Mapping[str, OpenRoute] = {}
        if roles & {"worker", "scheduler"}:
            routes = await open_routes(settings, ADAPTERS, catalogue, stack, wrap.adapter)
        process = _Process(settings, roles, ledger, broker, ring, catalogue, routes, metrics, both, tail, tracing)
        await process.recover_at_start()
        delivering = asyncio.create_task(process.worker.run(), name="worker") if "worker" in roles else None
        helpers = [asyncio.create_task(work, name=name) for name, work in process.helpers()]
        try:
            async with process.door() as address:
                announce(address)
                process.tell_start(address)
                yield replace(process.running, address=address)
        finally:
            await _stop(helpers)
            await broker.close()
            if delivering is not None:
                await _drain(delivering)
            log.info("gateway.stopped")


class _Process:
    """The parts of one process, put together."""

    def __init__(
        self,
        settings: Settings,
        roles: frozenset[Role],
        ledger: Ledger,
        broker: Broker,
        ring: KeyRing,
        catalogue: LiveCatalogue,
        routes: Mapping[str, OpenRoute],
        metrics: Metrics,
        tap: Tap,
        tail: Tail,
        tracing: Tracing | None,
    ) -> None:
        self._settings = settings
        self._roles = roles
        self._ledger = ledger
        self._broker = broker
        self._ring = ring
        self._catalogue = catalogue
        self._routes = routes
        self._shared = is_shared(settings)
        self._metrics = metrics
        self._tail = tail
        self._streams = Streams(tail)
        self._tracing = tracing
        destinations, modes = destinations_of(settings), modes_of(settings)
        own = list(routes.values()) if "worker" in roles else []
        for destination, code in {(one.settings.destination, code) for one in own for code in one.alarms}:
            metrics.may_warn(destination, code)
        self._probing = Probing(ledger, own)
        breakers = {route.settings.destination: route.breaker for route in own}
        self._closures = Closures(ledger, modes.held_as_a_whole(), breakers, self._probing.hear)
        self._relay = open_relay(settings, ledger, broker, self._closures.closed, sweeps="relay" in roles)
        self._monitor = Monitor(
            ledger, destinations, self._closures.standing, self._metrics, settings.ledger.outbox_limit, _MONITOR_EVERY
        )
        self._waiting = Waiting(ledger, settings.http.max_waiting)
        self._replies = Replies(ring, Router(settings.active_routes, settings.clients))
        payments = Payments(ledger, self._replies, settings.payments, document_of)
        answers = Answers(self._replies, payments, catalogue.get, public_url(settings))
        self.worker = Worker(
            ledger,
            broker,
            Deliverer(ledger, self._metrics, document_of, answers, tap, doubtful_of(settings.data_dir)),
            routes,
            self._closures.elsewhere,
            modes.of,
            tracing,
        )
        self.running = Gateway("", ledger, self._metrics, settings, routes, ring)

    async def recover_at_start(self) -> None:
        """Nothing is sent before it is known what must not be.

        Where nobody else lives, everything found under way was left by a process that is gone.
        """
        if changed := await self._ledger.judge_held():
            log.info("modes.changed", count=changed)
        await self._closures.begin()
        if is_embedded(self._settings):
            await self._ledger.promote_orphans()
            await recover(self._ledger, self._routes, at_start=True)

    def helpers(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What runs beside the door and the worker until the process ends."""
        works: list[tuple[str, Coroutine[Any, Any, None]]] = [
            ("relay", self._relay.run()),
            ("monitor", self._monitor.run()),
            ("vitals", watch_vitals(self._metrics.vitals, self._ledger, self._broker, self._settings.data_dir)),
            ("mappings", self._catalogue.follow(FOLLOW_EVERY)),
            ("keys", follow_keys(self._ring)),
            ("closures", self._closures.share()),
        ]
        if "relay" in self._roles:
            works.append(("dead letters", watch_dead_letters(self._broker, self._metrics, _DEAD_LETTERS_EVERY)))
        if self._shared:
            self._ledger.on_news(self._tail.hear_news)
            works.append(("tail", self._tail.share(self._ledger.tell_news, self._streams.watched)))
        if "worker" in self._roles:
            works.append(("watch", self._probing.watch()))
        if "scheduler" in self._roles:
            works.append(("scheduler", self._lead() if self._shared else self._leading()))
        return works

    async def _lead(self) -> None:
        holder = f"{socket.gethostname()}/{os.getpid()}"
        await Leader(self._ledger, "scheduler", holder, self._leading).run()

    async def _leading(self) -> None:
        with self._metrics.vitals.leading():
            await self._by_the_clock()

    async def _by_the_clock(self) -> None:
        """What falls due by the clock, and what is unclear; at one process at a time."""
        settings = self._settings
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_recover_for_ever(self._ledger, self._routes, shared=self._shared), name="recover")
            tasks.create_task(Resolver(self._ledger, self._routes).run(), name="resolve")
            tasks.create_task(CatalogueClock(self._ledger, self._replies, settings.catalogues).run(), name="catalogues")
            tasks.create_task(Keeper(self._ledger, self._ring, settings.retention).run(), name="keeping")
            tasks.create_task(Chainer(self._ledger, signer(settings)).run(), name="chain")
            tasks.create_task(PaymentKeeper(self._ledger, self._replies, settings.payments).run(), name="payments")
            groups = GroupOperations(self._ledger, Explainer(ADAPTERS))
            watch = Watch(self._ledger, settings, destinations_of(settings), self._closures.standing, groups)
            tasks.create_task(watch.run(), name="watch")
            tasks.create_task(self._reconciling().run(), name="reconciliation")
            tasks.create_task(Teller(self._ledger, settings.alerts, settings.console_url).run(), name="tell")
            counting = CountingKeeper(self._ledger, settings.indicators, settings.calendar.working_time())
            tasks.create_task(counting.run(), name="indicators")
            tasks.create_task(ReplayKeeper(self._ledger).run(), name="replays")
            tasks.create_task(GroupKeeper(self._ledger).run(), name="groups")

    def _reconciling(self) -> DriftKeeper:
        """What compares and sends the difference."""
        own, routes = self._settings.reconciliation, self._routes
        asking = Asking(self._ledger, routes, own, self._catalogue.get)
        sending = Sending(self._ledger, self._replies, {name for name, one in routes.items() if one.repeatable})
        return DriftKeeper(self._ledger, asking.destinations, own, asking, sending, self._closures.closed)

    @asynccontextmanager
    async def door(self) -> AsyncIterator[str]:
        """The HTTP door of this process, open until left; its address."""
        async with open_door(
            settings=self._settings, roles=self._roles, ledger=self._ledger, broker=self._broker, ring=self._ring,
            metrics=self._metrics, monitor=self._monitor, closed=self._closures.closed, catalogue=self._catalogue,
            waiting=self._waiting, tail=self._tail, streams=self._streams, tracing=self._tracing,
        ) as address:  # fmt: skip
            yield address

    def tell_start(self, address: str) -> None:
        """One line: what runs here, and where."""
        settings = self._settings
        if settings.production and is_embedded(settings):
            log.warning("gateway.embedded_storage", reason="one machine holds everything; back it up often")
        for name, one in destinations_of(settings).items():
            units = (f"{unit}={mode}" for unit, mode in one.agencies.items())
            log.info("gateway.mode", destination=name, mode=" ".join([one.mode, *units]))
        log.info(
            "gateway.started",
            address=address,
            version=gateway.__version__,
            data_dir=str(settings.data_dir),
            role=",".join(sorted(self._roles)),
            ledger=database_url(settings).partition(":")[0].partition("+")[0],
            broker="rabbitmq" if settings.amqp_url else "in-process",
        )


async def _own(settings: Settings, stack: AsyncExitStack) -> Callable[[str], None]:
    """Own the data folder of an embedded ledger. Raises `FolderOwnedError`."""
    if not is_embedded(settings):
        return lambda _: None
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    give_up_at = asyncio.get_running_loop().time() + _OWN_WITHIN
    while True:
        try:
            return stack.enter_context(owned(settings.data_dir))
        except FolderOwnedError:
            if asyncio.get_running_loop().time() > give_up_at:
                raise
            await asyncio.sleep(0.1)


async def _recover_for_ever(ledger: Ledger, routes: Mapping[str, OpenRoute], *, shared: bool) -> None:
    """Settle what was abandoned; where processes die one by one, promote what they left, too."""
    while True:
        await asyncio.sleep(_RECOVER_OFTEN if shared else _RECOVER_EVERY)
        try:
            await recover(ledger, routes, at_start=False)
            if shared:
                await ledger.promote_orphans()
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
