"""`CapNhatTienDoHoSoMC` (§7): ten steps a call in time order, each part remembered, at most one repeated."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.contract import RefusedError, TransientError, UncertainError
from adapters.national_portal.simulator import SimulatorSettings, faults
from tests.adapters.portal_rig import Checkpoints, PortalRig, a_step, open_portal_rig, steps


async def opened(rig: PortalRig) -> None:
    """Let the portal know the dossier."""
    await rig.adapter.deliver(rig.dossier())


def step_times(rig: PortalRig) -> list[str]:
    return [e.step_at for e in rig.portal.effects if e.kind == "progress"]


def parts_of_calls(rig: PortalRig) -> list[int]:
    """How many steps came with each call."""
    calls = [e.call for e in rig.portal.effects if e.kind == "progress"]
    return [calls.count(call) for call in dict.fromkeys(calls)]


@pytest.mark.parametrize(("total", "parts"), [(1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
async def test_steps_go_in_parts_of_ten_each_remembered_after_its_answer(total: int, parts: list[int]) -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        remembered = Checkpoints()
        receipt = await rig.adapter.deliver(rig.progress(steps(total), checkpoint=remembered))
        assert parts_of_calls(rig) == parts
        assert remembered.parts == [str(n) for n in range(1, len(parts) + 1)]
        assert dict(receipt.facts) == {"mode": "progress", "steps": str(total)}
        assert receipt.warnings == ()


async def test_steps_arrive_in_time_order_and_equal_times_as_given() -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        document = {"data": [a_step(3), a_step(1), a_step(2, NoiDungXuLy="a"), a_step(2, NoiDungXuLy="b")]}
        await rig.adapter.deliver(rig.progress(document))
        assert step_times(rig) == [a_step(n)["ThoiDiemXuLy"] for n in (1, 2, 2, 3)]
        first, second = (e.digest for e in rig.portal.effects[2:4])
        assert first != second


async def test_a_part_whose_answer_was_lost_is_the_first_and_only_one_to_repeat() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(dedupe_progress=False)) as rig:
        await opened(rig)
        remembered = Checkpoints()
        rig.portal.next(faults.passing())
        rig.portal.next(faults.cut_after_commit())
        with pytest.raises(UncertainError):
            await rig.adapter.deliver(rig.progress(steps(25), checkpoint=remembered))
        assert remembered.parts == ["1"]
        again = rig.progress(steps(25), checkpoint=remembered, done=frozenset(remembered.parts), may_repeat=True)
        receipt = await rig.adapter.deliver(again)
        assert parts_of_calls(rig) == [10, 10, 10, 5]
        assert [warning.code for warning in receipt.warnings] == ["MAY_REPEAT"]
        assert remembered.parts == ["1", "2", "3"]


async def test_the_portal_is_assumed_to_ignore_the_repeated_part() -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        rig.portal.next(faults.cut_after_commit())
        with pytest.raises(UncertainError):
            await rig.adapter.deliver(rig.progress(steps(3)))
        await rig.adapter.deliver(rig.progress(steps(3), may_repeat=True))
        assert parts_of_calls(rig) == [3]
        assert rig.portal.services.repeats_ignored == 3


async def test_nothing_is_sent_when_every_part_was_answered_before() -> None:
    async with open_portal_rig() as rig:
        receipt = await rig.adapter.deliver(rig.progress(steps(12), done=frozenset({"1", "2"}), may_repeat=True))
        assert (rig.portal.calls, receipt.warnings) == (0, ())


async def test_a_checkpoint_that_cannot_be_stored_stops_before_the_next_byte() -> None:
    async def broken(part: str, answer: bytes) -> None:
        raise OSError("ledger away")

    async with open_portal_rig() as rig:
        await opened(rig)
        with pytest.raises(OSError, match="ledger away"):
            await rig.adapter.deliver(rig.progress(steps(25), checkpoint=broken))
        assert parts_of_calls(rig) == [10]


async def test_a_session_lost_between_two_parts_repeats_nothing() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(dedupe_progress=False)) as rig:
        await opened(rig)
        rig.portal.next(faults.passing())
        rig.portal.next(faults.session_lost())
        await rig.adapter.deliver(rig.progress(steps(25)))
        assert parts_of_calls(rig) == [10, 10, 5]
        assert rig.portal.sessions.logins == 2


async def test_a_deadline_between_two_parts_keeps_what_was_answered() -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        loop = asyncio.get_running_loop()
        remembered = Checkpoints()

        over = asyncio.Event()

        async def slow(part: str, answer: bytes) -> None:
            await remembered(part, answer)
            await over.wait()

        deadline = loop.time() + 1
        loop.call_at(deadline + 0.05, over.set)  # past it for certain, whatever the clock rounds
        with pytest.raises(TransientError, match="DEADLINE"):
            await rig.adapter.deliver(rig.progress(steps(25), checkpoint=slow, deadline=deadline))
        assert (remembered.parts, parts_of_calls(rig)) == (["1"], [10])


async def test_progress_of_a_dossier_nobody_sent_is_refused() -> None:
    async with open_portal_rig() as rig:
        with pytest.raises(RefusedError) as caught:
            await rig.adapter.deliver(rig.progress(steps(1)))
        assert caught.value.code == "DOSSIER_UNKNOWN"


async def test_progress_of_a_dossier_our_ledger_knows_as_taken_is_tried_a_few_times() -> None:
    async with open_portal_rig() as rig:
        with pytest.raises(TransientError) as caught:
            await rig.adapter.deliver(rig.progress(steps(1), context={"known_taken": True}))
        assert (caught.value.code, caught.value.max_tries) == ("DOSSIER_UNKNOWN", 3)


async def test_steps_already_there_prove_that_the_unclear_attempt_was_taken() -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        rig.portal.next(faults.refuse(3, "Tiến độ đã tồn tại"))
        receipt = await rig.adapter.deliver(rig.progress(steps(12), may_repeat=True))
        assert [warning.code for warning in receipt.warnings] == ["MAY_REPEAT", "ALREADY_THERE"]
        assert parts_of_calls(rig) == [2]


async def test_steps_already_there_are_refused_when_nothing_was_unclear() -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        rig.portal.next(faults.refuse(0, "Tiến độ đã tồn tại"))
        with pytest.raises(RefusedError, match="STEPS_EXIST"):
            await rig.adapter.deliver(rig.progress(steps(2)))


async def test_silence_over_the_timeout_leaves_progress_uncertain() -> None:
    async with open_portal_rig(timeout=timedelta(milliseconds=500)) as rig:
        await opened(rig)
        rig.portal.next(faults.silence_after_commit())
        with pytest.raises(UncertainError) as caught:
            await rig.adapter.deliver(rig.progress(steps(2)))
        assert (caught.value.code, parts_of_calls(rig)) == ("TIMEOUT", [2])


async def test_a_missing_field_of_a_step_is_refused_by_name() -> None:
    async with open_portal_rig() as rig:
        await opened(rig)
        with pytest.raises(RefusedError) as caught:
            await rig.adapter.deliver(rig.progress({"data": [a_step(1, NoiDungXuLy="")]}))
        assert caught.value.field == "NoiDungXuLy"
