"""A day in quarters of an hour, sums remembered as long as they cost, and streams that say what they left out."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from gateway.console.colouring import coloured, pretty
from gateway.console.remembering import Remembered
from gateway.console.spark import DAY, series
from gateway.ledger.alerts.port import BacklogSample
from gateway.telemetry.lifecycle import Happening
from gateway.telemetry.streaming import Streams, Wanted
from gateway.telemetry.tail import Place, Tail

NOW = datetime(2025, 6, 12, 5, 0, tzinfo=UTC)


def sample(minutes_ago: int, ended: int, open_: int = 0) -> BacklogSample:
    return BacklogSample("portal", NOW - timedelta(minutes=minutes_ago), open_, ended)


def test_a_step_shows_what_ended_in_it_and_the_most_that_was_open() -> None:
    line = series([sample(40, 100, 7), sample(35, 110, 9), sample(20, 130, 3), sample(5, 130, 0)], NOW)["portal"]
    assert len(line.points) == DAY / timedelta(minutes=15)
    assert [(one.ended, one.open) for one in line.points[-3:]] == [(10, 9), (20, 3), (0, 0)]
    assert (line.total, line.most) == (30, 20)
    assert line.bars.count("M") == 2


def test_what_ended_before_the_day_and_a_counter_that_begins_anew_are_not_counted() -> None:
    line = series([sample(60 * 30, 1_000), sample(30, 1_005), sample(20, 2)], NOW)["portal"]
    assert line.total == 5


async def test_what_is_quick_is_fresh_and_those_who_ask_at_once_share_the_asking() -> None:
    asked = 0
    go = asyncio.Event()

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await go.wait()
        return asked

    remembered = Remembered(ask)
    first = asyncio.create_task(remembered.get())
    await asyncio.sleep(0)
    go.set()
    assert await first == 1
    assert await remembered.get() == 2


async def test_what_is_dear_is_shown_again_instead_of_asked_again() -> None:
    loop, asked = asyncio.get_running_loop(), 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        until = loop.time() + 0.3
        while loop.time() < until:
            await asyncio.sleep(0.05)
        return asked

    remembered = Remembered(ask)
    assert [await remembered.get() for _ in range(3)] == [1, 1, 1]


async def test_a_stream_says_how_many_it_left_out_and_gives_what_was_asked_for() -> None:
    tail = Tail(keep=1_000)
    parts = Streams(tail)._told(None, Wanted({"destination": "portal"}))
    assert (await anext(parts)).startswith(b"retry:")
    coming = asyncio.create_task(anext(parts))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    for number in range(300):
        where = "portal" if number % 2 else "elsewhere"
        tail.hear(Happening("delivery", "delivered", f"m{number}", "t", "s", f"d{number}", where, 1))
    assert b"event: left_out" in await coming
    told = await anext(parts)
    assert told.count(b"event: settled") == 100 and b"elsewhere" not in told


async def test_a_stream_that_goes_on_in_another_process_says_that_some_may_be_missing() -> None:
    parts = Streams(Tail())._told(Place("0123abcd", 7), Wanted({}))
    await anext(parts)
    assert b'event: left_out\ndata: {"count":null}' in await anext(parts)


def test_a_document_is_coloured_and_whatever_stands_in_it_is_inert() -> None:
    made = str(coloured({"<b>": '</pre><script>"x"', "n": [1, True, None]}))
    assert "<script" not in made and "&lt;/pre&gt;" in made
    assert '<b class="name">&#34;n&#34;</b>:' in made and '<b class="word">true</b>' in made
    assert "<script" not in str(pretty("<a><script>x</script></a>"))
    assert str(pretty("không phải JSON <")) == "không phải JSON &lt;"
    assert str(pretty('<a b="1">x</a>')) == '<b class="name">&lt;a b=&#34;1&#34;&gt;</b>x<b class="name">&lt;/a&gt;</b>'


@pytest.mark.timeout(20)  # a pattern that looks again from every place would take hours
@pytest.mark.parametrize("text", ["<" * 199_000, "<" + "&lt;a" * 39_000, "<a>" * 300_000, "[" * 900 + "]" * 900])
def test_whatever_another_system_answers_is_shown_at_once(text: str) -> None:
    assert unescape(re.sub(r'</?b( class="name")?>', "", str(pretty(text)))) == text
