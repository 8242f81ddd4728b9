"""Wrong credentials from one address: so many, then 429; a good key is let in all the same."""

from __future__ import annotations

import orjson
import pytest

from gateway.client_settings import AttemptSettings
from gateway.errors import IntakeError
from gateway.intake.credentials.attempts import Attempts
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.ways import credentials_of
from gateway.intake.gate import Gate
from gateway.settings import CodeRuleSettings, Settings
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import CLIENTS, KEY, a_door
from tests.intake.documents import an_event

FEW = AttemptSettings(per_second=0.1, burst=3)


class Seconds:
    """A clock that only goes where it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_who_is_wrong_too_often_is_asked_to_wait_and_a_good_key_still_counts(
    code_rules: CodeRuleSettings,
) -> None:
    gate = Gate([credentials_of(Settings(failed_attempts=FEW), Directory(CLIENTS))])
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), gate=gate) as door:
        said = [await door.post(b"{}", key=f"lt_doan-{number}") for number in range(5)]
        assert [response.status for response, _ in said] == [401, 401, 401, 429, 429]
        response, told = said[-1]
        assert told["errors"][0]["code"] == "ATTEMPTS" and 1 <= int(response.headers["Retry-After"]) <= 10
        response, _ = await door.post(orjson.dumps(an_event()), key=KEY)
        assert response.status == 202


def test_addresses_are_counted_apart_and_a_pause_forgives() -> None:
    seconds = Seconds()
    attempts = Attempts(FEW, seconds)
    for _ in range(3):
        attempts.failed("192.0.2.1")
    with pytest.raises(IntakeError):
        attempts.look("192.0.2.1")
    with pytest.raises(IntakeError):
        attempts.failed("::ffff:192.0.2.1")
    attempts.failed("192.0.2.2")
    seconds.now += 10
    attempts.failed("192.0.2.1")
    with pytest.raises(IntakeError):
        attempts.failed("192.0.2.1")


def test_whoever_has_a_whole_network_of_addresses_is_one() -> None:
    attempts = Attempts(FEW, Seconds())
    for number in range(3):
        attempts.failed(f"2001:db8::{number}")
    with pytest.raises(IntakeError):
        attempts.failed("2001:db8::ffff")
    attempts.failed("2001:db8:0:1::1")


def test_what_is_remembered_of_addresses_is_bounded() -> None:
    attempts = Attempts(FEW, Seconds())
    for number in range(20_500):
        attempts.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(attempts._owed) == 20_000
