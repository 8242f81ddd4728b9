"""The door on RabbitMQ from its ports: the same acceptance, the same judging and the same counts as the HTTP app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from gateway.acceptance.accept import Acceptance, Backlog
from gateway.acceptance.routing import Router
from gateway.acceptance.validation import Validator
from gateway.intake.amqp import AmqpIntake
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.ways import limits_of
from gateway.intake.letters import Reader
from gateway.intake.refusals import Refusals
from gateway.ledger.port import Ledger
from gateway.operations.live import LiveCatalogue
from gateway.security.seal import KeyRing
from gateway.settings import Settings
from gateway.telemetry.disk import Disk
from gateway.telemetry.metrics import DoorMetrics
from gateway.telemetry.tracing import Tracing

_LEAVE_SECONDS = 10.0
"""For what is in hand to be stored when the process ends."""


@asynccontextmanager
async def amqp_door(
    *,
    settings: Settings,
    ledger: Ledger,
    ring: KeyRing,
    metrics: DoorMetrics,
    backlog: Backlog,
    catalogue: LiveCatalogue,
    tracing: Tracing | None = None,
) -> AsyncIterator[AmqpIntake]:
    """Takes messages from `<prefix>.intake` until left; then what is in hand is stored, or comes again.

    Raises `ConfigurationError` as `AmqpIntake.open`.
    """
    refusals = Refusals(ledger, settings.audit.refusal_window)
    directory = Directory(settings.clients, ledger)
    intake = _intake(
        settings=settings, ledger=ledger, ring=ring, metrics=metrics, backlog=backlog, catalogue=catalogue,
        refusals=refusals, directory=directory, tracing=tracing,
    )  # fmt: skip
    await intake.open()
    taking = asyncio.create_task(_run(intake, directory), name="amqp intake")
    try:
        yield intake
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await intake.stop()
                await taking
        taking.cancel()
        await asyncio.wait([taking])
        await intake.close()
        await refusals.close()


async def _run(intake: AmqpIntake, directory: Directory) -> None:
    """Take messages once it is known whose they may be."""
    async with directory.followed():
        await directory.known()
        await intake.run()


def _intake(
    *,
    settings: Settings,
    ledger: Ledger,
    ring: KeyRing,
    metrics: DoorMetrics,
    backlog: Backlog,
    catalogue: LiveCatalogue,
    refusals: Refusals,
    directory: Directory,
    tracing: Tracing | None,
) -> AmqpIntake:
    disk = Disk(settings.data_dir, settings.disk)
    router = Router(settings.active_routes, settings.clients)
    acceptance = Acceptance(ledger, router, ring, metrics, backlog, disk.short, tracing)
    reader = Reader(
        Validator(
            settings.codes,
            local_procedures=catalogue.local_procedures,
            routed_types=acceptance.routed_types,
        ),
        catalogue,
        directory,
        without_user=settings.amqp.client,
        max_event_bytes=settings.http.max_event_bytes,
        clock=lambda: datetime.now(UTC),
    )
    name = f"{settings.amqp.prefix} {os.getpid()}"
    limits = limits_of(settings, directory)
    return AmqpIntake(settings.amqp_url, acceptance, reader, metrics, settings.amqp, refusals, name, limits)
