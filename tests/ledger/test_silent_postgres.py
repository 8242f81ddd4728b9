"""A connection that has gone silent holds nobody up for long, and one that is sound is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import get_args

import pytest
from sqlalchemy import Connection, text

from gateway.errors import ConflictError, LedgerUnavailable
from gateway.ledger import hot
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.storage.port import StatementRefusedError, Way
from gateway.ledger.storage.postgres import PostgresStorage
from gateway.settings import LedgerSettings
from tests.builders import RING, a_begin, a_delivery, a_message
from tests.chaos.proxy import Proxy, proxied_url

PATIENCE = 1.5


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "PATIENCE", PATIENCE)


@pytest.fixture
async def line(postgres_url: str) -> AsyncIterator[tuple[Proxy, str]]:
    async with proxied_url(postgres_url) as opened:
        yield opened


@pytest.fixture
async def storage(postgres_url: str) -> AsyncIterator[PostgresStorage]:
    opened = PostgresStorage(postgres_url)
    yield opened
    await opened.close()


def backend(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


async def test_whoever_waits_on_a_silent_connection_hears_of_it_and_the_next_goes_through(
    line: tuple[Proxy, str],
) -> None:
    proxy, url = line
    ledger = SqlLedger(url, RING, LedgerSettings(), keeps_fresh=False)
    first, second, third = (a_delivery() for _ in range(3))
    await ledger.accept([a_message(one, subject=one.id) for one in (first, second, third)])
    assert await ledger.begin_attempt(a_begin(first.id))
    assert await ledger.read_pack([third.id])
    await asyncio.gather(*(ledger.ready() for _ in range(6)))  # as many as are kept in the pool
    assert proxy.lose() > 8

    async with asyncio.timeout(20 * PATIENCE):
        hung = await asyncio.gather(
            *(ledger.accept([a_message()]), ledger.begin_attempt(a_begin(second.id)), ledger.read_pack([third.id])),
            return_exceptions=True,
        )
        assert [type(one) for one in hung] == [LedgerUnavailable] * 3
        assert await ledger.hold_lease("scheduler", "me", 9)
        assert await ledger.ready() is None
        assert len(await ledger.accept([a_message()])) == 1
        assert await ledger.begin_attempt(a_begin(second.id))
        assert await ledger.read_pack([third.id])
        proxy.lose()
        await ledger.close()


async def test_what_nobody_acknowledges_ends_a_long_question_and_a_slow_answer_does_not(
    line: tuple[Proxy, str], storage: PostgresStorage
) -> None:
    proxy, url = line
    silent = PostgresStorage(url)

    def sleep(connection: Connection) -> None:
        connection.execute(text("SELECT pg_sleep(600)"))

    def lose_both(connection: Connection) -> None:
        sleeping = text("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'")
        while not connection.execute(sleeping).scalar_one():
            pass
        proxy.lose(deaf=True)
        connection.execute(sleeping)

    async with asyncio.timeout(20 * PATIENCE):
        *lost, slow = await asyncio.gather(
            *(silent.read(sleep), silent.write(lose_both)),
            storage.read(lambda c: c.execute(text(f"SELECT 1 FROM pg_sleep({PATIENCE + 0.5})")).scalar_one()),
            return_exceptions=True,
        )
        assert ([type(one) for one in lost], slow) == ([LedgerUnavailable] * 2, 1)
        await silent.close()


async def test_whoever_contradicts_himself_makes_nobody_connect_anew(postgres_url: str) -> None:
    ledger = SqlLedger(postgres_url, RING, LedgerSettings())
    [said] = [a_message(subject="as it was")]
    await ledger.accept([said])
    before = await ledger._storage.write(backend, brief=True, way="intake")
    otherwise = a_message(subject="otherwise", source_id=said.source_id, content_hash=b"otherwise")
    with pytest.raises(ConflictError):
        await ledger.accept([otherwise])
    among_others = await asyncio.gather(
        *(ledger.accept([one]) for one in (a_message(), otherwise, a_message())), return_exceptions=True
    )
    assert [isinstance(one, ConflictError) for one in among_others] == [False, True, False]
    assert await ledger._storage.write(backend, brief=True, way="intake") == before
    await ledger.close()


@pytest.mark.parametrize("way", get_args(Way))
async def test_what_the_database_refuses_leaves_the_connection_as_it_was(storage: PostgresStorage, way: Way) -> None:
    before = await storage.write(backend, brief=True, way=way)
    with pytest.raises(StatementRefusedError):
        await storage.write(lambda c: c.execute(text("SELECT 1 / 0")), brief=True, way=way)
    assert await storage.write(backend, brief=True, way=way) == before


async def test_a_connection_that_the_server_ended_is_made_again(storage: PostgresStorage) -> None:
    ended = await storage.write(backend, brief=True)
    await storage.write(lambda c: c.execute(text(f"SELECT pg_terminate_backend({ended})")))
    with pytest.raises(LedgerUnavailable):
        await storage.write(backend, brief=True)
    assert await storage.write(backend, brief=True) != ended


async def test_a_failure_is_named_by_what_postgresql_calls_it(storage: PostgresStorage) -> None:
    """SQLAlchemy calls nine in ten of them "Error"."""

    def stand_still(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 1"))
        connection.execute(text("SELECT pg_sleep(600)"))

    with pytest.raises(LedgerUnavailable, match="QueryCanceledError"):
        await storage.write(stand_still)
