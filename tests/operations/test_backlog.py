"""What becomes of a backlog: told from the last minutes, and told honestly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.ledger.alerts.port import BacklogSample
from gateway.ledger.ledger import SqlLedger
from gateway.operations.backlog import backlog, forecast
from tests.builders import NOW, a_begin, a_delivery, a_message, a_settlement
from tests.ledger.conftest import ledger

__all__ = ["ledger"]

MINUTE = timedelta(minutes=1)


def samples(*open_and_ended: tuple[int, int]) -> list[BacklogSample]:
    """One a minute, the last at `NOW`."""
    first = NOW - (len(open_and_ended) - 1) * MINUTE
    return [BacklogSample("portal", first + n * MINUTE, *one) for n, one in enumerate(open_and_ended)]


def test_a_backlog_that_shrinks_is_empty_at_a_moment() -> None:
    found = forecast(samples((1000, 0), (900, 150), (800, 300), (700, 450)), 700, NOW)
    assert (found.outlook, found.empty_at) == ("emptying", NOW + 7 * MINUTE)
    assert (found.done_per_minute, found.arriving_per_minute) == (150, 50)
    assert found.words == ("hết lúc 08:22 12/06/2025 nếu giữ tốc độ này", "empty at 08:22 12/06/2025 at this rate")


@pytest.mark.parametrize("last", [(1000, 300), (1300, 300)])
def test_a_backlog_that_does_not_shrink_is_not_promised_an_end(last: tuple[int, int]) -> None:
    found = forecast(samples((1000, 0), (1000, 100), (1000, 200), last), last[0], NOW)
    assert (found.outlook, found.empty_at) == ("not_emptying", None)
    assert (found.arriving_per_minute or 0) >= (found.done_per_minute or 0)


def test_only_the_last_minutes_count() -> None:
    long_ago = [(5000 - 100 * n, 100 * n) for n in range(20)]
    found = forecast(samples(*long_ago, *[(3000, 2000 + n) for n in range(11)]), 3000, NOW)
    assert found.outlook == "not_emptying"


def test_too_little_is_known_at_first() -> None:
    assert forecast([], 5, NOW).outlook == "unknown"
    assert forecast(samples((9, 0), (5, 4)), 5, NOW).outlook == "unknown"


def test_nothing_that_waits_needs_no_forecast() -> None:
    assert forecast(samples((9, 0), (5, 4), (0, 9)), 0, NOW).outlook == "empty"


async def test_the_ledgers_own_samples_say_when_a_destination_will_have_caught_up(ledger: SqlLedger) -> None:
    deliveries = [a_delivery() for _ in range(6)]
    for number, delivery in enumerate(deliveries):
        await ledger.accept([a_message(delivery, subject=f"000.00.16.H46-250612-{number:04}")])
    for minute in range(3):
        await ledger.sample_backlog(NOW + minute * MINUTE, timedelta(hours=1))
        assert await ledger.begin_attempt(a_begin(deliveries[minute].id))
        await ledger.settle(a_settlement(deliveries[minute].id))
    [row] = await backlog(ledger, NOW + 3 * MINUTE)
    assert (row["destination"], row["open"], row["outlook"]) == ("national_portal", 3, "emptying")
    assert (row["done_per_minute"], row["empty_at"]) == (1.0, "2025-06-12T08:21:30.000+07:00")
