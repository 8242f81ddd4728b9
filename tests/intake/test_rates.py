"""How fast a client may send: messages are counted, not calls; refused is refused whole; all doors count together."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from math import ceil
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from gateway.errors import IntakeError
from gateway.intake.credentials.limits import Limits
from gateway.intake.credentials.rates import Rate, Rates, TooFastError
from gateway.settings import ClientSettings, CodeRuleSettings
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import ADMIN_KEY, NARROW_KEY, Door, a_door
from tests.intake.documents import CODE, an_event

BATCH, LINES = "application/cloudevents-batch+json", "application/x-ndjson"
SLOW = Rate(2.0, 10)


class Seconds:
    """A clock that only goes where it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def door(code_rules: CodeRuleSettings, seconds: Seconds) -> AsyncIterator[Door]:
    limits = Limits(Rates(clock=seconds), {"motcua": SLOW}.get)
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), limits=limits) as opened:
        yield opened


def events(count: int, start: int = 0) -> list[dict[str, object]]:
    return [an_event(id=f"hs-{number}") for number in range(start, start + count)]


def lines(count: int) -> bytes:
    return b"\n".join(orjson.dumps(one) for one in events(count))


def test_so_many_at_once_then_so_many_a_second(seconds: Seconds) -> None:
    rates = Rates(clock=seconds)
    for left in range(9, -1, -1):
        standing = rates.take("a", SLOW)
        assert standing is not None and standing.left == left
    with pytest.raises(TooFastError) as caught:
        rates.take("a", SLOW)
    assert caught.value.retry_after == 1 and caught.value.seconds == pytest.approx(0.5)
    assert rates.take("b", SLOW) is not None, "another client has a rate of its own"
    seconds.now += 0.5
    rates.take("a", SLOW)
    with pytest.raises(TooFastError):
        rates.take("a", SLOW)
    seconds.now += 3600
    assert rates.take("a", SLOW, 10) is not None, "a pause brings back what may come at once, and no more"
    with pytest.raises(TooFastError):
        rates.take("a", SLOW)


def test_whoever_obeys_retry_after_gets_through_and_sends_no_faster_than_its_rate(seconds: Seconds) -> None:
    """A sender in a loop, an hour long: it never waits in vain, and its messages are those of its rate."""
    rates, sent, began = Rates(clock=seconds), 0, seconds.now
    while seconds.now < began + 3600:
        try:
            rates.take("a", SLOW, 7)
            sent += 7
        except TooFastError as exc:
            seconds.now += exc.seconds
            rates.take("a", SLOW, 7)
            sent += 7
    assert SLOW.burst + 3600 * SLOW.per_second - 7 <= sent <= SLOW.burst + 3600 * SLOW.per_second + 7


def test_more_than_fits_is_let_in_when_nothing_is_owed_and_is_worked_off(seconds: Seconds) -> None:
    rates = Rates(clock=seconds)
    standing = rates.take("a", SLOW, 100)
    assert standing is not None and standing.left == 0 and standing.full_in == pytest.approx(50)
    for messages, wait in ((1, 45.5), (100, 50)):
        with pytest.raises(TooFastError) as caught:
            rates.take("a", SLOW, messages)
        assert caught.value.seconds == pytest.approx(wait)
    seconds.now += 50
    rates.take("a", SLOW, 100)


