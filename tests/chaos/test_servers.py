"""The servers of an installation under chaos keep their port, and their disk unless it is wiped, over their lives."""

from __future__ import annotations

import signal

import aio_pika
import asyncpg

from tests.chaos import servers


async def test_a_crashed_postgresql_comes_back_with_what_it_had() -> None:
    async with servers.database() as database:
        connection = await asyncpg.connect(database.plain_url)
        await connection.execute("CREATE TABLE kept (number int)")
        await connection.execute("INSERT INTO kept VALUES (7)")
        await database.program.stop(signal.SIGQUIT)
        assert connection.is_closed() or not await _answers(connection)
        await database.program.start()
        again = await asyncpg.connect(database.plain_url)
        assert await again.fetchval("SELECT number FROM kept") == 7
        await again.close()
        connection.terminate()


async def test_a_killed_broker_comes_back_with_its_queues_and_a_wiped_one_without() -> None:
    async with servers.queues() as broker:
        assert await _declared(broker.url, passive=False)
        await broker.program.kill()
        await broker.program.start()
        assert await _declared(broker.url, passive=True)
        await broker.program.kill()
        broker.wipe()
        await broker.program.start()
        assert not await _declared(broker.url, passive=True)


async def _declared(url: str, *, passive: bool) -> bool:
    connection = await aio_pika.connect(url)
    try:
        channel = await connection.channel()
        await channel.declare_queue("kept", durable=True, passive=passive, arguments={"x-queue-type": "quorum"})
    except aio_pika.exceptions.ChannelNotFoundEntity:
        return False
    else:
        return True
    finally:
        await connection.close()


async def _answers(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True
