"""Workers try what is due, count only what was tried, and let go of nothing that is not settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Outbound, PermanentError, Receipt, TransientError, UncertainError
from gateway.delivery import deliver
from gateway.errors import LedgerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.message import DeliveryState, Waiting
from tests.builders import a_begin, a_fault, a_settlement
from tests.delivery.way_out import WayOut, eventually, way_out
from tests.fakes.destination import TAKEN

S = DeliveryState
WORDS = {"vi": "Lỗi.", "en": "Error."}


async def all_requested(way: WayOut, count: int) -> None:
    async def requested() -> bool:
        return len(way.adapter.requests) >= count

    await eventually(requested)


async def test_what_was_sent_is_delivered(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        sent = await way.send(5)
        await way.reach(S.DELIVERED, *sent)
        assert (await way.ledger.balance())["balance"] == 0
    assert len(way.adapter.requests) == 5


async def test_one_slow_delivery_does_not_hold_up_the_others_of_its_destination(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=2, pack_size=3) as way:
        gate = way.adapter.hold()
        sent = await way.send(30)
        await all_requested(way, 1)
        slow = sent[int(way.adapter.requests[0].subject[-4:]) - 1]
        await way.reach(S.DELIVERED, *(one for one in sent if one is not slow))
        assert (await way.delivery(slow))["state"] == S.DELIVERING
        gate.set()
        await way.reach(S.DELIVERED, slow)


async def test_what_is_queued_when_the_breaker_opens_uses_no_try(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1, breaker_failures=1, retry_schedule=(timedelta(hours=1),)) as way:
        gate = asyncio.Event()

        async def fail(_: Outbound) -> Receipt:
            await gate.wait()
            raise TransientError("HTTP_503", **WORDS)

        way.adapter.next(fail)
        sent = await way.send(6)
        await all_requested(way, 1)
        gate.set()
        await way.reach(S.WAITING, sent[0])
        views = [await way.delivery(one) for one in sent[1:]]
        assert {(one["state"], one["attempts"]) for one in views} == {(S.PENDING, 0)}
        way.route.breaker.close()
        await way.reach(S.DELIVERED, *sent[1:])


async def test_a_time_the_target_names_is_kept_by_what_is_queued_too(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1) as way:
        busy = TransientError("HTTP_429", retry_after=timedelta(seconds=0.2), scope="destination", **WORDS)
        way.adapter.next(busy)
        sent = await way.send(4)
        await all_requested(way, 1)
        asked_at = asyncio.get_running_loop().time()
        await all_requested(way, 2)
        assert asyncio.get_running_loop().time() - asked_at > 0.15
        await way.reach(S.DELIVERED, *sent)


async def test_waiting_for_a_turn_uses_none_of_the_time_an_attempt_has(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1, timeout=timedelta(seconds=7)) as way:
        gate = way.adapter.hold()
        await way.send(2)
        await all_requested(way, 1)
        await asyncio.sleep(0.1)
        begun = asyncio.get_running_loop().time()
        gate.set()
        await all_requested(way, 2)
    assert way.adapter.requests[1].deadline >= begun + 7


async def test_the_rate_is_kept_and_costs_nobody_a_try(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=4, rate=50, timeout=timedelta(seconds=0.05)) as way:
        began = asyncio.get_running_loop().time()
        sent = await way.send(8)
        await way.reach(S.DELIVERED, *sent)
        assert asyncio.get_running_loop().time() - began >= 7 / 50
        assert {(await way.delivery(one))["attempts"] for one in sent} == {1}


async def test_after_the_broker_is_closed_what_is_under_way_is_finished_and_nothing_begun(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1) as way:
        gate = way.adapter.hold()
        sent = await way.send(5)
        await all_requested(way, 1)
        await way.broker.close()
        gate.set()
        async with asyncio.timeout(5):
            await way.working
        assert await way.states(sent) == [S.DELIVERED, *[S.PENDING] * 4]


async def test_a_pack_that_comes_twice_is_tried_once(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        gate = way.adapter.hold()
        [one] = await way.send()
        await all_requested(way, 1)
        await way.broker.publish("national_portal", [one.id])
        gate.set()
        await way.reach(S.DELIVERED, one)
        assert (await way.delivery(one))["attempts"] == 1
    assert len(way.adapter.requests) == 1


async def test_a_delivery_without_a_route_is_parked_for_a_person_instead_of_tried_for_ever(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        [gone] = await way.send(route="a route of last year")
        await way.reach(S.DEAD, gone)
        error = (await way.delivery(gone))["last_error"]
        assert (error["code"], error["class"]) == ("ROUTE_GONE", "permanent")
        assert error["vi"] and error["en"]
    assert not way.adapter.requests


async def test_an_adapter_that_never_comes_back_is_given_up_before_its_lease_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LEASE_MARGIN", timedelta(milliseconds=40))
    async with way_out(tmp_path, concurrency=1, timeout=timedelta(milliseconds=20)) as way:
        way.adapter.hold()  # for ever
        sent = await way.send(2)
        await way.reach(S.DELIVERED, *sent)
        [message] = [
            m for m in (await way.ledger.messages_page({}, None, 9))["items"] if m["deliveries"][0]["id"] == sent[0].id
        ]
        view = await way.ledger.message_view(message["id"])
        assert view is not None
        assert [one["outcome"] for one in view["deliveries"][0]["attempt_log"]] == ["waiting", "delivered"]
        assert view["deliveries"][0]["attempt_log"][0]["error"]["code"] == "NO_ANSWER_IN_TIME"


async def test_an_unclear_last_try_leaves_its_lane_quiet_for_the_gap(tmp_path: Path) -> None:
    async with way_out(tmp_path, retry_schedule=(), unclear_gap=timedelta(hours=1)) as way:
        way.adapter.next(UncertainError("TIMEOUT", **WORDS))
        first, second = await way.send(), await way.send()  # of one dossier
        await way.reach(S.DEAD, *first)
        await way.reach(S.PENDING, *second)
        due, next_in = await way.ledger.take_due("national_portal", 10)
        assert due == []
        assert next_in is not None and next_in > 59 * 60


async def test_several_in_a_row_that_die_of_something_nobody_can_explain_stop_the_destination(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1) as way:
        way.adapter.next(*[KeyError("answer")] * 4)
        sent = await way.send(6)

        async def stopped() -> bool:
            return way.route.breaker.tripped

        await eventually(stopped)
        await way.reach(S.DEAD, *sent[:3])
        await way.reach(S.PENDING, *sent[3:])
        [fourth] = await way.ledger.read_pack([sent[3].id])
        assert (fourth.delivery.attempts, fourth.delivery.tries) == (1, 0)


async def test_deaths_that_are_explained_or_far_between_stop_nothing(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1, pack_size=50) as way:  # one pack, so in order
        no_right = PermanentError("HTTP_404", **WORDS)
        way.adapter.next(*[no_right] * 5, *[KeyError("answer"), TAKEN] * 5)
        sent = await way.send(15)
        await way.reach(S.DEAD, *sent[:5], *sent[5::2])
        await way.reach(S.DELIVERED, *sent[6::2])
        assert not way.route.breaker.tripped


class Away:
    """A ledger that is away for the next calls of one method."""

    def __init__(self, ledger: SqlLedger, method: str, error: Callable[[], Exception], times: int) -> None:
        self._real = getattr(ledger, method)
        self._error = error
        self.left = times
        setattr(ledger, method, self)

    async def __call__(self, *args: Any) -> Any:
        if self.left:
            self.left -= 1
            raise self._error()
        return await self._real(*args)


def away() -> LedgerUnavailable:
    return LedgerUnavailable("disk full")


async def test_an_outcome_waits_for_a_ledger_that_is_away(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        Away(way.ledger, "settle", away, 2)
        sent = await way.send()
        await way.reach(S.DELIVERED, *sent)
    assert len(way.adapter.requests) == 1


async def test_an_answered_part_waits_for_a_ledger_that_is_away(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        ledger = Away(way.ledger, "checkpoint", away, 2)

        async def in_parts(request: Outbound) -> Receipt:
            await request.checkpoint("1", b"answer")
            return TAKEN

        way.adapter.next(in_parts)
        sent = await way.send()
        await way.reach(S.DELIVERED, *sent)
    assert ledger.left == 0
    assert len(way.adapter.requests) == 1


async def test_a_start_that_waits_for_the_ledger_sends_nothing_meanwhile(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        Away(way.ledger, "begin_attempt", away, 3)
        sent = await way.send()
        await way.reach(S.DELIVERED, *sent)
    assert len(way.adapter.requests) == 1


async def test_an_attempt_that_cannot_even_be_recorded_is_parked_and_not_tried_for_ever(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        Away(way.ledger, "begin_attempt", lambda: TypeError("keys"), 1)
        sent = await way.send()
        await way.reach(S.DEAD, *sent)
        assert (await way.delivery(sent[0]))["last_error"]["class"] == "unclassified"
    assert not way.adapter.requests


async def test_an_outcome_that_comes_after_its_lease_is_not_told_as_a_delivery(tmp_path: Path) -> None:
    async with way_out(tmp_path) as way:
        gate = way.adapter.hold()
        [one] = await way.send()
        await all_requested(way, 1)
        later = datetime.now(UTC) + timedelta(hours=1)
        assert await way.ledger.settle(a_settlement(one.id, Waiting(later, a_fault()), 1))  # by the recovery
        gate.set()

        async def let_go() -> bool:
            return not way.worker._in_hand

        await eventually(let_go)
        assert (await way.delivery(one))["state"] == S.WAITING
        assert b'lienthong_attempts_total{destination="national_portal"' not in way.metrics.render()


async def test_a_delivery_that_moved_on_while_it_waited_for_its_turn_is_not_tried(tmp_path: Path) -> None:
    async with way_out(tmp_path, concurrency=1) as way:
        gate = way.adapter.hold()
        first, second = await way.send(2)
        await all_requested(way, 1)
        assert await way.ledger.begin_attempt(a_begin(second.id))
        assert await way.ledger.settle(a_settlement(second.id))
        gate.set()
        await way.reach(S.DELIVERED, first, second)
    assert len(way.adapter.requests) == 1
