"""Many guesses at once are no way round the lock, at the sign-in and where a password is asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.access_settings import ConsoleSettings, LockoutSettings
from gateway.bootstrap.gateway import run_gateway
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.operations.sessions import Opened, Sessions, SignInLockedError, SignInRefusedError
from gateway.settings import LedgerSettings
from tests.access.people import PASSWORD, a_user, at_a_browser
from tests.builders import RING
from tests.e2e.rig import settings_for

NAME = "lan"
GUESSES = [*(f"sai-mat-khau-{number}" for number in range(16)), PASSWORD, *(f"sai-{number}" for number in range(13))]
"""The right one long after the fifth."""


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    await a_user(ledger, NAME, "operator")
    yield ledger
    await ledger.close()


def sessions(ledger: SqlLedger) -> Sessions:
    return Sessions(ledger, ConsoleSettings(lockout=LockoutSettings(free_per_address=1000)))


async def test_of_many_guesses_at_once_the_right_one_after_the_lock_opens_nothing(ledger: SqlLedger) -> None:
    """Through two processes, and from everywhere: neither one's memory nor an address stands in the way."""
    here, there = sessions(ledger), sessions(ledger)
    guesses = [
        (here, there)[number % 2].sign_in(NAME, guess, f"10.0.0.{number}") for number, guess in enumerate(GUESSES)
    ]
    told = await asyncio.gather(*guesses, return_exceptions=True)
    assert not [one for one in told if isinstance(one, Opened)]
    assert {type(one) for one in told} == {SignInRefusedError, SignInLockedError}
    user = await ledger.user(NAME)
    assert user is not None and user.locked_until is not None
    assert user.failures <= 5 + 3, "what waited for its turn was not compared"


async def test_of_many_guesses_at_ones_own_password_the_right_one_after_the_lock_is_not_told(ledger: SqlLedger) -> None:
    asked = sessions(ledger)
    told = await asyncio.gather(*(asked.is_right(NAME, guess) for guess in GUESSES), return_exceptions=True)
    assert True not in told
    assert sum(isinstance(one, SignInLockedError) for one in told) >= len(GUESSES) - 5 - 1


async def test_the_right_password_still_opens_when_it_comes_in_time(ledger: SqlLedger) -> None:
    told = await asyncio.gather(*(sessions(ledger).sign_in(NAME, PASSWORD, "10.0.0.1") for _ in range(3)))
    assert len({one.secret for one in told}) == 3


async def test_behind_a_proxy_an_address_that_guesses_is_locked_and_its_neighbours_are_not(tmp_path: Path) -> None:
    console = ConsoleSettings(lockout=LockoutSettings(free_per_address=1))
    settings = settings_for(tmp_path, "http://127.0.0.1:9").model_copy(update={"console": console})
    async with run_gateway(settings) as gateway, at_a_browser(gateway.address) as person:
        await a_user(gateway.ledger, NAME, "operator")
        told = {"name": NAME, "password": "sai"}
        for path, kind in (("/v1/session", "json"), ("/console/sign-in", "data")):
            said = []
            for whence in (f"198.51.100.1, 203.0.113.{len(path)}", f"203.0.113.{len(path)}", f"198.51.100.{len(path)}"):
                headers = {"X-Forwarded-For": whence, "Sec-Fetch-Site": "same-origin"}
                async with person.http.post(gateway.address + path, headers=headers, **{kind: told}) as response:
                    said.append(response.status)
            assert said == [401, 429, 401], path
