"""How a replay job climbs: what follows from how its step is doing."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ledger.replays.port import StepLook
from gateway.scheduler.staircase import AT_ONCE, STAIRS, Climb, Finish, Send, Stop, Wait, next_move


def a_look(**changes: Any) -> StepLook:
    """A step of twenty that is through, with more to come."""
    values: dict[str, Any] = {
        "job_id": "j", "state": "running", "step": 3, "rung": 3, "max_failure_rate": 0.2, "max_seconds": 0,
        "planned": 0, "under_way": 0, "failing": 0, "passed": 20, "failed": 0, "needless": 0, "left": 0, "seconds": 0.1,
        "more": True, "sent": 0, "cause": "",
    }  # fmt: skip
    return StepLook(**(values | changes))


@pytest.mark.parametrize(("rung", "size"), [(0, 1), (1, 5), (2, 20), (3, 100), (4, 500), (5, 1000), (9, 1000)])
def test_each_step_is_larger_than_the_last_up_to_a_bound(rung: int, size: int) -> None:
    assert next_move(a_look(rung=rung)) == Climb(size)
    assert size in STAIRS


@pytest.mark.parametrize("state", ["paused", "stopped", "finished", "cancelled"])
def test_a_job_that_does_not_run_does_nothing(state: Any) -> None:
    assert next_move(a_look(state=state, planned=3)) == Wait()


def test_a_step_is_sent_before_the_next_begins() -> None:
    assert next_move(a_look(planned=7)) == Send(7)


def test_no_more_than_so_many_are_under_way_at_a_time() -> None:
    assert next_move(a_look(planned=700, under_way=AT_ONCE - 3)) == Send(3)
    assert next_move(a_look(planned=700, under_way=AT_ONCE)) == Wait()


def test_the_next_step_waits_until_each_of_this_one_has_an_outcome() -> None:
    assert next_move(a_look(passed=19, under_way=1, sent=1)) == Wait()


def test_few_failures_do_not_stop_it_and_what_is_tried_once_more_is_not_waited_for() -> None:
    assert next_move(a_look(passed=16, failed=2, failing=2, sent=2)) == Climb(STAIRS[3])


@pytest.mark.parametrize("bad", [{"failed": 5}, {"failing": 5}, {"failed": 3, "failing": 2}], ids=str)
def test_too_many_failures_stop_it_and_say_of_what(bad: dict[str, int]) -> None:
    move = next_move(a_look(passed=15, cause="HTTP_500", **bad))
    assert move == Stop({"why": "failures", "failed": 5, "of": 20, "limit": 0.2, "code": "HTTP_500"})


def test_a_step_that_can_only_end_badly_is_not_sent_to_its_end() -> None:
    assert next_move(a_look(passed=0, failed=21, planned=79)) == Stop(
        {"why": "failures", "failed": 21, "of": 100, "limit": 0.2, "code": ""}
    )


def test_the_very_first_one_that_fails_stops_it() -> None:
    assert isinstance(next_move(a_look(rung=1, step=1, passed=0, failed=1)), Stop)


def test_what_was_not_needed_speaks_for_nobody() -> None:
    assert isinstance(next_move(a_look(passed=4, failed=1, needless=15)), Climb)
    assert isinstance(next_move(a_look(passed=3, failed=1, left=16)), Stop)


def test_a_target_that_grew_slow_stops_it() -> None:
    assert next_move(a_look(max_seconds=2.0, seconds=2.5)) == Stop({"why": "latency", "seconds": 2.5, "limit": 2.0})
    assert isinstance(next_move(a_look(max_seconds=0, seconds=99)), Climb)


def test_going_on_after_a_stop_begins_at_the_bottom_whatever_the_step_before_looks_like() -> None:
    assert next_move(a_look(rung=0, passed=0, failed=5, under_way=3, seconds=99, max_seconds=1)) == Climb(1)


def test_it_is_over_when_nothing_of_the_list_is_left_or_open() -> None:
    assert next_move(a_look(more=False)) == Finish()
    assert next_move(a_look(more=False, failing=1, sent=1)) == Wait()
