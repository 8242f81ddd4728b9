"""Counting by the clock: beside shredding, beside a second process, and through content that does not read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import Ledger
from gateway.reports.indicators.facts import Rules
from gateway.scheduler.counting import read_portion, share_of
from gateway.scheduler.keeping import Keeper
from gateway.security.seal import ShreddedError
from gateway.settings import RetentionSettings
from tests.builders import RING, a_begin, a_message, a_settlement
from tests.contract.indicator_desk import CALENDAR, a_document, a_keeper, count, sums, tell
from tests.intake.documents import RECORDED
from tests.ledger.conftest import ledger

__all__ = ["ledger"]

CODES = tuple(f"000.00.16.H46-250310-000{number}" for number in range(1, 6))


async def test_a_body_goes_only_after_its_facts_were_taken(ledger: SqlLedger) -> None:
    old = datetime.now(UTC) - timedelta(days=30)
    message = await tell(ledger, a_document(), accepted_at=old)
    [delivery] = message.deliveries
    await _carry(ledger, delivery.id)
    keeper = Keeper(ledger, RING, RetentionSettings(payload=timedelta(days=7)))
    await keeper.look(datetime.now(UTC))
    assert await ledger.message_body(message.id)
    await count(ledger)
    await keeper.look(datetime.now(UTC))
    with pytest.raises(ShreddedError):
        await ledger.message_body(message.id)
    assert (await sums(ledger))["received"] == 1


async def test_rows_go_only_after_the_indicators_know_how_the_message_ended(ledger: SqlLedger) -> None:
    now = datetime.now(UTC)
    message = await tell(ledger, a_document(), accepted_at=now - timedelta(days=50))
    await tell(ledger, a_document(CODES[1]))
    await count(ledger)
    await _carry(ledger, message.deliveries[0].id)
    keeper = Keeper(ledger, RING, RetentionSettings(payload=timedelta(days=7), metadata=timedelta(days=30)))
    await keeper.look(now)
    assert await ledger.message_view(message.id)
    await count(ledger)
    await keeper.look(now)
    assert await ledger.message_view(message.id) is None
    figures = await sums(ledger)
    assert (figures["received"], figures["synchronised"]) == (2, 1)


async def test_two_that_count_at_once_count_everything_once(ledger: SqlLedger) -> None:
    """One of two schedulers was frozen with a portion in its hand; by the time it wakes the other has done it."""
    for code in CODES:
        await tell(ledger, a_document(code))
    frozen = await ledger.messages_to_count(100)
    assert frozen is not None
    await count(ledger)
    await a_keeper(_Woken(ledger, frozen)).look()  # type: ignore[arg-type]
    assert (await sums(ledger))["received"] == len(CODES)


async def test_a_process_that_is_killed_at_any_step_leaves_nothing_uncounted_or_counted_twice(
    ledger: SqlLedger,
) -> None:
    for code in CODES:
        await _carry(ledger, (await tell(ledger, a_document(code))).deliveries[0].id)
    for step in ("messages_to_count", "note_facts", "settled_count", "settle_facts", "recount_day"):
        for done in (False, True):
            with pytest.raises(LedgerUnavailable):
                await a_keeper(_Dying(ledger, step, done=done)).look()  # type: ignore[arg-type]
    await count(ledger)
    found = await sums(ledger)
    assert (found["received"], found["synchronised"]) == (len(CODES), len(CODES))


async def test_what_does_not_read_is_counted_as_such_and_holds_nothing_up(ledger: SqlLedger) -> None:
    await ledger.accept([a_message(type=RECORDED)])  # no dossier at all
    await tell(ledger, a_document())
    await count(ledger)
    assert ((await sums(ledger))["received"], (await ledger.counting_state()).unreadable) == (1, 1)


async def test_what_comes_while_it_counts_waits_for_the_next_look(ledger: SqlLedger) -> None:
    """Followed as it comes, it would be a transaction a message, for as long as messages come."""
    await tell(ledger, a_document())
    busy = _Busy(ledger)
    await a_keeper(busy).look()  # type: ignore[arg-type]
    assert (await sums(ledger))["received"] == busy.came == 1
    await count(ledger)
    assert (await sums(ledger))["received"] == 2


async def test_much_is_counted_in_small_transactions(ledger: SqlLedger) -> None:
    await ledger.accept([a_message() for _ in range(120)])
    asked = _Asked(ledger)
    await a_keeper(asked).look()  # type: ignore[arg-type]
    assert asked.sizes == [50, 50, 20]


@pytest.mark.parametrize(("left", "share"), [(0, 50), (400, 50), (1_600, 200), (100_000, 400)])
def test_a_transaction_takes_more_the_more_there_is(left: int, share: int) -> None:
    assert share_of(left) == share


async def test_the_loop_has_its_turn_between_a_few_bodies(ledger: SqlLedger) -> None:
    for number in range(50):
        await tell(ledger, a_document(f"000.00.16.H46-250310-{number:04}"))
    portion = await ledger.messages_to_count(100)
    assert portion is not None
    opened: list[int] = []
    watched = [one._replace(open_body=_told(one.open_body, opened)) for one in portion.messages]
    reading = asyncio.create_task(read_portion(portion._replace(messages=watched), Rules(CALENDAR)))
    turns = []
    while not reading.done():
        await asyncio.sleep(0)
        turns.append(len(opened))
    assert len(reading.result().facts) == turns[-1] == 50
    assert max(after - before for before, after in pairwise([0, *turns])) <= 16


def _told(open_body: Callable[[], bytes], opened: list[int]) -> Callable[[], bytes]:
    def told() -> bytes:
        opened.append(1)
        return open_body()

    return told


async def _carry(ledger: Ledger, delivery_id: Any) -> None:
    assert await ledger.begin_attempt(a_begin(delivery_id))
    assert await ledger.settle(a_settlement(delivery_id))


class _Beside:
    """The ledger, but for what a class below does otherwise."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


class _Woken(_Beside):
    """The ledger as one sees it that still has a portion in its hand."""

    def __init__(self, ledger: Ledger, portion: Any) -> None:
        super().__init__(ledger)
        self._portion = portion

    async def messages_to_count(self, limit: int) -> Any:
        portion, self._portion = self._portion, None
        return portion


class _Busy(_Beside):
    """The ledger of a gateway that accepts one more dossier whenever a portion was noted."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.came = 0

    async def note_facts(self, *words: Any) -> bool:
        noted = await self._ledger.note_facts(*words)
        self.came += 1
        await tell(self._ledger, a_document(CODES[self.came]))
        return noted


class _Asked(_Beside):
    """The ledger, and how many messages were in each portion it gave."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.sizes: list[int] = []

    async def messages_to_count(self, limit: int) -> Any:
        portion = await self._ledger.messages_to_count(limit)
        assert portion is not None
        self.sizes.append(portion.up_to - portion.after)
        return portion


class _Dying(_Beside):
    """The ledger of a process that is killed at its first call of a method, before it or right after its commit."""

    def __init__(self, ledger: Ledger, step: str, *, done: bool) -> None:
        super().__init__(ledger)
        self._step = step
        self._done = done

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self._ledger, name)
        if name != self._step:
            return plain

        async def killed(*words: Any) -> Any:
            if self._done:
                await plain(*words)
            raise LedgerUnavailable("killed")

        return killed
