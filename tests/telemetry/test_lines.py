"""Log lines of one turn are written in one piece; nothing waits for a turn that may never end well."""

from __future__ import annotations

import asyncio
import io

from gateway.telemetry.lines import Lines


class Stream(io.StringIO):
    """Notes every write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return super().write(text)


async def test_what_one_turn_says_is_written_in_one_piece() -> None:
    stream = Stream()
    lines = Lines(stream)
    lines.info("a")
    lines.info("b")
    assert stream.writes == []
    await asyncio.sleep(0)
    assert stream.writes == ["a\nb\n"]
    lines.info("c")
    await asyncio.sleep(0)
    assert stream.writes == ["a\nb\n", "c\n"]


async def test_a_warning_is_written_at_once_with_what_was_said_before_it() -> None:
    stream = Stream()
    lines = Lines(stream)
    lines.info("a")
    lines.warning("b")
    assert stream.writes == ["a\nb\n"]
    await asyncio.sleep(0)
    assert stream.writes == ["a\nb\n"]


def test_outside_a_loop_every_line_is_written_at_once() -> None:
    stream = Stream()
    Lines(stream).info("a")
    assert stream.writes == ["a\n"]


def test_a_loop_that_ended_in_mid_turn_does_not_silence_the_next_one() -> None:
    stream = Stream()
    lines = Lines(stream)
    loop = asyncio.new_event_loop()

    async def said_and_gone() -> None:
        lines.info("a")
        loop.stop()

    task = loop.create_task(said_and_gone())
    loop.run_forever()
    del task
    loop.close()

    async def later() -> None:
        lines.info("b")
        await asyncio.sleep(0)

    asyncio.run(later())
    assert "".join(stream.writes) == "a\nb\n"
