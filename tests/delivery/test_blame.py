"""What a failed attempt tells of the destination: only what the target itself did or said counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.contract import DeliveryError, PermanentError, RefusedError, TransientError, UncertainError
from gateway.delivery import blame
from gateway.delivery.breaker import Breaker
from mappings import MappingError

WORDS = {"vi": "Lỗi.", "en": "Error."}
UNMAPPED = MappingError("UNMAPPED_CODE", "/procedure/code", "MaTTHC", **WORDS)


def a_breaker() -> Breaker:
    """One that opens at the second failure in a row."""
    return Breaker(2, 30, lambda: 1000.0)


def after(*told: Exception) -> Breaker:
    breaker = a_breaker()
    for exc in told:
        blame.tell(breaker, "national_portal", exc)
    return breaker


@pytest.mark.parametrize(
    "failure",
    [
        UncertainError("TIMEOUT", **WORDS),
        TransientError("HTTP_503", **WORDS),
        TransientError("BUSY", scope="destination", **WORDS),
    ],
)
def test_failures_of_the_target_open_the_breaker(failure: DeliveryError) -> None:
    assert not after(failure).tripped
    assert after(failure, failure).tripped


@pytest.mark.parametrize(
    "answer",
    [
        RefusedError("-1", **WORDS),
        PermanentError("HTTP_404", **WORDS),
        TransientError("unnamed", max_tries=5, **WORDS),
    ],
)
def test_an_answer_about_one_message_shows_that_the_target_is_there(answer: DeliveryError) -> None:
    failure = TransientError("HTTP_503", **WORDS)
    assert not after(failure, answer, failure).tripped


@pytest.mark.parametrize("ours", [UNMAPPED, KeyError("x")])
def test_a_fault_of_ours_says_nothing_about_the_target(ours: Exception) -> None:
    failure = TransientError("HTTP_503", **WORDS)
    assert not after(ours, ours, ours).tripped
    assert after(failure, ours, failure).tripped


def test_what_would_hit_every_message_opens_the_breaker_at_once() -> None:
    breaker = after(PermanentError("LOGIN", scope="destination", **WORDS))
    assert (breaker.tripped, breaker.reason) == (True, "LOGIN")


def test_a_time_the_target_names_is_kept() -> None:
    wish = TransientError("HTTP_429", retry_after=timedelta(seconds=90), scope="destination", **WORDS)
    assert after(wish).seconds_closed_to_traffic() == 90


@pytest.mark.parametrize("explained", [UNMAPPED, PermanentError("HTTP_404", **WORDS)])
def test_what_explains_itself_is_never_put_down_to_the_destination(explained: Exception) -> None:
    breaker = a_breaker()
    assert not any(blame.no_accident(breaker, "national_portal", explained, "X") for _ in range(10))
    assert not breaker.tripped


@pytest.mark.parametrize("riddle", [KeyError("answer"), TransientError("unnamed", max_tries=5, **WORDS)])
def test_the_same_riddle_several_times_in_a_row_is_no_accident(riddle: Exception) -> None:
    breaker = a_breaker()
    found = [blame.no_accident(breaker, "national_portal", riddle, "X") for _ in range(4)]
    assert found == [False, False, False, True]
    assert breaker.tripped