def test_all_doors_of_a_machine_count_one_rate(tmp_path: Path, seconds: Seconds) -> None:
    """Also after one of them fell and another began, and in a process of its own."""
    one, other = Rates(tmp_path / "rates", seconds), Rates(tmp_path / "rates", seconds)
    one.take("a", SLOW, 6)
    other.take("a", SLOW, 4)
    for door in (one, other, Rates(tmp_path / "rates", seconds)):
        with pytest.raises(TooFastError):
            door.take("a", SLOW)
    program = (
        "import sys, pathlib; from gateway.intake.credentials.rates import *\n"
        f"Rates(pathlib.Path(sys.argv[1]), lambda: {seconds.now + 1}).take('a', Rate(2.0, 10), 2)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "rates")], check=True)
    seconds.now += 1
    with pytest.raises(TooFastError):
        one.take("a", SLOW)


def test_what_another_boot_of_the_machine_left_holds_nobody_up(tmp_path: Path) -> None:
    old, new = Seconds(), Seconds()
    old.now = 9_000_000.0
    Rates(tmp_path, old).take("a", SLOW, 50)
    assert Rates(tmp_path, new).take("a", SLOW, 10) is not None


async def test_the_answer_says_how_much_may_still_come(door: Door, seconds: Seconds) -> None:
    response, _ = await door.post(orjson.dumps(an_event()))
    assert response.status == 202
    assert response.headers["RateLimit-Policy"] == '"messages";q=10;w=5'
    assert response.headers["RateLimit"] == '"messages";r=9;t=1'
    response, _ = await door.post(orjson.dumps(an_event()), key=NARROW_KEY)
    assert "RateLimit" not in response.headers, "nothing is said where there is no limit"


@pytest.mark.parametrize("form", [BATCH, LINES])
async def test_a_hundred_messages_in_one_call_cost_a_hundred(door: Door, form: str, seconds: Seconds) -> None:
    body = orjson.dumps(events(100)) if form == BATCH else lines(100)
    response, _ = await door.post(body, form)
    assert response.status == (202 if form == BATCH else 200) and len(door.acceptance.stored) == 100
    assert response.headers["RateLimit"] == '"messages";r=0;t=50'
    response, told = await door.post(orjson.dumps(an_event(id="mot-nua")))
    assert (response.status, told["errors"][0]["code"]) == (429, "RATE")
    assert 45 <= int(response.headers["Retry-After"]) <= 46
    seconds.now += int(response.headers["Retry-After"])
    response, _ = await door.post(orjson.dumps(an_event(id="mot-nua")))
    assert response.status == 202


@pytest.mark.parametrize("form", [BATCH, LINES])
async def test_of_a_call_that_is_too_much_nothing_is_stored_and_nothing_counted(door: Door, form: str) -> None:
    await door.post(orjson.dumps(events(4)), BATCH)
    before = len(door.acceptance.stored)
    body = orjson.dumps(events(7, 10)) if form == BATCH else lines(7)
    response, told = await door.post(body, form)
    assert (response.status, told["errors"][0]["code"]) == (429, "RATE")
    assert response.headers["RateLimit"].startswith('"messages";r=6')
    assert len(door.acceptance.stored) == before
    response, _ = await door.post(orjson.dumps(events(6, 20)), BATCH)
    assert response.status == 202, "what was refused has cost nothing"


async def test_what_is_wrong_counts_too_and_reading_does_not(door: Door) -> None:
    for _ in range(10):
        response, _ = await door.post(orjson.dumps(an_event(type="vn.lienthong.khong-co.v1")))
        assert response.status in (403, 422)
    response, _ = await door.post(orjson.dumps(an_event()))
    assert response.status == 429
    response, _ = await door.call("GET", f"/v1/dossiers/{CODE}")
    assert response.status == 404
    response, _ = await door.post(orjson.dumps(an_event()), key=ADMIN_KEY)
    assert response.status == 202, "a person is no client"


def test_without_a_burst_ten_seconds_fit() -> None:
    assert [Rate.of(rate, 0).burst for rate in (0.01, 0.5, 20)] == [1, 5, 200]
    assert Rate.of(5, 7).burst == 7 and ceil(Rate.of(3, 0).burst / 3) == 10


def test_a_debt_that_is_too_long_is_cut_and_not_forgotten(seconds: Seconds) -> None:
    """A call may hold more than a burst; at a slow rate that is days."""
    rates, slow = Rates(clock=seconds), Rate.of(0.001, 1)
    rates.take("a", slow, 1000)
    for later in (0, 90_000):
        seconds.now += later
        with pytest.raises(TooFastError):
            rates.take("a", slow)
    seconds.now += 10_001
    assert rates.take("a", slow) is not None
    assert Rate.of(0.001, 1_000_000).burst == 100, "what could never be worked off is no burst"


@pytest.mark.parametrize(("rate", "burst"), [(0.001, 101), (0.000001, 0)])
def test_a_burst_that_cannot_be_worked_off_is_not_configured(rate: float, burst: int) -> None:
    with pytest.raises(ValidationError, match="worked off"):
        ClientSettings(name="a", rate=rate, burst=burst)
    assert ClientSettings(name="a", rate=0.001, burst=100).burst == 100


def test_where_the_disk_is_full_each_process_counts_for_itself(seconds: Seconds, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("/dev/full")  # every write finds no room
    rates = Rates(tmp_path, seconds)
    rates.take("a", SLOW, 10)
    with pytest.raises(TooFastError):
        rates.take("a", SLOW)


def test_the_file_of_a_rate_has_no_hole(seconds: Seconds, tmp_path: Path) -> None:
    """Filling one through memory on a full disk would end the process."""
    Rates(tmp_path, seconds).look("a", SLOW)
    with (tmp_path / "a").open("rb") as file:
        assert os.lseek(file.fileno(), 0, os.SEEK_DATA) == 0


def test_a_refusal_is_a_problem_that_tells_when_to_come_again(seconds: Seconds) -> None:
    rates = Rates(clock=seconds)
    rates.take("a", SLOW, 10)
    with pytest.raises(IntakeError) as caught:
        rates.look("a", SLOW)
    assert caught.value.status == 429 and "gửi lại nguyên vẹn" in caught.value.detail


def test_a_disk_that_was_full_for_a_moment_parts_the_doors_for_a_moment_only(tmp_path: Path, seconds: Seconds) -> None:
    """What was counted apart meanwhile is owed on, beside what the other door has counted."""
    folder, slow = tmp_path / "rates", Rate(0.1, 10)
    folder.write_text("in the way")
    one = Rates(folder, seconds)
    one.take("a", slow, 4)
    folder.unlink()
    other = Rates(folder, seconds)
    other.take("a", slow, 8)
    standing = one.take("a", slow)
    assert standing is not None and standing.left == 5, "it is not tried again at every message"
    seconds.now += 10
    for rates in (one, other):
        with pytest.raises(TooFastError) as caught:
            rates.look("a", slow)
        assert caught.value.seconds == pytest.approx(10 * (4 + 1 + 8 - 2) - 90)
    seconds.now += 21
    one.take("a", slow)
    with pytest.raises(TooFastError):
        other.look("a", slow)
