"""Group commit: one commit under way, and everything that arrived meanwhile goes into the next."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from gateway.errors import LedgerUnavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_MANY = 8
"""Items of a commit after which more are taken to be on their way."""


class Batcher(Generic[Item, Answer]):
    """Turns single calls into batches of one transaction each.

    `commit` gets a batch and returns one answer or exception per item; it raises only if nothing was committed. A
    batch that fails is tried again item by item, so one item never fails its neighbours; what fails alone gets its own
    exception. Only `LedgerUnavailable` is everybody's at once: each would wait as long to hear the same. A caller that
    is cancelled abandons its answer, never its item. When the batcher ends, every waiter gets `LedgerUnavailable`.

    `linger`: seconds that a commit waits for company; `gather`: the same, after one that held many. A server that
    stores for everybody costs less the more comes at once, and small groups make small groups: answered in small
    groups, senders come back in small groups.
    """

    def __init__(
        self,
        name: str,
        commit: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        max_batch: int,
        linger: float = 0,
        gather: float = 0,
        weigh: Callable[[Item], int] = lambda _: 1,
    ) -> None:
        self._name = name
        self._commit = commit
        self._max_batch = max_batch
        self._linger = linger
        self._gather = max(gather, linger)
        self._weigh = weigh
        self.observe: Callable[[int, float], None] = lambda *_: None
        """Hears of every commit: how many items, and the seconds it took."""
        self._queue: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name=f"batcher:{name}")

    async def submit(self, item: Item) -> Answer:
        """The answer for `item`, after the commit that holds it."""
        if self._closing or self._task.done():
            raise LedgerUnavailable(f"the {self._name} batcher has ended")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((item, future))
        self._wake.set()
        return await future

    @property
    def alive(self) -> bool:
        """False once the batcher has ended: readiness must fail then."""
        return not self._task.done()

    async def close(self) -> None:
        """Commit what is queued, then end."""
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            last = 0
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    # Even without linger one turn of the loop: whoever the last commit answered often has the next
                    # thing to store, and what came in together arrives in one turn (a fifth fewer commits).
                    await asyncio.sleep(self._pause(last))
                    batch = self._take()
                    await self._commit_batch(batch)
                    last = len(batch)
                if self._closing:
                    return
        finally:
            for _, future in self._queue:
                if not future.done():
                    future.set_exception(LedgerUnavailable(f"the {self._name} batcher has ended"))
            self._queue.clear()

    def _pause(self, last: int) -> float:
        """Seconds to wait for company, after a commit of `last` items; none for as many as that waiting already."""
        if self._closing:
            return 0
        return self._gather if last >= _MANY and len(self._queue) < last else self._linger

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        taken, weight = [], 0
        while self._queue and weight < self._max_batch:
            taken.append(self._queue.popleft())
            weight += self._weigh(taken[-1][0])
        return taken

    async def _commit_batch(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        began = time.perf_counter()
        try:
            answers = await self._commit([item for item, _ in batch])
            self.observe(len(batch), time.perf_counter() - began)
            told = list(zip(batch, answers, strict=True))
        except LedgerUnavailable as exc:
            for _, future in batch:
                _answer(future, _again(exc))
        except Exception as exc:  # noqa: BLE001 - whatever it is, the waiters must hear of it
            if len(batch) == 1:
                _answer(batch[0][1], exc)
                return
            for single in batch:
                await self._commit_batch([single])
        except BaseException:  # cancelled in mid-commit: nobody may wait for ever
            for _, future in batch:
                _answer(future, LedgerUnavailable(f"the {self._name} batcher was stopped"))
            raise
        else:
            for (_, future), answer in told:
                _answer(future, answer)


def _again(exc: LedgerUnavailable) -> LedgerUnavailable:
    """The same error for one more waiter: an exception that is raised in two places mixes up their tracebacks."""
    error = LedgerUnavailable(str(exc))
    error.__cause__ = exc
    return error


def _answer(future: asyncio.Future[Answer], answer: Answer | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
