"""Group commit: one commit under way, the rest waits for the next; nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.batch import Batcher


class Recorder:
    """A commit that can be held, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.failure: Exception | None = None
        self.answers: int | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def commit(self, items: Sequence[int]) -> list[int | Exception]:
        self.begun.set()
        await self.gate.wait()
        self.batches.append(list(items))
        if self.failure is not None:
            raise self.failure
        if 13 in items:
            raise ZeroDivisionError
        return [item * 10 for item in items][: self.answers]


async def test_what_arrives_during_a_commit_goes_into_the_next_one() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100)
    first = asyncio.create_task(batcher.submit(1))
    await recorder.begun.wait()
    rest = [asyncio.create_task(batcher.submit(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    recorder.gate.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40]
    assert recorder.batches == [[1], [2, 3, 4]]
    await batcher.close()


async def test_after_a_commit_of_many_the_next_one_waits_for_company() -> None:
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100, gather=0.05)
    await asyncio.gather(*(batcher.submit(number) for number in range(20, 28)))
    early = asyncio.create_task(batcher.submit(1))
    for _ in range(5):  # turns of the loop, in which a commit would have begun
        await asyncio.sleep(0)
    await asyncio.gather(early, batcher.submit(2))
    assert recorder.batches[1:] == [[1, 2]]
    await batcher.close()


async def test_after_a_commit_of_few_and_for_as_many_again_nobody_waits() -> None:
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100, gather=3600)
    await asyncio.gather(*(batcher.submit(number) for number in range(20, 27)))  # few
    await asyncio.gather(*(batcher.submit(number) for number in range(20, 28)))  # many
    await asyncio.gather(*(batcher.submit(number) for number in range(20, 28)))  # as many again
    assert [len(batch) for batch in recorder.batches] == [7, 8, 8]
    await batcher.close()


async def test_closing_waits_for_nobody() -> None:
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100, gather=3600)
    await asyncio.gather(*(batcher.submit(number) for number in range(20, 28)))
    await batcher.close()
    assert len(recorder.batches) == 1


async def test_a_batch_is_never_larger_than_allowed() -> None:
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=2)
    await asyncio.gather(*(batcher.submit(number) for number in range(5)))
    assert all(len(batch) <= 2 for batch in recorder.batches)
    await batcher.close()


async def test_one_bad_item_does_not_fail_its_neighbours() -> None:
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100)
    answers = await asyncio.gather(*(batcher.submit(number) for number in (1, 13, 2)), return_exceptions=True)
    assert answers[0] == 10
    assert isinstance(answers[1], ZeroDivisionError)  # its own fault, said as it is: the same again would fail again
    assert answers[2] == 20
    await batcher.close()


async def test_a_ledger_that_is_away_is_away_for_the_whole_batch_at_once() -> None:
    recorder = Recorder()
    recorder.failure = LedgerUnavailable("disk full")
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100)
    answers = await asyncio.gather(*(batcher.submit(number) for number in range(50)), return_exceptions=True)
    assert {str(answer) for answer in answers} == {"disk full"}
    assert len(recorder.batches) == 1  # asking for each would wait fifty times
    recorder.failure = None
    assert await batcher.submit(1) == 10
    await batcher.close()


async def test_a_commit_that_answers_for_too_few_ends_neither_the_batcher_nor_its_waiters() -> None:
    recorder = Recorder()
    recorder.answers = 0
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100)
    answers = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert all(isinstance(answer, ValueError) for answer in answers)
    recorder.answers = None
    assert await batcher.submit(3) == 30
    await batcher.close()


async def test_a_batcher_that_was_stopped_can_still_be_closed() -> None:
    batcher: Batcher[int, int] = Batcher("test", Recorder().commit, max_batch=1)
    await asyncio.sleep(0)
    batcher._task.cancel()
    await batcher.close()
    assert not batcher.alive


async def test_a_cancelled_caller_abandons_its_answer_and_never_its_item() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100)
    caller = asyncio.create_task(batcher.submit(7))
    await recorder.begun.wait()
    caller.cancel()
    recorder.gate.set()
    assert await batcher.submit(8) == 80
    assert [7] in recorder.batches
    await batcher.close()


async def test_a_closing_batcher_commits_what_is_queued_and_takes_nothing_more() -> None:
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=100)
    waiting = [asyncio.create_task(batcher.submit(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    await batcher.close()
    assert await asyncio.gather(*waiting) == [10, 20]
    with pytest.raises(LedgerUnavailable):
        await batcher.submit(3)
    assert not batcher.alive


async def test_when_a_batcher_is_stopped_in_mid_commit_its_waiters_hear_of_it() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    batcher: Batcher[int, int] = Batcher("test", recorder.commit, max_batch=1)
    under_way = asyncio.create_task(batcher.submit(1))
    await recorder.begun.wait()
    queued = asyncio.create_task(batcher.submit(2))
    await asyncio.sleep(0)
    batcher._task.cancel()
    answers = await asyncio.gather(under_way, queued, return_exceptions=True)
    assert all(isinstance(answer, LedgerUnavailable) for answer in answers)
