"""A bound on waiting ends what it was put around, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from adapters.contract import Within


async def test_what_takes_too_long_ends_as_a_timeout_and_its_task_goes_on() -> None:
    with pytest.raises(TimeoutError), Within(0):
        await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None and task.cancelling() == 0
    await asyncio.sleep(0)


async def test_what_is_in_time_is_not_disturbed_later() -> None:
    with Within(0):
        pass
    await asyncio.sleep(0)
    with pytest.raises(KeyError), Within(0):
        raise KeyError


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def waits() -> None:
        with Within(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_within_another_ends_alone() -> None:
    with Within(60):
        with pytest.raises(TimeoutError), Within(0):
            await asyncio.Event().wait()
        await asyncio.sleep(0)
