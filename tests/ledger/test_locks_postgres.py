"""Processes on one PostgreSQL lock all lanes they touch first, in one order: none waits for another in a ring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import NewDelivery
from gateway.settings import LedgerSettings
from tests.builders import RING, a_begin, a_delivery, a_message, a_settlement
from tests.services.databases import dsn

DOSSIER = "000.00.16.H46-250612-0001"
OTHER = "000.00.16.H46-250612-0002"


@pytest.fixture
async def ledger(postgres_url: str) -> AsyncIterator[SqlLedger]:
    opened = SqlLedger(postgres_url, RING, LedgerSettings())
    yield opened
    await opened.close()


@pytest.fixture
async def somebody(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another process, by its connection."""
    connection = await asyncpg.connect(dsn(postgres_url))
    yield connection
    await connection.close()


@asynccontextmanager
async def holding(somebody: asyncpg.Connection, key: str) -> AsyncIterator[None]:
    async with somebody.transaction():
        assert await somebody.fetchval("SELECT id FROM lane WHERE key = $1 FOR UPDATE", key)
        yield


async def until_one_waits(somebody: asyncpg.Connection) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(20):
        while not await somebody.fetchval(waiting):
            await asyncio.sleep(0.01)


def to_the_sender() -> NewDelivery:
    return a_delivery(destination="onestop/motcua", operation="callback", route="callback", mapping=None)


async def begun(ledger: SqlLedger, subject: str = DOSSIER) -> NewDelivery:
    delivery = a_delivery()
    await ledger.accept([a_message(delivery, subject=subject)])
    assert await ledger.begin_attempt(a_begin(delivery.id))
    return delivery


async def test_the_lane_of_an_answer_is_locked_before_anything_is_written(
    ledger: SqlLedger, somebody: asyncpg.Connection
) -> None:
    await ledger.accept([a_message(to_the_sender(), subject=DOSSIER)])
    delivery = await begun(ledger)
    answer = a_message(to_the_sender(), subject=DOSSIER)
    async with holding(somebody, f"onestop/motcua {DOSSIER}"):
        settling = asyncio.create_task(ledger.settle(a_settlement(delivery.id, replies=(answer,))))
        await until_one_waits(somebody)
        await somebody.fetchval("SELECT id FROM delivery WHERE id = $1 FOR UPDATE NOWAIT", delivery.id)  # nobody's yet
    assert await settling


async def test_what_comes_in_is_not_committed_with_outcomes(ledger: SqlLedger, somebody: asyncpg.Connection) -> None:
    delivery = await begun(ledger)
    async with holding(somebody, f"national_portal {DOSSIER}"):
        settling = asyncio.create_task(ledger.settle(a_settlement(delivery.id)))
        async with asyncio.timeout(20):
            await ledger.accept([a_message(a_delivery(), subject=OTHER)])
        assert not settling.done()
    assert await settling


async def test_an_orphan_is_looked_at_again_under_its_lanes_lock(
    ledger: SqlLedger, somebody: asyncpg.Connection
) -> None:
    first, second = a_delivery(), a_delivery()
    for one in (first, second):
        await ledger.accept([a_message(one, subject=DOSSIER)])
    await somebody.execute("DELETE FROM outbox WHERE delivery_id = $1", first.id)
    await somebody.execute("UPDATE delivery SET state = 'delivered', in_lane = false WHERE id = $1", first.id)
    async with holding(somebody, f"national_portal {DOSSIER}"):
        sweeping = asyncio.create_task(ledger.promote_orphans())
        await until_one_waits(somebody)
        await somebody.execute("UPDATE delivery SET state = 'cancelled', in_lane = false WHERE id = $1", second.id)
    assert await sweeping == 0
    assert await somebody.fetchval("SELECT count(*) FROM outbox") == 0
