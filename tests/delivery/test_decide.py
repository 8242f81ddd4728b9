"""What follows from what came back: every class of error leads to exactly one decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.contract import PermanentError, RefusedError, TransientError, UncertainError
from gateway.delivery.decide import clear_at, decide
from gateway.message import Dead, Decision, Delivery, DeliveryId, MessageId, Refused, Returned, Uncertain, Waiting
from gateway.settings import DestinationSettings
from mappings import MappingError

NOW = datetime(2025, 6, 12, 8, 0, tzinfo=UTC)
SETTINGS = DestinationSettings(
    retry_schedule=(timedelta(seconds=10), timedelta(minutes=10)), unclear_gap=timedelta(seconds=60)
)
WORDS = {"vi": "Lỗi.", "en": "Error."}


def a_delivery(**changes: object) -> Delivery:
    values: dict[str, object] = {
        "id": DeliveryId("d"),
        "message_id": MessageId("m"),
        "destination": "national_portal",
        "operation": "DongBoHoSoMC",
        "route": "r",
        "attempts": 0,
        "tries": 0,
    }
    return Delivery(**(values | changes))  # type: ignore[arg-type]


def decided(exc: Exception, *, repeatable: bool = True, **changes: object) -> Decision:
    return decide(exc, a_delivery(**changes), SETTINGS, repeatable=repeatable, now=NOW)


def test_a_transient_failure_waits_by_the_schedule_with_a_little_jitter() -> None:
    decision = decided(TransientError("HTTP_503", **WORDS))
    assert isinstance(decision, Waiting)
    assert timedelta(seconds=9) <= decision.until - NOW <= timedelta(seconds=11)
    later = decided(TransientError("HTTP_503", **WORDS), tries=1)
    assert isinstance(later, Waiting)
    assert later.until - NOW >= timedelta(minutes=9)


def test_the_systems_own_wish_is_honoured_when_it_is_longer() -> None:
    decision = decided(TransientError("HTTP_429", retry_after=timedelta(hours=1), **WORDS))
    assert isinstance(decision, Waiting)
    assert decision.until == NOW + timedelta(hours=1)


def test_a_used_up_schedule_is_dead() -> None:
    assert isinstance(decided(TransientError("HTTP_503", **WORDS), tries=2), Dead)


def test_an_unnamed_error_is_given_up_after_its_own_number_of_tries() -> None:
    exc = TransientError("unnamed", max_tries=2, **WORDS)
    assert isinstance(decided(exc, error_code="unnamed", error_tries=0), Waiting)
    assert isinstance(decided(exc, error_code="unnamed", error_tries=1), Dead)
    assert isinstance(decided(exc, error_code="HTTP_503", error_tries=1), Waiting)


def test_a_repeatable_call_without_a_clear_answer_waits_out_the_unclear_gap() -> None:
    decision = decided(UncertainError("TIMEOUT", **WORDS))
    assert isinstance(decision, Waiting)
    assert decision.unclear
    assert decision.until - NOW >= timedelta(seconds=60)


@pytest.mark.parametrize("changes", [{}, {"tries": 2}])
@pytest.mark.parametrize("repeatable", [True, False])
def test_after_an_unclear_call_the_lane_waits_whatever_becomes_of_the_delivery(
    changes: dict[str, int], repeatable: bool
) -> None:
    decision = decided(UncertainError("TIMEOUT", **WORDS), repeatable=repeatable, **changes)
    assert clear_at(decision, SETTINGS, NOW) == NOW + SETTINGS.unclear_gap
    assert clear_at(decided(TransientError("HTTP_503", **WORDS)), SETTINGS, NOW) is None


def test_an_unclear_call_with_no_tries_left_is_dead() -> None:
    assert isinstance(decided(UncertainError("TIMEOUT", **WORDS), tries=2), Dead)


def test_a_call_that_may_not_be_repeated_stays_uncertain() -> None:
    assert isinstance(decided(UncertainError("TIMEOUT", **WORDS), repeatable=False), Uncertain)


def test_a_no_is_refused_whatever_the_schedule_says() -> None:
    decision = decided(RefusedError("-1", field="MaTTHC", **WORDS), tries=0)
    assert isinstance(decision, Refused)
    assert decision.fault.field == "MaTTHC"


def test_what_would_hit_every_message_goes_back_and_uses_no_try() -> None:
    decision = decided(PermanentError("LOGIN", scope="destination", **WORDS))
    assert isinstance(decision, Returned)


@pytest.mark.parametrize(
    "exc",
    [
        PermanentError("HTTP_404", **WORDS),
        MappingError("UNMAPPED_CODE", "/procedure/code", "MaTTHC", **WORDS),
        ZeroDivisionError("044999000123"),
    ],
)
def test_what_no_retry_can_help_is_dead_at_once(exc: Exception) -> None:
    decision = decided(exc)
    assert isinstance(decision, Dead)
    assert "044999000123" not in decision.fault.vi + decision.fault.en + decision.fault.code


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Hồ sơ đã tồn tại 🙂", "Hồ sơ đã tồn tại 🙂"),
        ("cut\0short", "cut\N{REPLACEMENT CHARACTER}short"),
        ("half \ud83d of one", "half \N{REPLACEMENT CHARACTER} of one"),
        ("\ud83d\ude42 in halves", "🙂 in halves"),
    ],
)
def test_what_no_ledger_can_keep_of_a_systems_words_does_not_cost_us_the_outcome(said: str, kept: str) -> None:
    decision = decided(RefusedError("E-1", vi=said, en=said, field=said))
    assert isinstance(decision, Refused)
    fault = decision.fault
    assert (fault.vi, fault.en, fault.field) == (kept, kept, kept)
