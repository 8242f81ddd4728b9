"""The balance is counted from two sides that do not know each other, so what is lost or doubled shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.message import DeliveryId, DeliveryState, Refused, Uncertain, Waiting
from gateway.reports.balance import with_lists
from tests.builders import NOW, a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot, dead
from tests.contract.ledger_balance import lines_of

S = DeliveryState


async def settled(ledger: SqlLedger, *decisions: Any) -> list[str]:
    """A delivery each, settled so; None stays pending."""
    ids = []
    for number, decision in enumerate(decisions):
        delivery = a_delivery()
        message = a_message(delivery, subject=f"000.00.16.H46-250612-{number:04}", accepted_at=NOW)
        await ledger.accept([message])
        if decision is not None:
            await ledger.begin_attempt(a_begin(delivery.id))
            await ledger.settle(a_settlement(delivery.id, decision))
        ids.append(delivery.id)
    return ids


async def change(ledger: SqlLedger, statement: str, *values: Any) -> None:
    await ledger._storage.write(lambda connection: connection.exec_driver_sql(statement, values))


@pytest.mark.parametrize("state", [None, "delivered", "dead"])
async def test_a_delivery_that_is_lost_turns_the_balance_red(ledger: SqlLedger, state: str | None) -> None:
    decision = {None: None, "delivered": a_settlement("x").decision, "dead": dead()}[state]
    lost, _ = await settled(ledger, decision, None)
    assert (await ledger.balance())["balance"] == 0
    await change(ledger, "DELETE FROM delivery WHERE id = ?", lost)
    for balance in (await ledger.balance(), await ledger.balance("2025-06-12")):
        assert (balance["accepted"], balance["balance"], balance["by"][0]["balance"]) == (2, 1, 1)


async def test_the_list_behind_a_balance_that_is_off_has_the_message_that_lost_its_delivery(ledger: SqlLedger) -> None:
    lost, _ = await settled(ledger, a_settlement("x").decision, None)
    message_id = (await ledger.delivery_view(lost) or {})["message_id"]
    await change(ledger, "DELETE FROM delivery WHERE id = ?", lost)
    sheet = with_lists(await ledger.balance("2025-06-12"))
    for line in lines_of(sheet):
        assert line["balance"] == 1
        filters = dict(parse_qsl(urlsplit(line["lists"]["balance"]).query))
        page = await ledger.messages_page(filters, None, 50)
        assert [one["id"] for one in page["items"]] == [message_id]


async def test_a_delivery_that_is_doubled_turns_the_balance_red(ledger: SqlLedger) -> None:
    await settled(ledger, a_settlement("x").decision)
    row = "SELECT * FROM delivery"
    await change(ledger, f"CREATE TABLE copy AS {row}")
    await change(ledger, "UPDATE copy SET id = 'twice'")
    await change(ledger, "INSERT INTO delivery SELECT * FROM copy")
    assert (await ledger.balance())["balance"] == -1


async def test_a_message_to_several_destinations_owes_each_of_them(ledger: SqlLedger) -> None:
    await ledger.accept([a_message(a_delivery(), a_delivery(), a_delivery(destination="payment"))])
    balance = await ledger.balance()
    assert balance["accepted"] == 3
    assert [(one["destination"], one["accepted"], one["open"]) for one in balance["by"]] == [
        ("national_portal", 2, 2),
        ("payment", 1, 1),
    ]


async def test_a_replay_is_the_same_obligation_of_the_same_day(ledger: SqlLedger) -> None:
    delivery = a_delivery()
    await ledger.accept([a_message(delivery, accepted_at=NOW)])
    await ledger.begin_attempt(a_begin(delivery.id))
    await ledger.settle(a_settlement(delivery.id, dead()))
    await ledger.replay(
        delivery.id, DeliveryId("019a0000-0000-7000-8000-000000000001"), AuditEntry("admin", "x", delivery.id, "thử")
    )
    balance = await ledger.balance("2025-06-12")
    assert [balance[name] for name in ("accepted", "dead", "open", "balance")] == [1, 0, 1, 0]


async def test_a_day_is_a_day_in_vietnam(ledger: SqlLedger) -> None:
    for hour in (16, 17):  # 23:00 of the twelfth and 00:00 of the thirteenth there
        await ledger.accept([a_message(accepted_at=datetime(2025, 6, 12, hour, tzinfo=UTC))])
    assert (await ledger.balance("2025-06-12"))["accepted"] == 1
    assert (await ledger.balance("2025-06-13"))["accepted"] == 1
    assert (await ledger.balance("2025-06-14"))["accepted"] == 0


async def test_the_board_agrees_with_the_balance_and_knows_the_last_of_each(ledger: SqlLedger) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    refused, uncertain = Refused(a_fault("R", "refused")), Uncertain(a_fault("U", "uncertain"))
    delivered = a_settlement("x").decision
    ids = await settled(ledger, None, delivered, delivered, refused, dead(), Waiting(later, a_fault()), uncertain)
    await ledger.accept([a_message(a_snapshot(), subject="000.00.16.H46-250612-0900")])
    await ledger.accept([a_message(a_snapshot(), subject="000.00.16.H46-250612-0900")])
    await ledger.discard(DeliveryId(ids[0]), AuditEntry("admin", "x", ids[0], "thử"))
    [row] = await ledger.board()
    assert row["states"] == {
        "delivered": 2, "refused": 1, "dead": 1, "waiting": 1, "uncertain": 1, "superseded": 1, "pending": 1,
        "cancelled": 1,
    }  # fmt: skip
    balance = await ledger.balance()
    for state in ("delivered", "refused", "dead", "superseded", "cancelled"):
        assert row["states"][state] == balance[state]
    assert row["last_success_at"] is not None
    assert row["last_failure_at"] >= row["last_success_at"]
    assert row["oldest_open_at"] is not None


async def test_what_is_stored_for_the_sender_to_fetch_is_on_the_board(ledger: SqlLedger) -> None:
    await ledger.accept([a_message(a_delivery(destination="onestop/motcua", lane=False, stored_only=True))])
    [row] = await ledger.board()
    assert (row["destination"], row["states"]) == ("onestop/motcua", {"delivered": 1})
