"""On PostgreSQL a message may be numbered before another and seen after it: none is passed by."""

from __future__ import annotations

import asyncio

import asyncpg

from gateway.ledger.ledger import SqlLedger
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.indicator_desk import a_document, count, sums, tell
from tests.services.databases import dsn

_LATE = """INSERT INTO message (id, source, source_id, type, subject, client, accepted_at, correlation_id, content_hash,
    body, body_form, key_id, wrapped_key, destinations)
    SELECT 'late', source, 'late', type, '000.00.16.H46-250310-0009', client, accepted_at, correlation_id, content_hash,
    body, body_form, key_id, wrapped_key, destinations FROM message LIMIT 1"""


async def test_two_processes_that_count_at_the_same_time_count_everything_once(postgres_url: str) -> None:
    one, other = (SqlLedger(postgres_url, RING, LedgerSettings()) for _ in range(2))
    try:
        for number in range(12):
            await tell(one, a_document(f"000.00.16.H46-250310-{number + 1:04}"))
        await asyncio.gather(count(one), count(other), count(other))
        await count(one)
        assert (await sums(other))["received"] == 12
    finally:
        await one.close()
        await other.close()


async def test_what_commits_late_is_counted(postgres_url: str) -> None:
    ledger = SqlLedger(postgres_url, RING, LedgerSettings())
    slow = await asyncpg.connect(dsn(postgres_url))
    try:
        await tell(ledger, a_document("000.00.16.H46-250310-0001"))
        await count(ledger)
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(_LATE)
        await tell(ledger, a_document("000.00.16.H46-250310-0002"))
        await count(ledger)
        await count(ledger)
        assert (await sums(ledger))["received"] == 1, "the one behind the one that is not seen yet must wait"
        await transaction.commit()
        await count(ledger)
        assert (await sums(ledger))["received"] == 2
        state = await ledger.counting_state()
        assert (state.reached, state.unreadable) == (state.last, 1)  # its body was sealed for another message
    finally:
        await slow.close()
        await ledger.close()
