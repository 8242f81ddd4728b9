"""What a dead process left in mid-attempt is unclear: repeated after the gap where it may be, else a person's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.delivery.recover import recover
from gateway.errors import LedgerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import Begin, NewDelivery, Settlement
from gateway.message import DeliveryState
from tests.builders import a_delivery, a_message
from tests.fakes.destination import ScriptedAdapter, a_destination, a_route
from tests.passing import let_pass

S = DeliveryState
GAP = timedelta(minutes=1)


def routes(*, repeatable: bool = True) -> dict[str, Any]:
    return {"progress": a_route(ScriptedAdapter(), a_destination(unclear_gap=GAP), repeatable=repeatable)}


async def begun(ledger: SqlLedger, *, lease: timedelta = timedelta(seconds=-1), **changes: Any) -> NewDelivery:
    """A delivery whose attempt was begun by nobody who still lives."""
    delivery = a_delivery(**changes)
    number = len((await ledger.deliveries_page({}, None, 200))["items"])
    await ledger.accept([a_message(delivery, subject=f"000.00.16.H46-250612-{number:04}")])
    now = datetime.now(UTC)
    assert await ledger.begin_attempt(Begin(delivery.id, 1, now, lease, "1"))
    return delivery


async def view(ledger: SqlLedger, delivery: NewDelivery) -> dict[str, Any]:
    page = await ledger.deliveries_page({}, None, 200)
    return next(dict(item) for item in page["items"] if item["id"] == delivery.id)


async def test_a_repeatable_one_waits_out_the_gap_and_its_lane_with_it(ledger: SqlLedger) -> None:
    one = await begun(ledger)
    assert await recover(ledger, routes(), at_start=False) == 1
    found = await view(ledger, one)
    assert (found["state"], found["last_error"]["code"]) == (S.WAITING, "PROCESS_LOST")
    assert datetime.fromisoformat(found["next_attempt_at"]) >= datetime.now(UTC) + GAP - timedelta(seconds=5)
    await let_pass(ledger, timedelta(days=1))
    due, _ = await ledger.take_due("national_portal", 9)
    assert [work.id for work in due] == [one.id]
    [read] = await ledger.read_pack([one.id])
    assert read.delivery.may_repeat


async def test_one_that_may_not_be_repeated_waits_for_a_person(ledger: SqlLedger) -> None:
    one = await begun(ledger)
    await recover(ledger, routes(repeatable=False), at_start=False)
    assert (await view(ledger, one))["state"] == S.UNCERTAIN


async def test_one_whose_route_is_gone_waits_for_a_person_too(ledger: SqlLedger) -> None:
    one = await begun(ledger, route="a route of last year")
    assert await recover(ledger, routes(), at_start=True) == 1
    assert (await view(ledger, one))["state"] == S.UNCERTAIN


async def test_a_lease_that_still_runs_is_respected_but_not_at_the_start(ledger: SqlLedger) -> None:
    one = await begun(ledger, lease=timedelta(hours=1))
    assert await recover(ledger, routes(), at_start=False) == 0
    assert (await view(ledger, one))["state"] == S.DELIVERING
    assert await recover(ledger, routes(), at_start=True) == 1


class Stumbling:
    """A ledger that cannot settle one certain delivery."""

    def __init__(self, ledger: SqlLedger, delivery: NewDelivery, error: Exception) -> None:
        self._ledger = ledger
        self._stuck = delivery.id
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def settle(self, settlement: Settlement) -> bool:
        if settlement.delivery_id == self._stuck:
            raise self._error
        return await self._ledger.settle(settlement)


@pytest.mark.parametrize("error", [KeyError("x"), LedgerUnavailable("disk full")])
async def test_one_that_cannot_be_settled_keeps_none_of_the_others(ledger: SqlLedger, error: Exception) -> None:
    stuck, *others = [await begun(ledger) for _ in range(4)]
    stumbling: Any = Stumbling(ledger, stuck, error)
    assert await recover(stumbling, routes(), at_start=False) == 3
    assert {(await view(ledger, one))["state"] for one in others} == {S.WAITING}
    assert await recover(ledger, routes(), at_start=False) == 1
