"""Lists and views: what people and programs read, filtered, paged, and in the shape that was promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import Problem
from gateway.ledger.port import Ledger
from gateway.message import DeliveryState, Refused, Uncertain, Waiting
from tests.builders import NOW, a_delivery, a_fault, a_message, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState


async def ids(ledger: Ledger, **filters: str) -> list[str]:
    """Sender's ids of the messages a filter finds, over all pages."""
    found, cursor = [], None
    while True:
        page = await ledger.messages_page(filters, cursor, 2)
        found += [item["source_id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            return found


class ListContract(LedgerSuite):
    async def test_a_message_is_shown_as_promised(self, ledger: Ledger) -> None:
        delivery, stored = a_delivery(), a_delivery(destination="onestop/onestop", lane=False, stored_only=True)
        warning = Problem("/data/x", "PROCEDURE_LOCAL", "Mã địa phương. / A local code.")
        message = await self.record(ledger, delivery, warnings=(warning,), traceparent="t", sequence="7")
        reply = a_message(stored, causation_id=message.id, type="vn.lienthong.dossier.refused.v1")
        await self.carry(ledger, delivery, Refused(a_fault("R", "refused")), replies=(reply,))
        view = await ledger.message_view(message.id)
        assert view is not None
        [sent] = view.pop("deliveries")
        assert {name: view[name] for name in view if name not in ("accepted_at", "correlation_id")} == {
            "id": message.id,
            "source": message.source,
            "source_id": message.source_id,
            "type": message.type,
            "subject": message.subject,
            "time": "2025-06-12T08:15:30.000+07:00",
            "client": "onestop",
            "state": "completed",
            "outcome": "refused",
            "causation_id": None,
            "warnings": [{"pointer": "/data/x", "code": "PROCEDURE_LOCAL", "message": warning.message}],
            "replies": [{"id": reply.id, "type": reply.type}],
        }
        promised: dict[str, Any] = {
            "id": delivery.id,
            "destination": "national_portal",
            "operation": "CapNhatTienDoHoSoMC",
            "state": "refused",
            "attempts": 1,
            "next_attempt_at": None,
            "last_error": {"class": "refused", "code": "R", "vi": "Lỗi R.", "en": "Error R."},
            "mapping": {"name": "national_portal/dossier.progressed.v1", "version": "1"},
            "delivered_at": None,
            "replaced_by": None,
        }
        assert {name: sent[name] for name in promised} == promised
        assert [one["outcome"] for one in sent["attempt_log"]] == ["refused"]

    @pytest.mark.parametrize(
        ("decision", "state", "outcome"),
        [
            (None, "accepted", "open"),
            (Waiting(datetime.now(UTC) + timedelta(hours=1), a_fault()), "accepted", "open"),
            (Uncertain(a_fault("U", "uncertain")), "attention", "attention"),
            (dead(), "attention", "attention"),
            (Refused(a_fault("R", "refused")), "completed", "refused"),
        ],
    )
    async def test_state_and_outcome_of_a_message_follow_its_deliveries(
        self, ledger: Ledger, decision: Any, state: str, outcome: str
    ) -> None:
        delivery = a_delivery()
        message = await self.record(ledger, delivery)
        if decision is not None:
            await self.carry(ledger, delivery, decision)
        view = await ledger.message_view(message.id)
        assert view is not None
        assert (view["state"], view["outcome"]) == (state, outcome)
        assert await ids(ledger, state=state) == [message.source_id]
        others = {"accepted", "attention", "completed"} - {state}
        assert [await ids(ledger, state=other) for other in sorted(others)] == [[], []]

    async def test_messages_are_found_by_what_is_known_of_them(self, ledger: Ledger) -> None:
        parked, fine = a_delivery(), a_delivery(destination="payment")
        await self.record(ledger, parked, source_id="a", subject="000.00.16.H46-250612-0001")
        await self.record(ledger, fine, source_id="b", subject="000.00.16.H46-250612-0002", client="xa", type="other")
        await self.carry(ledger, parked, dead())
        [message] = (await ledger.messages_page({"subject": "000.00.16.H46-250612-0001"}, None, 9))["items"]
        for filters, expected in (
            ({}, ["b", "a"]),
            ({"q": "b"}, ["b"]),
            ({"q": "000.00.16.H46-250612-0001"}, ["a"]),
            ({"q": message["id"]}, ["a"]),
            ({"client": "xa"}, ["b"]),
            ({"type": "other"}, ["b"]),
            ({"state": "dead"}, ["a"]),
            ({"state": "pending"}, ["b"]),
            ({"state": "delivered"}, []),
            ({"destination": "payment"}, ["b"]),
            ({"destination": "payment", "state": "dead"}, []),
            ({"q": "c"}, []),
        ):
            assert await ids(ledger, **filters) == expected, filters

    async def test_lists_are_bounded_by_moments(self, ledger: Ledger) -> None:
        for number in range(4):
            await self.record(ledger, source_id=str(number), accepted_at=NOW + timedelta(hours=number))
        one, three = ((NOW + timedelta(hours=hours)).isoformat() for hours in (1, 3))
        assert await ids(ledger, since=one, until=three) == ["2", "1"]
        assert await ids(ledger, since="2025-06-13") == []
        assert await ids(ledger, until="2025-06-12") == []
        page = await ledger.deliveries_page({"since": one, "until": three}, None, 9)
        assert len(page["items"]) == 2

    async def test_pages_follow_each_other_without_gap_or_repeat(self, ledger: Ledger) -> None:
        deliveries = [a_delivery() for _ in range(7)]
        for number, delivery in enumerate(deliveries):
            await self.record(ledger, delivery, source_id=str(number), subject=f"000.00.16.H46-250612-{number:04}")
        assert await ids(ledger) == ["6", "5", "4", "3", "2", "1", "0"]
        for filters in ({}, {"state": "pending"}, {"destination": "national_portal"}):
            found, cursor = [], None
            while True:
                page = await ledger.deliveries_page(filters, cursor, 3)
                found += [item["id"] for item in page["items"]]
                if (cursor := page["next"]) is None:
                    break
            assert found == [delivery.id for delivery in reversed(deliveries)]

    async def test_deliveries_are_found_by_what_is_known_of_them(self, ledger: Ledger) -> None:
        parked, open_ = a_delivery(), a_delivery()
        first = await self.record(ledger, parked, subject="000.00.16.H46-250612-0001")
        await self.record(ledger, open_, subject="000.00.16.H46-250612-0002", client="xa")
        await self.carry(ledger, parked, dead("UNMAPPED_CODE"))
        for filters, expected in (
            ({"state": "dead"}, [parked.id]),
            ({"state": "dead", "code": "UNMAPPED_CODE", "destination": "national_portal"}, [parked.id]),
            ({"state": "dead", "code": "OTHER"}, []),
            ({"code": "UNMAPPED_CODE"}, [parked.id]),
            ({"state": "pending"}, [open_.id]),
            ({"state": "delivered"}, []),
            ({"subject": "000.00.16.H46-250612-0002"}, [open_.id]),
            ({"message": first.id}, [parked.id]),
            ({"client": "xa"}, [open_.id]),
            ({"client": "nobody"}, []),
        ):
            page = await ledger.deliveries_page(filters, None, 9)
            assert [item["id"] for item in page["items"]] == expected, filters
            assert page["next"] is None

    async def test_the_dead_are_grouped_by_cause(self, ledger: Ledger) -> None:
        for number, code in enumerate(("UNMAPPED_CODE", "UNMAPPED_CODE", "HTTP_404")):
            delivery = a_delivery()
            await self.record(ledger, delivery, subject=f"000.00.16.H46-250612-{number:04}")
            await self.carry(ledger, delivery, dead(code))
        groups = await ledger.dead_groups()
        assert [(one["code"], one["count"]) for one in groups] == [("UNMAPPED_CODE", 2), ("HTTP_404", 1)]

    async def test_a_dossier_is_told_from_the_first_to_the_last(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery(operation="DongBoHoSoMC")
        await self.record(ledger, first, source_id="a")
        await self.record(ledger, second, source_id="b")
        await self.carry(ledger, first)
        view = await ledger.dossier_view("000.00.16.H46-250612-0001")
        assert view is not None
        assert [one["source_id"] for one in view["messages"]] == ["a", "b"]
        assert [(one["destination"], one["operation"]) for one in view["last_confirmed"]] == [
            ("national_portal", "CapNhatTienDoHoSoMC")
        ]
        assert await ledger.dossier_view("000.00.16.H46-250612-0002") is None
