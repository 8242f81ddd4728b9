"""What is known only here must be stored: a ledger that is away is waited for, however long that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

from gateway.errors import LedgerUnavailable
from gateway.message import DeliveryId

R = TypeVar("R")

log = structlog.get_logger(__name__)


async def insist(delivery_id: DeliveryId, store: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """Store the outcome of something that has happened; `store` makes a new try each time it is called."""
    pause = 0.05
    while True:
        try:
            return await store()
        except LedgerUnavailable as exc:
            log.warning("delivery.ledger_unavailable", delivery_id=delivery_id, error=str(exc))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
