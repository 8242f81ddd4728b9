"""The services the tests rest on are real, private, and gone when the run is."""

from __future__ import annotations

import aio_pika
import asyncpg
import pytest

from gateway.demo.services import programs
from gateway.demo.services.programs import MissingServiceError, Package


async def test_postgresql_answers(postgres_server: str) -> None:
    connection = await asyncpg.connect(postgres_server.replace("+asyncpg", ""))
    try:
        assert await connection.fetchval("SELECT 1") == 1
    finally:
        await connection.close()


async def test_rabbitmq_makes_a_quorum_queue(rabbitmq_server: str) -> None:
    connection = await aio_pika.connect(rabbitmq_server)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("test.services", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"x"), "test.services")
        message = await queue.get(timeout=10)
        await message.ack()
        await queue.delete(if_unused=False, if_empty=False)  # the conditions are not for quorum queues
    assert message.body == b"x"


def test_a_service_that_cannot_be_had_says_the_line_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.shutil, "which", lambda _: None)
    nothing = Package("Nowhere", ("no-such-package",), ())
    with pytest.raises(MissingServiceError, match="apt-get install no-such-package"):
        programs.program(nothing, programs.Path("nowhere"), "usr/lib/no-such-program")
