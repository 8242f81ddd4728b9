"""People are found by keyed hashes of their numbers, and so is who looked at them; both survive what they must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.ledger.byhand.port import EDITED
from gateway.ledger.port import AuditEntry, Ledger, StoredMessage
from gateway.ledger.sought.port import HashedTo
from gateway.security.key_file import SealError
from gateway.security.seek import SearchKeys, apart
from tests.builders import RING, a_delivery, a_message, dead
from tests.contract.ledger_suite import LedgerSuite

ME, OTHER = "044999000123", "044999000124"
OLD = datetime(2020, 1, 1, tzinfo=UTC)


def of(*numbers: str) -> bytes:
    return RING.seeking.of(numbers)


def ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["items"]]


class SoughtContract(LedgerSuite):
    async def test_a_message_is_found_by_everybody_in_it_newest_first(self, ledger: Ledger) -> None:
        first = await self.record(ledger, a_delivery(lane=False), sought=of(ME))
        await self.record(ledger, a_delivery(lane=False), sought=of(OTHER))
        both = await self.record(ledger, a_delivery(lane=False), sought=of(ME, OTHER))
        page = await ledger.messages_about(RING.seeking.all_of(ME), None, 1)
        assert ids(page) == [both.id]
        rest = await ledger.messages_about(RING.seeking.all_of(ME), page["next"], 5)
        assert ids(rest) == [first.id] and rest["next"] is None
        assert ids(await ledger.messages_about(RING.seeking.all_of("nobody"), None, 5)) == []

    async def test_what_the_gateway_says_and_what_a_person_corrected_is_found_too(self, ledger: Ledger) -> None:
        message = await self.record(ledger, a_delivery(), a_delivery(destination="payment"))
        answer = a_message(a_delivery(lane=False), causation_id=message.id, sought=of(ME))
        await self.carry(ledger, message.deliveries[1], replies=(answer,))
        await self.carry(ledger, message.deliveries[0], dead())
        key = message.deliveries[0].id
        corrected = a_message(a_delivery(), causation_id=message.id, source_id=key + EDITED, sought=of(ME))
        await ledger.edit(key, corrected, AuditEntry("admin", "delivery.edit", key, "sai số"))
        found = await ledger.messages_about(RING.seeking.all_of(ME), None, 5)
        assert ids(found) == [corrected.id, answer.id]

    async def test_a_repeat_is_not_found_twice(self, ledger: Ledger) -> None:
        message = await self.record(ledger, a_delivery(), sought=of(ME))
        await ledger.accept([message._replace(id=a_message().id)])
        assert ids(await ledger.messages_about(RING.seeking.all_of(ME), None, 5)) == [message.id]

    async def test_shredding_takes_the_hashes_along_and_leaves_who_saw_it(self, ledger: Ledger) -> None:
        message = await self.record(ledger, a_delivery(), sought=of(ME), accepted_at=OLD)
        await self.carry(ledger, message.deliveries[0])
        await ledger.record_audit(
            AuditEntry("lan", "message.body_opened", message.id, "khiếu nại", about=(message.id,))
        )
        assert await ledger.shred(OLD + timedelta(days=1), 100) == (1, False)
        assert ids(await ledger.messages_about(RING.seeking.all_of(ME), None, 5)) == []
        [seen] = (await ledger.who_saw(RING.seeking.all_of(ME), None, 5))["items"]
        assert (seen["actor"], seen["target"], seen["reason"]) == ("lan", message.id, "khiếu nại")

    async def test_an_audit_entry_names_whom_it_is_about_by_hash_alone(self, ledger: Ledger) -> None:
        one = await self.record(ledger, a_delivery(lane=False), sought=of(ME, OTHER))
        two = await self.record(ledger, a_delivery(lane=False), sought=of(ME))
        about = (one.id, two.id)
        await ledger.record_audit(AuditEntry("lan", "message.body_opened", one.id, "đối soát", about=about))
        await ledger.record_audit(AuditEntry("lan", "search", "0449••••••24", "tìm hồ sơ", people=of(OTHER)))
        [looked, opened] = (await ledger.who_saw(RING.seeking.all_of(OTHER), None, 5))["items"]
        assert [looked["action"], opened["action"]] == ["search", "message.body_opened"]
        assert opened["details"]["people"] == [one.hex() for one in apart(of(ME, OTHER))]
        page = await ledger.who_saw(RING.seeking.all_of(OTHER), None, 1)
        assert page["items"] == [looked]
        assert (await ledger.who_saw(RING.seeking.all_of(OTHER), page["next"], 1))["items"] == [opened]

    async def test_a_rotation_of_the_search_key_hashes_anew_in_portions(self, ledger: Ledger) -> None:
        messages = [await self.record(ledger, a_delivery(lane=False), sought=of(ME)) for _ in range(3)]
        await ledger.record_audit(AuditEntry("lan", "message.body_opened", "x", "rà soát", about=(messages[0].id,)))
        keys = SearchKeys(2, {1: bytes(32), 2: bytes(range(32))})

        def anew(stored: StoredMessage) -> bytes:
            assert stored.open_body() == b'{"code": "x"}'
            return keys.of([ME])

        assert [bool(await ledger.rehash(keys.prefix, anew, 2)) for _ in range(3)] == [True, True, False]
        found = await ledger.messages_about(keys.all_of(ME), None, 5)
        assert ids(found) == [one.id for one in reversed(messages)]
        assert ids(await ledger.messages_about(RING.seeking.all_of(ME), None, 5)) == []
        assert await ledger.key_is_needed("s1"), "the audit entry is found by the old key alone"
        assert await ledger.key_is_needed("s2") and not await ledger.key_is_needed("s3")
        assert len((await ledger.who_saw(RING.seeking.all_of(ME), None, 5))["items"]) == 1

    async def test_a_body_that_does_not_open_is_found_as_it_was_and_keeps_nobody_waiting(self, ledger: Ledger) -> None:
        messages = [await self.record(ledger, a_delivery(lane=False), sought=of(ME)) for _ in range(3)]
        old = await self.record(ledger, a_delivery(lane=False), sought=None)
        keys = SearchKeys(2, {1: bytes(32), 2: bytes(range(32))})

        def anew(stored: StoredMessage) -> bytes:
            if stored.id in (messages[0].id, old.id):
                raise SealError("a changed byte")
            return keys.of([ME])

        looks, reached = 0, HashedTo()
        while next_ := await ledger.rehash(keys.prefix, anew, 1, reached):
            looks, reached = looks + 1, next_
        assert looks == 4
        assert ids(await ledger.messages_about([keys.of([ME])], None, 5)) == [messages[2].id, messages[1].id]
        assert ids(await ledger.messages_about(RING.seeking.all_of(ME), None, 5)) == [messages[0].id]

    async def test_nothing_is_hashed_anew_that_has_no_body_or_names_nobody(self, ledger: Ledger) -> None:
        message = await self.record(ledger, a_delivery(), sought=of(ME), accepted_at=OLD)
        await self.record(ledger, a_delivery(lane=False))
        await self.carry(ledger, message.deliveries[0])
        await ledger.shred(OLD + timedelta(days=1), 100)

        def never(_: StoredMessage) -> bytes:
            raise AssertionError("nothing was to be opened")

        assert not await ledger.rehash((2).to_bytes(2, "big"), never, 10)

    async def test_what_was_recorded_before_there_were_hashes_is_hashed_once(self, ledger: Ledger) -> None:
        old = await self.record(ledger, a_delivery(lane=False), sought=None)
        prefix = RING.seeking.prefix
        assert await ledger.rehash(prefix, lambda _: of(ME), 10)
        assert not await ledger.rehash(prefix, lambda _: of(OTHER), 10)
        assert ids(await ledger.messages_about(RING.seeking.all_of(ME), None, 5)) == [old.id]
