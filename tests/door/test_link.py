"""The link between two processes of one gateway, over a real socket pair."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.door.link import Link, LinkLostError
from gateway.errors import ConflictError, NotFoundError


class Echo:
    """Answers everything with what it was asked; notes what was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.waiting = asyncio.Event()

    def handle(self, name: str, *arguments: Any, **named: Any) -> Any:
        if name == "tell":
            return self.told.append(arguments)
        return self._answer(name, *arguments, **named)

    async def _answer(self, name: str, *arguments: Any, **named: Any) -> Any:
        match name:
            case "conflict":
                raise ConflictError("/0", "the-first")
            case "unsendable":
                return lambda: None
            case "nothing":
                raise NotFoundError("thông điệp", "message")
            case "never":
                self.waiting.set()
                await asyncio.Event().wait()
        return [name, arguments, named]


@asynccontextmanager
async def linked(echo: Echo) -> AsyncIterator[tuple[Link, Link]]:
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    _, near = await loop.create_unix_connection(lambda: Link(lambda *_: None), sock=ours)
    _, far = await loop.create_unix_connection(lambda: Link(echo.handle), sock=theirs)
    yield near, far
    near.close()
    far.close()


async def test_a_call_gives_back_what_the_other_end_answered_named_arguments_included() -> None:
    async with linked(Echo()) as (near, _):
        assert await near.call("say", 1, b"two", then=True) == ["say", (1, b"two"), {"then": True}]


async def test_calls_of_one_turn_are_answered_each_with_its_own_answer() -> None:
    async with linked(Echo()) as (near, _):
        answers = await asyncio.gather(*(near.call("say", number) for number in range(500)))
        assert [answer[1] for answer in answers] == [(number,) for number in range(500)]


async def test_something_larger_than_the_socket_takes_at_once_arrives_whole() -> None:
    async with linked(Echo()) as (near, _):
        large = b"x" * 20_000_000
        assert (await near.call("say", large))[1] == (large,)


async def test_an_error_arrives_as_it_was_raised_with_what_it_carries() -> None:
    async with linked(Echo()) as (near, _):
        with pytest.raises(ConflictError) as caught:
            await near.call("conflict")
        expected = ConflictError("/0", "the-first")
        assert str(caught.value) == str(expected)
        assert vars(caught.value) == vars(expected)


async def test_what_cannot_travel_is_told_to_its_caller_and_keeps_nobody_else_waiting() -> None:
    async with linked(Echo()) as (near, _):
        answer, question, other = await asyncio.gather(
            near.call("unsendable"), near.call("say", lambda: None), near.call("say", 1), return_exceptions=True
        )
        assert isinstance(answer, TypeError)
        assert isinstance(question, Exception)
        assert other == ["say", (1,), {}]


async def test_what_is_told_needs_no_answer_and_arrives_in_order() -> None:
    echo = Echo()
    async with linked(echo) as (near, _):
        for number in range(3):
            near.tell("tell", number)
        await near.call("say")
        assert echo.told == [(0,), (1,), (2,)]


async def test_whoever_waits_hears_that_the_other_end_is_gone_and_so_does_whoever_asks_later() -> None:
    echo = Echo()
    async with linked(echo) as (near, far):
        waiting = asyncio.create_task(near.call("never"))
        await echo.waiting.wait()
        far.close()
        with pytest.raises(LinkLostError):
            await waiting
        with pytest.raises(LinkLostError):
            await near.call("say")
