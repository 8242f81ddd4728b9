"""The parts that processes of the gateway have in common: destinations, broker, relay."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from gateway.acceptance.modes import destinations_of
from gateway.bootstrap.data import is_shared
from gateway.broker.inprocess import InProcessBroker
from gateway.broker.port import Broker
from gateway.broker.rabbitmq import QueueSettings, RabbitBroker
from gateway.broker.wire_tap import WireTap
from gateway.ledger.port import Ledger
from gateway.relay import Relay
from gateway.relay.window import prefetch
from gateway.security.key_file import SealError
from gateway.security.seal import KeyRing
from gateway.settings import DestinationSettings, Settings
from gateway.telemetry.lifecycle import Tap

log = structlog.get_logger(__name__)

FOLLOW_EVERY = 1.0
"""Seconds between two looks at a province's own mappings and code lists."""


@asynccontextmanager
async def open_broker(settings: Settings) -> AsyncIterator[Broker]:
    """RabbitMQ where one is configured, else queues in this process. Raises `BrokerUnavailable` when it never answers.

    On leaving, connections go last: what is in hand can be acknowledged until then.
    """
    if not settings.amqp_url:
        yield InProcessBroker()
        return
    seconds = settings.ledger.claim_timeout.total_seconds()
    queues = {
        name: QueueSettings(one.partitions, prefetch(one, seconds)) for name, one in destinations_of(settings).items()
    }
    broker = RabbitBroker(settings.amqp_url, queues, prefix=settings.amqp.prefix, name=f"lienthong {os.getpid()}")
    try:
        await broker.open()
        yield broker
    finally:
        await broker.drop()


@asynccontextmanager
async def open_tap(settings: Settings, dropped: Callable[[], None]) -> AsyncIterator[Tap | None]:
    """What passes on what happens, where that is asked for. Raises `ConfigurationError`."""
    if not (settings.amqp_url and settings.amqp.wire_tap):
        yield None
        return
    prefix = settings.amqp.prefix
    tap = WireTap(settings.amqp_url, prefix=prefix, name=f"{prefix} {os.getpid()}", dropped=dropped)
    await tap.open()
    running = asyncio.create_task(tap.run(), name="wire tap")
    try:
        yield tap
    finally:
        running.cancel()
        await asyncio.wait([running])
        await tap.close()


def open_relay(
    settings: Settings, ledger: Ledger, broker: Broker, may_publish: Callable[[str], float], *, sweeps: bool
) -> Relay:
    """The relay of one process; every process that commits has one, and those of the role sweep."""
    destinations: Mapping[str, DestinationSettings] = destinations_of(settings)
    return Relay(
        ledger,
        broker,
        destinations,
        sweep_every=settings.ledger.sweep_every.total_seconds(),
        claim_timeout=settings.ledger.claim_timeout.total_seconds(),
        may_publish=may_publish,
        sweeps=sweeps,
        shared=is_shared(settings),
    )


async def follow_keys(ring: KeyRing) -> None:
    """Hear of a rotation within a second, until cancelled; a ring that cannot be read leaves what was known."""
    while True:
        await asyncio.sleep(FOLLOW_EVERY)
        try:
            ring.follow()
        except (SealError, OSError) as exc:
            log.warning("keys.unreadable", error=str(exc))
        except Exception:
            log.exception("keys.unreadable")  # a task that ended would never hear of the file put right


def calm_garbage_collector() -> None:
    """For a process that only serves: what start-up made lives for ever, so it is not looked through again and again.

    Measured: full and young collections took 7 % of the CPU of a message.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
