"""What may have happened is asked for, on a growing schedule; only proof settles it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from adapters.contract import NotTaken, Taken, TransientError, Unknown
from gateway.delivery.resolve import Resolver
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import NewDelivery
from gateway.message import DeliveryState, Uncertain
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement
from tests.fakes.destination import ScriptedAdapter, a_destination, a_route

S = DeliveryState


class AskedAdapter(ScriptedAdapter):
    """Gives the proofs it was told to give, then knows nothing."""

    def __init__(self, *proofs: Any) -> None:
        super().__init__()
        self.proofs = list(proofs)
        self.asked: list[Mapping[str, str]] = []

    async def query(self, keys: Mapping[str, str], deadline: float) -> Any:
        assert deadline > 0
        self.asked.append(keys)
        proof = self.proofs.pop(0) if self.proofs else Unknown("99")
        if isinstance(proof, Exception):
            raise proof
        return proof


async def uncertain(ledger: SqlLedger) -> NewDelivery:
    """A delivery whose only attempt ended without a clear answer."""
    delivery = a_delivery(lane=False)
    await ledger.accept([a_message(delivery)])
    assert await ledger.begin_attempt(a_begin(delivery.id))
    assert await ledger.settle(a_settlement(delivery.id, Uncertain(a_fault("TIMEOUT", "uncertain"))))
    return delivery


async def state(ledger: SqlLedger, delivery: NewDelivery) -> str:
    view = await ledger.delivery_view(delivery.id)
    assert view is not None
    return str(view["state"])


async def doubt(ledger: SqlLedger, delivery: NewDelivery) -> dict[str, Any]:
    view = await ledger.delivery_view(delivery.id)
    assert view is not None
    return dict(view["doubt"])


def resolver(ledger: SqlLedger, adapter: ScriptedAdapter) -> Resolver:
    route = a_route(adapter, a_destination(), repeatable=False)
    return Resolver(ledger, {"progress": route})


def later(**pause: float) -> datetime:
    return datetime.now(UTC) + timedelta(**pause)


@pytest.mark.parametrize(
    ("proof", "end"),
    [(Taken("00", "", b"{}"), S.DELIVERED), (NotTaken("404", b"{}"), S.PENDING), (Unknown("99"), S.UNCERTAIN)],
)
async def test_proof_settles_and_the_rest_stays_uncertain(ledger: SqlLedger, proof: Any, end: S) -> None:
    delivery = await uncertain(ledger)
    adapter = AskedAdapter(proof)
    assert await resolver(ledger, adapter).look(later(seconds=1)) == (end is not S.UNCERTAIN)
    assert await state(ledger, delivery) == end
    assert len(adapter.asked) == 1
    assert adapter.requests == []  # asking is not sending


async def test_nothing_is_asked_before_a_late_call_has_had_time_to_land(ledger: SqlLedger) -> None:
    await uncertain(ledger)
    adapter = AskedAdapter()
    route = a_route(adapter, a_destination(unclear_gap=timedelta(minutes=1)), repeatable=False)
    looking = Resolver(ledger, {"progress": route})
    await looking.look(later(seconds=30))
    assert adapter.asked == []
    await looking.look(later(seconds=90))
    assert len(adapter.asked) == 1


async def test_the_unknown_is_asked_again_with_growing_pauses_and_then_left_to_a_person(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    adapter = AskedAdapter()
    looking = resolver(ledger, adapter)
    began = later(seconds=1)
    moments = [began + timedelta(minutes=5) * n for n in range(12 * 40)]  # forty hours
    asked_at = []
    for moment in moments:
        before = len(adapter.asked)
        await looking.look(moment)
        asked_at += [moment] * (len(adapter.asked) - before)
    pauses = [after - before for before, after in pairwise(asked_at)]
    assert pauses == sorted(pauses)
    assert 5 <= len(asked_at) <= 10
    assert await state(ledger, delivery) == S.UNCERTAIN


async def test_a_system_that_cannot_be_asked_now_is_asked_again(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    adapter = AskedAdapter(TransientError("CONNECT", vi="Lỗi.", en="Error."), Taken("00", "", b"{}"))
    looking = resolver(ledger, adapter)
    assert await looking.look(later(seconds=1)) == 0
    assert await looking.look(later(hours=1)) == 1
    assert await state(ledger, delivery) == S.DELIVERED


async def test_a_question_that_was_to_go_into_a_barred_network_leaves_an_audit_entry(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    await resolver(ledger, AskedAdapter(Unknown("PRIVATE_NETWORK"))).look(later(seconds=1))
    entries = (await ledger.audit_page(None, 10))["items"]
    assert [(one["actor"], one["target"]) for one in entries if one["action"] == "address.refused"] == [
        ("worker", delivery.id)
    ]


async def test_an_adapter_that_cannot_ask_leaves_it_to_a_person(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    assert await resolver(ledger, ScriptedAdapter()).look(later(days=3)) == 0
    assert await state(ledger, delivery) == S.UNCERTAIN
    assert (await doubt(ledger, delivery))["waits_for"] == "person"


async def test_a_restart_goes_on_with_the_schedule_where_it_was(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    adapter = AskedAdapter()
    began = later(seconds=1)
    await resolver(ledger, adapter).look(began)
    await resolver(ledger, adapter).look(began + timedelta(seconds=20))  # a new process, and too early to ask again
    assert len(adapter.asked) == 1
    await resolver(ledger, adapter).look(began + timedelta(seconds=40))
    assert len(adapter.asked) == 2
    assert {name: (await doubt(ledger, delivery))[name] for name in ("waits_for", "asked", "answer")} == {
        "waits_for": "proof",
        "asked": 2,
        "answer": "99",
    }


async def test_a_system_that_cannot_be_reached_says_so_in_what_the_message_shows(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    adapter = AskedAdapter(TransientError("CONNECT", vi="Lỗi.", en="Error."))
    await resolver(ledger, adapter).look(later(seconds=1))
    assert (await doubt(ledger, delivery))["answer"] == "CONNECT"


async def test_when_the_schedule_is_over_the_message_says_that_it_waits_for_a_person(ledger: SqlLedger) -> None:
    delivery = await uncertain(ledger)
    adapter = AskedAdapter()
    for days in range(1, 20):
        await resolver(ledger, adapter).look(later(days=2 * days))
    told = await doubt(ledger, delivery)
    assert (told["waits_for"], told["next_at"], told["asked"]) == ("person", None, len(adapter.asked))


async def test_what_is_left_to_a_person_never_keeps_the_later_ones_from_being_asked(ledger: SqlLedger) -> None:
    for _ in range(3):
        await uncertain(ledger)
    last = await uncertain(ledger)
    adapter = AskedAdapter(Unknown("99"), Unknown("99"), Unknown("99"), Taken("00", "", b"{}"))
    looking = Resolver(ledger, {"progress": a_route(adapter, a_destination(), repeatable=False)}, at_once=2)
    assert [await looking.look(later(seconds=1)) for _ in range(3)] == [0, 1, 0]
    assert await state(ledger, last) == S.DELIVERED
