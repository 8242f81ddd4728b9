"""Whoever waits for an answer on the same call gets it as soon as it is stored, or is told that there is none yet."""

from __future__ import annotations

import asyncio

from gateway.delivery.waiting import Waiting
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import NewMessage
from tests.builders import a_begin, a_delivery, a_message, a_settlement

LONG = 30.0


async def asked(ledger: SqlLedger) -> tuple[NewMessage, str]:
    """A question whose attempt is under way; the message and its delivery's id."""
    delivery = a_delivery(lane=False)
    question = a_message(delivery)
    await ledger.accept([question])
    assert await ledger.begin_attempt(a_begin(delivery.id))
    return question, delivery.id


async def answer(ledger: SqlLedger, question: NewMessage, delivery_id: str) -> NewMessage:
    reply = a_message(a_delivery(stored_only=True), causation_id=question.id, source_id=f"{delivery_id}/answer")
    assert await ledger.settle(a_settlement(delivery_id, replies=(reply,)))
    return reply


async def test_an_answer_that_comes_wakes_the_one_who_waits(ledger: SqlLedger) -> None:
    waiting = Waiting(ledger, most=10)
    question, delivery_id = await asked(ledger)
    call = asyncio.create_task(waiting.wait(question.id, LONG))
    reply = await answer(ledger, question, delivery_id)
    found = await call
    assert found is not None
    assert found.id == reply.id


async def test_an_answer_that_was_there_before_is_given_at_once(ledger: SqlLedger) -> None:
    waiting = Waiting(ledger, most=10)
    question, delivery_id = await asked(ledger)
    reply = await answer(ledger, question, delivery_id)
    found = await waiting.wait(question.id, LONG)
    assert found is not None
    assert found.id == reply.id


async def test_no_answer_in_time_is_said_in_time(ledger: SqlLedger) -> None:
    question, _ = await asked(ledger)
    assert await Waiting(ledger, most=10).wait(question.id, 0.01) is None


async def test_two_who_ask_the_same_are_both_answered(ledger: SqlLedger) -> None:
    waiting = Waiting(ledger, most=10)
    question, delivery_id = await asked(ledger)
    calls = [asyncio.create_task(waiting.wait(question.id, LONG)) for _ in range(2)]
    await asyncio.sleep(0)
    reply = await answer(ledger, question, delivery_id)
    assert [found.id for found in await asyncio.gather(*calls) if found] == [reply.id] * 2


async def test_one_too_many_does_not_wait(ledger: SqlLedger) -> None:
    question, delivery_id = await asked(ledger)
    waiting = Waiting(ledger, most=1)
    first = asyncio.create_task(waiting.wait("another message", LONG))
    await asyncio.sleep(0)
    assert await waiting.wait(question.id, LONG) is None
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await answer(ledger, question, delivery_id)
    assert await waiting.wait(question.id, LONG) is not None
