"""Login and session (§3): one login however many ask, renewed by our clock, replayed once on refusal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from adapters.contract import PermanentError, Receipt, TransientError
from adapters.national_portal.session import Session
from adapters.national_portal.simulator import SimulatorSettings, faults
from tests.adapters.portal_rig import PortalRig, open_portal_rig


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """A login that answers when it is let."""

    logins: int = 0
    failing: bool = False

    def __post_init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def log_in(self) -> str:
        self.logins += 1
        number = self.logins
        await self.open.wait()
        if self.failing:
            raise TransientError("CONNECT", vi="v", en="e")
        return f"s-{number}"


async def test_many_askers_share_one_login() -> None:
    door = Door()
    session = Session(door.log_in, timedelta(minutes=10), Clock())
    tokens = await asyncio.gather(*(session.token() for _ in range(100)))
    assert (set(tokens), door.logins) == ({"s-1"}, 1)


async def test_a_session_is_used_until_our_own_clock_says_so() -> None:
    clock, door = Clock(), Door()
    session = Session(door.log_in, timedelta(minutes=10), clock)
    await session.token()
    clock.now = 599.9
    assert await session.token() == "s-1"
    clock.now = 600.0
    assert await session.token() == "s-2"


async def test_all_who_found_a_session_spent_share_the_new_one() -> None:
    door = Door()
    session = Session(door.log_in, timedelta(minutes=10), Clock())
    spent = await session.token()
    tokens = await asyncio.gather(*(session.renewed(spent) for _ in range(50)))
    assert (set(tokens), door.logins) == ({"s-2"}, 2)
    assert await session.renewed(spent) == "s-2"


async def test_an_asker_cancelled_in_the_middle_of_a_login_does_not_harm_the_others() -> None:
    door = Door()
    door.open.clear()
    session = Session(door.log_in, timedelta(minutes=10), Clock())
    first, second = asyncio.create_task(session.token()), asyncio.create_task(session.token())
    await asyncio.sleep(0)
    first.cancel()
    door.open.set()
    assert await second == "s-1"
    assert first.cancelled() or first.cancelling()
    assert door.logins == 1


async def test_a_failed_login_fails_all_who_waited_and_none_who_come_later() -> None:
    door = Door(failing=True)
    session = Session(door.log_in, timedelta(minutes=10), Clock())
    results = await asyncio.gather(*(session.token() for _ in range(10)), return_exceptions=True)
    assert all(isinstance(result, TransientError) for result in results)
    assert door.logins == 1
    door.failing = False
    assert await session.token() == "s-2"


async def test_closing_ends_a_login_under_way() -> None:
    door = Door()
    door.open.clear()
    session = Session(door.log_in, timedelta(minutes=10), Clock())
    waiting = asyncio.create_task(session.token())
    await asyncio.sleep(0)
    await session.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def deliver_many(rig: PortalRig, count: int) -> list[Receipt]:
    far = asyncio.get_running_loop().time() + 3600
    return await asyncio.gather(*(rig.adapter.deliver(rig.request(far)) for _ in range(count)))


async def test_concurrent_deliveries_log_in_once_over_real_http() -> None:
    async with open_portal_rig() as rig:
        await deliver_many(rig, 40)
        assert (rig.portal.sessions.logins, rig.effects()) == (1, 40)


@pytest.mark.parametrize("answer", ["json", "http_401"])
async def test_a_refused_session_is_renewed_once_and_the_call_replayed(answer: Any) -> None:
    async with open_portal_rig(simulator=SimulatorSettings(session_answer=answer)) as rig:
        await deliver_many(rig, 1)
        rig.portal.next(faults.session_lost())
        await deliver_many(rig, 30)
        assert (rig.portal.sessions.logins, rig.effects()) == (2, 31)


async def test_a_session_that_dies_at_the_portal_first_is_survived() -> None:
    clock = Clock()
    async with open_portal_rig(clock=clock, simulator=SimulatorSettings(session_lifetime=60)) as rig:
        for minute in range(3):
            clock.now = minute * 60.0
            await deliver_many(rig, 5)
        assert (rig.portal.sessions.logins, rig.effects()) == (3, 15)


async def test_a_second_refusal_is_a_real_error_of_the_destination() -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.session_lost(), times=2)
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert (caught.value.code, caught.value.scope) == ("SESSION_REFUSED", "destination")
        assert (rig.portal.calls, rig.effects()) == (4, 0)


async def test_logins_that_displace_each_other_still_make_one_login_per_loss() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(session_single=True)) as rig:
        await deliver_many(rig, 1)
        rig.portal.sessions.log_in("sandbox", "sandbox")  # somebody else with the same account
        await deliver_many(rig, 20)
        assert rig.portal.sessions.logins == 3


async def test_two_pages_in_a_row_make_one_new_login() -> None:
    async with open_portal_rig() as rig:
        await deliver_many(rig, 1)
        rig.portal.next(faults.html(), times=5)
        for logins in (1, 1, 2, 2, 2):
            with pytest.raises(TransientError, match="HTML_ANSWER"):
                await rig.adapter.deliver(rig.dossier())
            assert rig.portal.sessions.logins == logins
        await deliver_many(rig, 1)
        assert rig.portal.sessions.logins == 2


async def test_a_portal_that_answers_a_dead_session_with_a_page_recovers_by_that_login() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(session_answer="html")) as rig:
        await deliver_many(rig, 1)
        rig.portal.sessions.lose()
        for _ in range(2):
            with pytest.raises(TransientError, match="HTML_ANSWER"):
                await rig.adapter.deliver(rig.dossier())
        assert isinstance(await rig.adapter.deliver(rig.dossier()), Receipt)


async def test_an_answer_between_two_pages_starts_the_count_anew() -> None:
    async with open_portal_rig() as rig:
        for _ in range(3):
            rig.portal.next(faults.html())
            with pytest.raises(TransientError):
                await rig.adapter.deliver(rig.dossier())
            await deliver_many(rig, 1)
        assert rig.portal.sessions.logins == 1


async def test_a_wrong_password_is_the_operators_to_fix_and_concerns_the_destination() -> None:
    async with open_portal_rig(password="sai-mat-khau") as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(rig.dossier())
        error = caught.value
        assert (error.code, error.scope, error.answer) == ("LOGIN_REFUSED", "destination", None)
        assert "sai-mat-khau" not in f"{error} {error.vi}"


@pytest.mark.parametrize(
    "fault",
    [
        faults.html(),
        faults.empty(),
        faults.garbage(),
        faults.error_code_missing(),
        faults.cut_after_commit(),
        faults.truncated(),
        faults.http_status(500),
        faults.http_status(503, "30"),
        faults.refuse(0, "Thành công"),  # error_code 0, but no session
    ],
)
async def test_a_login_without_a_clear_answer_is_transient_and_sends_no_document(fault: faults.Fault) -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(fault, on="login")
        with pytest.raises(TransientError):
            await rig.adapter.deliver(rig.dossier())
        assert (rig.portal.calls, rig.effects()) == (1, 0)
        await rig.adapter.deliver(rig.dossier())


@pytest.mark.parametrize("fault", [faults.refuse(-1), faults.http_status(401), faults.http_status(400)])
async def test_a_login_that_is_turned_away_concerns_the_destination(fault: faults.Fault) -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(fault, on="login")
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert (caught.value.code, caught.value.scope) == ("LOGIN_REFUSED", "destination")
