"""The breaker: failures of the target pause it, a probe closes it, refusals never count."""

from __future__ import annotations

from gateway.delivery.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_so_many_failures_in_a_row_and_says_so_once() -> None:
    breaker = Breaker(3, 30, Clock())
    assert [breaker.failure("HTTP_503") for _ in range(4)] == [False, False, True, False]
    assert breaker.seconds_closed_to_traffic() > 0


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(2, 30, Clock())
    breaker.failure("HTTP_503")
    breaker.success()
    assert not breaker.failure("HTTP_503")
    assert breaker.seconds_closed_to_traffic() == 0


def test_when_the_pause_is_over_a_probe_is_due_and_traffic_still_waits_for_it() -> None:
    clock = Clock()
    breaker = Breaker(1, 30, clock)
    breaker.failure("HTTP_503")
    assert not breaker.probe_due()
    clock.now += 30
    assert breaker.probe_due()
    assert breaker.seconds_closed_to_traffic() > 0
    breaker.still_open()
    assert not breaker.probe_due()
    clock.now += 30
    breaker.close()
    assert breaker.seconds_closed_to_traffic() == 0


def test_several_unexplained_deaths_in_a_row_are_no_accident_until_something_is_taken() -> None:
    breaker = Breaker(5, 30, Clock())
    assert [breaker.unexplained("KEYERROR") for _ in range(4)] == [False, False, False, True]
    assert not breaker.unexplained("ANOTHER")
    for _ in range(3):
        breaker.unexplained("KEYERROR")
    breaker.success()
    assert not breaker.unexplained("KEYERROR")


def test_an_answer_that_means_nothing_shows_at_least_that_somebody_is_there() -> None:
    breaker = Breaker(2, 30, Clock())
    breaker.failure("HTTP_503")
    breaker.answered()
    assert not breaker.failure("HTTP_503")


def test_a_time_the_target_names_binds_everybody_without_opening_the_breaker() -> None:
    clock = Clock()
    breaker = Breaker(5, 30, clock)
    breaker.wait_at_least(7)
    assert breaker.seconds_closed_to_traffic() == 7
    assert not breaker.tripped
    clock.now += 7
    assert breaker.seconds_closed_to_traffic() == 0
