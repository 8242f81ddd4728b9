"""Messages as received, for whoever tries a mapping on them; and replays that name the version of then."""

from __future__ import annotations

import orjson
import pytest
from uuid_utils import uuid7

from gateway.errors import StateError
from gateway.ledger import stored
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.message import DeliveryId, MessageId
from tests.builders import RING, a_begin, a_delivery, a_message, a_settlement, dead

TYPE = "vn.lienthong.dossier.progressed.v1"
OTHER = "vn.lienthong.dossier.recorded.v1"


async def store(ledger: SqlLedger, count: int, type_: str = TYPE) -> list[str]:
    ids = []
    for number in range(count):
        message_id = MessageId(str(uuid7()))
        sealed = RING.seal(orjson.dumps({"number": number}), message_id)
        await ledger.accept([a_message(id=message_id, type=type_, sealed=sealed)])
        ids.append(str(message_id))
    return ids


async def die(ledger: SqlLedger, code: str = "UNMAPPED_CODE", *, mapped: bool = True) -> DeliveryId:
    delivery = a_delivery(lane=False)
    await ledger.accept([a_message(delivery)])
    begin = a_begin(delivery.id)
    await ledger.begin_attempt(begin if mapped else begin._replace(mapping_version=None))
    await ledger.settle(a_settlement(delivery.id, dead(code)))
    return delivery.id


async def test_the_newest_come_first_and_only_those_of_the_type(ledger: SqlLedger) -> None:
    first = await store(ledger, 3)
    await store(ledger, 2, OTHER)
    last = await store(ledger, 1)
    page = await ledger.stored_messages(TYPE, None, 10)
    assert [one.id for one in page.messages] == [*last, *first[::-1]]
    assert page.next is None


async def test_a_page_ends_where_the_next_begins(ledger: SqlLedger) -> None:
    ids = await store(ledger, 5)
    seen, place = [], None
    while True:
        page = await ledger.stored_messages(TYPE, place, 2)
        seen += [one.id for one in page.messages]
        if (place := page.next) is None:
            break
    assert seen == ids[::-1]


async def test_a_page_walks_over_a_bounded_number_of_rows_and_names_the_next(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    [id_] = await store(ledger, 1)
    await store(ledger, 6, OTHER)
    monkeypatch.setattr(stored, "WALK", 3)
    page = await ledger.stored_messages(TYPE, None, 10)
    assert (list(page.messages), page.next is None) == ([], False)
    for _ in range(3):
        page = await ledger.stored_messages(TYPE, page.next, 10)
        if page.messages:
            break
    assert [one.id for one in page.messages] == [id_]


async def test_a_body_is_opened_only_when_asked_for(ledger: SqlLedger) -> None:
    await store(ledger, 1)
    [one] = (await ledger.stored_messages(TYPE, None, 1)).messages
    assert b"number" not in repr(one).encode()
    assert orjson.loads(one.open_body()) == {"number": 0}


async def test_an_empty_ledger_and_a_page_of_nothing_have_no_next(ledger: SqlLedger) -> None:
    assert (await ledger.stored_messages(TYPE, None, 10)).next is None
    await store(ledger, 1)
    assert (await ledger.stored_messages(TYPE, None, 0)).messages == []


async def test_dead_deliveries_of_a_cause_come_with_their_messages_oldest_first(ledger: SqlLedger) -> None:
    ids = [await die(ledger) for _ in range(3)]
    await die(ledger, "VALUE_MISSING")
    first = await ledger.dead_messages("UNMAPPED_CODE", None, 2)
    rest = await ledger.dead_messages("UNMAPPED_CODE", first[-1].delivery_id, 2)
    assert [one.delivery_id for one in (*first, *rest)] == ids
    assert first[0].mapping == "national_portal/dossier.progressed.v1"


async def test_what_was_replaced_is_not_dead_any_more(ledger: SqlLedger) -> None:
    old = await die(ledger)
    await ledger.replay(old, DeliveryId(str(uuid7())), AuditEntry("an", "delivery.replay", old, "r"))
    assert await ledger.dead_messages("UNMAPPED_CODE", None, 10) == []


@pytest.mark.parametrize("as_then", [False, True])
async def test_a_replay_names_the_version_of_then_only_if_asked_to(ledger: SqlLedger, as_then: bool) -> None:
    old, new = await die(ledger), DeliveryId(str(uuid7()))
    await ledger.replay(old, new, AuditEntry("an", "delivery.replay", old, "r"), as_then=as_then)
    [work] = await ledger.read_pack([new])
    assert work.delivery.pinned_version == ("1" if as_then else None)
    [entry] = (await ledger.audit_page(None, 1))["items"]
    assert entry["details"] == {"new": new} | ({"mapping_version": "1"} if as_then else {})


async def test_what_never_went_through_a_mapping_has_no_then(ledger: SqlLedger) -> None:
    old = await die(ledger, mapped=False)
    with pytest.raises(StateError, match="never went through a mapping"):
        await ledger.replay(old, DeliveryId("new"), AuditEntry("an", "delivery.replay", old, "r"), as_then=True)
    assert (await ledger.deliveries_page({"state": "dead"}, None, 5))["items"][0]["replaced_by"] is None
