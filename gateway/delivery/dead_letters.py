"""A look at the broker's dead letters now and then: nothing should ever be there, so whatever is, is an alarm."""

from __future__ import annotations

import asyncio

import structlog

from gateway.broker.port import Broker
from gateway.errors import BrokerUnavailable
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


async def watch_dead_letters(broker: Broker, metrics: Metrics, every: float) -> None:
    """Count them until cancelled; more than before is logged."""
    before = 0
    while True:
        try:
            count = await broker.dead_letters()
        except BrokerUnavailable:
            pass  # `/readyz` says so
        else:
            metrics.dead_letters.set(count)
            if count > before:
                log.error("broker.dead_letters", count=count)
            before = count
        await asyncio.sleep(every)
