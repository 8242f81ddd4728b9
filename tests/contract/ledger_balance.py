"""The balance sheet by day, destination and type, and the list behind each of its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.ledger.balance import NUMBERS
from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import DeliveryId, Refused, Uncertain
from gateway.reports.balance import with_lists
from tests.builders import NOW, a_delivery, a_fault, a_snapshot, dead
from tests.contract.ledger_suite import LedgerSuite

DAY, NEXT_DAY = "2025-06-12", "2025-06-13"
RECORDED = "vn.lienthong.dossier.recorded.v1"


def lines_of(sheet: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield sheet
    for row in sheet["by"]:
        yield row
        yield from row.get("types", ())


async def length(ledger: Ledger, address: str) -> int:
    parts = urlsplit(address)
    filters, cursor, found = dict(parse_qsl(parts.query)), None, 0
    page_of = {"/v1/deliveries": ledger.deliveries_page, "/v1/messages": ledger.messages_page}[parts.path]
    while True:
        page = await page_of(filters, cursor, 3)
        found, cursor = found + len(page["items"]), page["next"]
        if cursor is None:
            return found


class BalanceContract(LedgerSuite):
    async def _busy_days(self, ledger: Ledger) -> None:
        """Every state there is, over two days, two destinations and two types; one dead one replayed."""
        decisions = [None, Refused(a_fault("R", "refused")), dead(), dead(), Uncertain(a_fault()), None, None]
        for number, decision in enumerate(decisions):
            delivery = a_delivery(destination="payment" if number % 3 == 0 else "national_portal")
            await self.record(ledger, delivery, subject=f"000.00.16.H46-250612-20{number:02}", accepted_at=NOW)
            if number < 5:
                await self.carry(ledger, delivery, decision)
            if number == 3:
                new_id, entry = DeliveryId("019a0000-0000-7000-8000-000000000009"), AuditEntry("admin", "x", "y", "thử")
                await ledger.replay(delivery.id, new_id, entry)
            if number == 6:
                await ledger.discard(delivery.id, AuditEntry("admin", "x", delivery.id, "thử"))
        for later in (0, 0, 1):
            at = NOW + timedelta(days=later)
            await self.record(ledger, a_snapshot(), type=RECORDED, accepted_at=at)
        await self.record(ledger, a_delivery(), a_delivery(), a_delivery(destination="payment"), accepted_at=NOW)

    async def test_every_number_is_the_length_of_its_list(self, ledger: Ledger) -> None:
        await self._busy_days(ledger)
        for day in (DAY, NEXT_DAY, None):
            sheet = with_lists(await ledger.balance(day))
            for line in lines_of(sheet):
                told = {name: line[name] for name in NUMBERS}
                assert {name: await length(ledger, line["lists"][name]) for name in NUMBERS} == told
        day_sheet = await ledger.balance(DAY)
        assert all(day_sheet[name] for name in NUMBERS if name != "balance")

    async def test_of_a_day_the_types_add_up_to_their_destination(self, ledger: Ledger) -> None:
        await self._busy_days(ledger)
        sheet = await ledger.balance(DAY)
        for row in sheet["by"]:
            assert {name: sum(one[name] for one in row["types"]) for name in NUMBERS} == {
                name: row[name] for name in NUMBERS
            }
        portal = next(row for row in sheet["by"] if row["destination"] == "national_portal")
        assert {one["type"]: one["accepted"] for one in portal["types"]} == {
            "vn.lienthong.dossier.progressed.v1": 6,
            RECORDED: 2,
        }

    async def test_both_days_together_are_the_whole(self, ledger: Ledger) -> None:
        await self._busy_days(ledger)
        days = [await ledger.balance(day) for day in (DAY, NEXT_DAY)]
        whole = await ledger.balance()
        assert {name: sum(day[name] for day in days) for name in NUMBERS} == {name: whole[name] for name in NUMBERS}
