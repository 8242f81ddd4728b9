"""Rotating the keys of a ledger that is in use: everything opens before, during and after; the old key can then go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from gateway.edge_settings import RetentionSettings
from gateway.errors import GoneError, StateError
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import NewDelivery, NewMessage
from gateway.operations.keys import KeyOperations
from gateway.scheduler.keeping import Keeper
from gateway.security.key_file import SealError, add_key, create_key_ring, use_key
from gateway.security.seal import KeyRing, load_key_ring
from gateway.settings import LedgerSettings
from tests.builders import a_begin, a_delivery, a_message, a_settlement
from tests.contract.indicator_desk import count
from tests.contract.ledger_proof import SIGNER, a_receipt
from tests.intake.documents import RECORDED, a_dossier
from tests.services.databases import a_database

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ME = "044999000123"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    create_key_ring(tmp_path / "keys.json")
    return load_key_ring(tmp_path / "keys.json")


@pytest.fixture(params=["sqlite", "postgresql"])
async def ledger(request: pytest.FixtureRequest, ring: KeyRing, tmp_path: Path) -> AsyncIterator[SqlLedger]:
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            url = sqlite_url(tmp_path / "ledger.db")
        else:
            url = await stack.enter_async_context(a_database(request.getfixturevalue("postgres_server")))
        await migrate(url)
        opened = SqlLedger(url, ring, LedgerSettings())
        yield opened
        await opened.close()


async def accepted(ledger: SqlLedger, ring: KeyRing, count: int) -> list[str]:
    messages = []
    for _ in range(count):
        made = a_message(a_delivery(lane=False))
        messages.append(made._replace(sealed=ring.seal(made.id.encode(), made.id)))
    await ledger.accept(messages)
    return [one.id for one in messages]


async def test_data_keys_come_under_the_new_key_in_portions_and_the_old_one_can_be_dropped(
    ledger: SqlLedger, ring: KeyRing
) -> None:
    keys = KeyOperations(ledger, ring)
    before = await accepted(ledger, ring, 7)
    assert await keys.rotate("admin", "định kỳ") == {"id": "k2", "seals": True, "searches": False}
    after = await accepted(ledger, ring, 2)
    with pytest.raises(StateError):
        await keys.drop("k1", "admin", "thử")
    assert [await ledger.rewrap(4) for _ in range(3)] == [True, True, False]
    [told, _, _] = await keys.keys()
    assert (told["id"], told["seals"], told["wrapped"]) == ("k2", True, 7) and told["ended_at"]
    await keys.drop("k1", "admin", "đã bọc lại xong")
    assert ring.key_ids == ("k2",)
    for one in (*before, *after):
        assert await ledger.message_body(one) == one.encode()
    actions = [(entry["action"], entry["ok"]) for entry in (await ledger.audit_page(None, 10))["items"]]
    assert actions == [("keys.drop", True), ("keys.drop", False), ("keys.rotate", True)]


async def test_answers_and_bodies_read_back_after_a_rotation(ledger: SqlLedger, ring: KeyRing) -> None:
    [one] = await accepted(ledger, ring, 1)
    view = await ledger.message_view(one)
    assert view is not None
    delivery_id = view["deliveries"][0]["id"]
    [work] = await ledger.read_pack([delivery_id])
    await ledger.begin_attempt(a_begin(delivery_id))
    answer = work.envelope.seal_answer(b"<ok/>", delivery_id)
    await KeyOperations(ledger, ring).rotate("admin", "định kỳ")
    await ledger.settle(a_settlement(delivery_id, answer=answer))
    while await ledger.rewrap(100):
        pass
    assert not await ledger.key_is_needed("k1")
    assert await ledger.message_body(one) == one.encode()


async def test_the_keeper_looks_on_for_a_while_and_then_rests(ledger: SqlLedger, ring: KeyRing) -> None:
    """A process that had not heard of the rotation seals with the old key a moment longer."""
    assert ring.origin is not None
    late = load_key_ring(ring.origin)
    await accepted(ledger, ring, 3)
    await KeyOperations(ledger, ring).rotate("admin", "định kỳ")
    keeper = Keeper(ledger, ring, RetentionSettings())
    await keeper.look(datetime.now(UTC))
    await accepted(ledger, late, 1)
    assert await ledger.key_is_needed("k1")
    await keeper.look(datetime.now(UTC))
    assert not await ledger.key_is_needed("k1")
    await accepted(ledger, late, 1)
    await keeper.look(datetime.now(UTC) + timedelta(hours=1))
    assert await ledger.key_is_needed("k1")  # it rests: only a mistake seals with an old key an hour later


async def test_a_process_with_an_older_copy_of_the_file_takes_nothing_back(
    ledger: SqlLedger, ring: KeyRing, tmp_path: Path
) -> None:
    """Of a key that was copied to every machine and is in use on the first of them so far."""
    path, elsewhere = tmp_path / "keys.json", tmp_path / "elsewhere.json"
    add_key(path)
    elsewhere.write_bytes(path.read_bytes())
    use_key(elsewhere, "k2")
    [ours] = await accepted(ledger, ring, 1)
    [theirs] = await accepted(ledger, load_key_ring(elsewhere), 1)
    assert not await ledger.rewrap(10)
    assert await ledger.key_is_needed("k1") and await ledger.key_is_needed("k2")
    use_key(path, "k2")
    assert not await ledger.rewrap(10)
    assert not await ledger.key_is_needed("k1")
    for one in (ours, theirs):
        assert await ledger.message_body(one) == one.encode()


async def told(ledger: SqlLedger, ring: KeyRing, *deliveries: NewDelivery, spoilt: bool = False) -> NewMessage:
    """A dossier about ME, a byte of whose data key may have changed where it lies."""
    made = a_message(*deliveries, type=RECORDED, sought=ring.seeking.of([ME]), accepted_at=NOW)
    sealed = ring.seal(orjson.dumps(a_dossier()), made.id)
    if spoilt:
        sealed = sealed._replace(wrapped_key=sealed.wrapped_key[:-1] + bytes([sealed.wrapped_key[-1] ^ 1]))
    message = made._replace(sealed=sealed)
    await ledger.accept([message])
    return message


async def test_one_body_that_does_not_open_keeps_no_other_waiting(ledger: SqlLedger, ring: KeyRing) -> None:
    spoilt = await told(ledger, ring, a_delivery(lane=False), spoilt=True)
    ended = await told(ledger, ring, a_delivery(lane=False))
    kept = await told(ledger, ring, a_delivery(lane=False))
    [delivery] = ended.deliveries
    await ledger.begin_attempt(a_begin(delivery.id))
    await ledger.settle(a_settlement(delivery.id, receipt=a_receipt(1)))
    await ledger.chain(SIGNER, 100)
    await count(ledger)
    keys = KeyOperations(ledger, ring)
    await keys.rotate("admin", "định kỳ")
    await keys.rotate_search("admin", "định kỳ")
    day = timedelta(days=1)
    settings = RetentionSettings(payload=7 * day, metadata=30 * day, receipts=365 * day)
    keeper = Keeper(ledger, ring, settings)
    with capture_logs() as logged:
        await keeper.look(datetime.now(UTC) + 400 * day)
        await keeper.look(datetime.now(UTC) + 400 * day)
    assert await ledger.message_view(ended.id) is None
    with pytest.raises(GoneError):
        await ledger.receipts(delivery.id)
    assert await ledger.message_body(kept.id) == orjson.dumps(a_dossier())
    old, new = ring.seeking.all_of(ME)
    assert [one["id"] for one in (await ledger.messages_about([new], None, 5))["items"]] == [kept.id]
    assert [one["id"] for one in (await ledger.messages_about([old], None, 5))["items"]] == [spoilt.id]
    [told_of, *_] = await keys.keys()
    assert (told_of["wrapped"], told_of["unopened"]) == (2, 1) and told_of["ended_at"]
    assert await ledger.key_is_needed("k1")
    errors = [(one["duty"], one["size"]) for one in logged if one["event"] == "keeping.unopened"]
    assert errors == [("rewrap", 1), ("rehash", 1)]


async def test_without_a_time_nothing_is_shredded(ledger: SqlLedger, ring: KeyRing) -> None:
    [one] = await accepted(ledger, ring, 1)
    await Keeper(ledger, ring, RetentionSettings()).look(datetime.now(UTC) + timedelta(days=4000))
    assert await ledger.message_body(one) == one.encode()


async def test_a_key_is_added_first_and_used_when_every_machine_has_it(ledger: SqlLedger, ring: KeyRing) -> None:
    keys = KeyOperations(ledger, ring)
    assert await keys.add("admin", "hai máy") == {"id": "k2", "seals": False, "searches": False}
    [one] = await accepted(ledger, ring, 1)
    assert await keys.use("k2", "admin", "đã chép") == {"id": "k2", "seals": True, "searches": False}
    with pytest.raises(SealError):
        await keys.use("k9", "admin", "nhầm")
    assert await ledger.message_body(one) == one.encode()


def test_a_ring_that_is_spoilt_while_in_use_leaves_what_was_known(tmp_path: Path, ring: KeyRing) -> None:
    path = tmp_path / "keys.json"
    sealed = ring.seal(b"body", "m")
    good = path.read_text()
    path.write_text("{}")
    with pytest.raises(SealError):
        ring.follow()
    assert ring.open(sealed, "m") == b"body"
    path.write_text(good)
    add_key(path)
    use_key(path, "k2")
    ring.follow()
    assert ring.current == "k2"
