"""Failure groups: counted with the settlement, opened once, closed once, and what people wrote on them stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import NotFoundError
from gateway.ledger.groups.port import FailureGroup, fingerprint_of
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery
from gateway.message import Dead, Delivered, DeliveryId, Fault, Refused, Returned, Uncertain, Waiting
from tests.builders import a_begin, a_delivery, a_fault, a_settlement, dead
from tests.contract.ledger_suite import LedgerSuite

AT_ONCE = timedelta(0)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=1)


class GroupContract(LedgerSuite):
    async def only_group(self, ledger: Ledger) -> FailureGroup:
        (found,) = await ledger.failure_groups("all")
        return found

    async def failing(self, ledger: Ledger, decision: object, number: int = 1) -> NewDelivery:
        delivery = a_delivery()
        await self.record(ledger, delivery, subject=f"000.00.16.H46-250612-90{number:02}")
        await self.carry(ledger, delivery, decision)
        return delivery

    async def test_a_success_leaves_no_group(self, ledger: Ledger) -> None:
        await self.failing(ledger, Delivered())
        assert list(await ledger.failure_groups("all")) == []

    async def test_failures_of_one_cause_make_one_group_that_counts_what_stands_in_it(self, ledger: Ledger) -> None:
        await self.failing(ledger, Dead(a_fault()), 1)
        await self.failing(ledger, Waiting(datetime.now(UTC) + timedelta(hours=1), a_fault()), 2)
        await self.failing(ledger, Uncertain(a_fault("TIMEOUT", "uncertain")), 3)
        groups = {one.error_code: one for one in await ledger.failure_groups()}
        assert groups["HTTP_503"].standing == {"dead": 1, "waiting": 1}
        assert groups["TIMEOUT"].standing == {"uncertain": 1}
        assert (groups["HTTP_503"].occurrences, groups["HTTP_503"].times_opened) == (2, 1)
        assert (groups["HTTP_503"].vi, groups["HTTP_503"].is_open) == ("Lỗi HTTP_503.", True)

    async def test_destination_operation_class_code_and_field_make_the_cause(self, ledger: Ledger) -> None:
        await self.failing(ledger, Dead(Fault("mapping", "UNMAPPED_CODE", "v", "e", "MaTTHC")), 1)
        await self.failing(ledger, Dead(Fault("mapping", "UNMAPPED_CODE", "v", "e", "TrangThai")), 2)
        await self.failing(ledger, Dead(Fault("mapping", "UNMAPPED_CODE", "v", "e")), 3)
        found = {one.error_field: one for one in await ledger.failure_groups()}
        assert set(found) == {"MaTTHC", "TrangThai", None}
        assert found[None].standing == {"dead": 1}
        cause = ("national_portal", "CapNhatTienDoHoSoMC", "mapping", "UNMAPPED_CODE", "MaTTHC")
        assert found["MaTTHC"].fingerprint == fingerprint_of(*cause)

    async def test_every_failed_attempt_is_counted_and_the_group_opens_once(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, Returned(datetime.now(UTC), a_fault()))
        assert (await self.only_group(ledger)).standing == {"pending": 1}
        await self.carry(ledger, delivery, Waiting(soon(), a_fault()), 2)
        found = await self.only_group(ledger)
        assert (found.occurrences, found.times_opened, found.standing) == (2, 1, {"waiting": 1})

    async def test_the_next_try_under_way_does_not_close_it(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, Returned(datetime.now(UTC), a_fault()))
        assert await ledger.begin_attempt(a_begin(delivery.id, 2))
        assert list(await ledger.close_empty_groups(AT_ONCE)) == []

    async def test_it_closes_once_when_nothing_stands_in_it_and_not_before_it_was_quiet(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, dead())
        assert list(await ledger.close_empty_groups(AT_ONCE)) == []
        await ledger.discard(delivery.id, AuditEntry("admin", "delivery.discard", delivery.id, "gửi nhầm"))
        assert list(await ledger.close_empty_groups(timedelta(minutes=1))) == []
        open_before = await self.only_group(ledger)
        assert open_before.is_open
        assert list(await ledger.close_empty_groups(AT_ONCE)) == [open_before.fingerprint]
        assert list(await ledger.close_empty_groups(AT_ONCE)) == []
        closed = await self.only_group(ledger)
        assert closed.closed_at is not None and not closed.is_open
        assert list(await ledger.failure_groups("open")) == []
        assert [one.fingerprint for one in await ledger.failure_groups("closed")] == [closed.fingerprint]

    async def test_a_recurrence_opens_it_again_and_finds_note_owner_and_name(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, dead(), 1)
        fingerprint = (await self.only_group(ledger)).fingerprint
        words = {"owner": "tổ một cửa", "note": "chờ danh mục mới", "name_vi": "Thiếu mã thủ tục"}
        await ledger.change_group(fingerprint, words, AuditEntry("admin", "group.note", fingerprint, "theo dõi"))
        await ledger.discard(delivery.id, AuditEntry("admin", "delivery.discard", delivery.id, "gửi nhầm"))
        await ledger.close_empty_groups(AT_ONCE)
        await self.failing(ledger, dead(), 2)
        again = await self.only_group(ledger)
        assert (again.is_open, again.times_opened, again.occurrences) == (True, 2, 2)
        assert (again.owner, again.note, again.name_vi) == tuple(words.values())

    async def test_what_was_emptied_and_failed_again_in_time_was_never_closed(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, dead(), 1)
        await ledger.discard(delivery.id, AuditEntry("admin", "delivery.discard", delivery.id, "gửi nhầm"))
        await ledger.close_empty_groups(timedelta(minutes=1))  # seen empty
        await self.failing(ledger, dead(), 2)
        assert list(await ledger.close_empty_groups(AT_ONCE)) == []
        assert (await self.only_group(ledger)).times_opened == 1

    async def test_a_replayed_one_stands_in_it_no_more(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, dead())
        entry = AuditEntry("admin", "delivery.replay", delivery.id, "đã sửa")
        await ledger.replay(delivery.id, DeliveryId("019a0000-0000-7000-8000-000000000001"), entry)
        assert (await self.only_group(ledger)).standing == {}

    async def test_refusals_are_counted_but_open_nothing(self, ledger: Ledger) -> None:
        await self.failing(ledger, Refused(a_fault("R", "refused")))
        found = await self.only_group(ledger)
        assert (found.occurrences, found.times_opened, found.is_open) == (1, 0, False)
        assert list(await ledger.group_changes(datetime.now(UTC) - timedelta(hours=1))) == []

    async def test_what_opened_or_closed_since_is_told(self, ledger: Ledger) -> None:
        before = datetime.now(UTC) - timedelta(seconds=5)
        delivery = await self.failing(ledger, dead())
        (opened,) = await ledger.group_changes(before)
        assert opened.is_open
        assert list(await ledger.group_changes(datetime.now(UTC) + timedelta(seconds=5))) == []
        await ledger.discard(delivery.id, AuditEntry("admin", "delivery.discard", delivery.id, "gửi nhầm"))
        await ledger.close_empty_groups(AT_ONCE)
        await ledger.close_empty_groups(AT_ONCE)
        (closed,) = await ledger.group_changes(before)
        assert closed.closed_at is not None

    async def test_the_deliveries_of_a_group_are_found_by_it(self, ledger: Ledger) -> None:
        first = await self.failing(ledger, dead(), 1)
        await self.failing(ledger, Dead(a_fault("OTHER", "mapping")), 2)
        (group,) = [one for one in await ledger.failure_groups() if one.error_code == "UNMAPPED_CODE"]
        page = await ledger.deliveries_page({"group": group.fingerprint}, None, 50)
        assert [one["id"] for one in page["items"]] == [first.id]
        assert (await ledger.deliveries_page({"group": "0" * 16}, None, 50))["items"] == []

    async def test_writing_on_an_unknown_group_is_refused_and_audited(self, ledger: Ledger) -> None:
        entry = AuditEntry("admin", "group.note", "0" * 16, "thử")
        with pytest.raises(NotFoundError):
            await ledger.change_group("0" * 16, {"note": "x"}, entry)
        assert [one["ok"] for one in (await ledger.audit_page(None, 5))["items"]] == [False]

    async def test_a_fault_told_twice_is_counted_once(self, ledger: Ledger) -> None:
        delivery = await self.failing(ledger, dead())
        assert not await ledger.settle(a_settlement(delivery.id, dead(), 1))
        assert (await self.only_group(ledger)).occurrences == 1
