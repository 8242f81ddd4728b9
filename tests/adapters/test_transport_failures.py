"""The one table of foreign exceptions is complete, and its classes follow from whether a byte had left."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from adapters.contract import PermanentError, TransientError, UncertainError
from adapters.transport.failures import CATCH, FAILURES, failure, row_of, status_failure
from adapters.transport.retry_after import LONGEST, parse_retry_after
from adapters.transport.texts import TEXTS


def every_subclass(kind: type[BaseException]) -> set[type[BaseException]]:
    found = {kind}
    for child in kind.__subclasses__():
        found |= every_subclass(child)
    return found


def an(kind: type[BaseException]) -> BaseException:
    """An instance without its constructor: only the class is looked at, and what the system said of a connection."""
    made = kind.__new__(kind)
    if isinstance(made, aiohttp.ClientConnectorError):
        vars(made).update(_os_error=OSError())
    return made


AIOHTTP = sorted((k for k in every_subclass(aiohttp.ClientError) if k.__module__.startswith("aiohttp")), key=str)


@pytest.mark.parametrize("kind", AIOHTTP)
def test_every_aiohttp_exception_has_its_own_row(kind: type[BaseException]) -> None:
    assert kind in FAILURES
    assert issubclass(kind, CATCH)


@pytest.mark.parametrize("kind", [TimeoutError, ConnectionResetError, BrokenPipeError, ssl.SSLError, OSError])
def test_what_the_operating_system_raises_is_caught_and_classified(kind: type[BaseException]) -> None:
    assert issubclass(kind, CATCH)
    assert row_of(kind).code in TEXTS


def test_cancellation_is_never_swallowed() -> None:
    assert not issubclass(asyncio.CancelledError, CATCH)


@pytest.mark.parametrize("kind", FAILURES)
def test_after_the_first_byte_every_failure_of_a_write_is_uncertain(kind: type[BaseException]) -> None:
    assert isinstance(failure(an(kind), sent=True, write=True), UncertainError)


@pytest.mark.parametrize("kind", FAILURES)
def test_after_the_first_byte_a_read_may_simply_be_repeated(kind: type[BaseException]) -> None:
    assert isinstance(failure(an(kind), sent=True, write=False), TransientError)


@pytest.mark.parametrize("kind", FAILURES)
def test_before_the_first_byte_nothing_is_uncertain(kind: type[BaseException]) -> None:
    error = failure(an(kind), sent=False, write=True)
    if FAILURES[kind].permanent:
        assert isinstance(error, PermanentError)
        assert error.scope == "destination"
    else:
        assert isinstance(error, TransientError)


def test_every_status_from_300_on_is_an_error() -> None:
    for status in range(300, 600):
        error = status_failure(status, retry_after=None, write=True)
        assert error is not None
        assert error.code == f"HTTP_{status}"
        assert str(status) in error.vi


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_status_below_300_says_nothing_wrong(status: int) -> None:
    assert status_failure(status, retry_after=None, write=True) is None


NOW = datetime(2026, 3, 2, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", timedelta(0)),
        (" 120 ", timedelta(seconds=120)),
        ("Mon, 02 Mar 2026 01:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 00:00:00 GMT", timedelta(0)),
        ("Mon, 02 Mar 2026 08:01:00 +0700", timedelta(minutes=1)),
        ("99999999999999", LONGEST),
        ("Mon, 02 Mar 2099 00:00:00 GMT", LONGEST),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0665", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, wait: timedelta | None) -> None:
    assert parse_retry_after(header, NOW) == wait
