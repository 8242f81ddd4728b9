"""A list that finds little in a large ledger answers in short pages rather than read everything."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ledger import pages
from gateway.ledger.ledger import SqlLedger
from tests.builders import a_begin, a_delivery, a_message, a_settlement


@pytest.fixture(autouse=True)
async def _eleven(ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eleven messages, in a gateway that looks at four at a time."""
    monkeypatch.setattr(pages, "MESSAGE_WALK", 4)
    monkeypatch.setattr(pages, "DELIVERY_WALK", 4)
    for number in range(11):
        delivery = a_delivery()
        subject = f"000.00.16.H46-250612-{number:04}"
        client = "xa" if number in (1, 8) else "motcua"
        await ledger.accept([a_message(delivery, subject=subject, client=client, source_id=str(number))])
        if number in (0, 9):
            await ledger.begin_attempt(a_begin(delivery.id))
            await ledger.settle(a_settlement(delivery.id))


async def walked(page_of: Any, filters: dict[str, str]) -> tuple[list[Any], int]:
    """What all pages hold, and how many there were."""
    found, cursor, count = [], None, 0
    while True:
        page = await page_of(filters, cursor, 3)
        found += page["items"]
        count += 1
        if (cursor := page["next"]) is None:
            return found, count


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]),
        ({"client": "xa"}, ["8", "1"]),
        ({"state": "delivered"}, ["9", "0"]),
        ({"client": "nobody"}, []),
    ],
    ids=str,
)
async def test_every_message_is_found_in_the_end(
    ledger: SqlLedger, filters: dict[str, str], expected: list[str]
) -> None:
    found, count = await walked(ledger.messages_page, filters)
    assert [one["source_id"] for one in found] == expected
    assert count >= 3


@pytest.mark.parametrize(
    ("filters", "expected"), [({"client": "xa"}, 2), ({"state": "delivered"}, 2), ({}, 11)], ids=str
)
async def test_every_delivery_is_found_in_the_end(ledger: SqlLedger, filters: dict[str, str], expected: int) -> None:
    found, count = await walked(ledger.deliveries_page, filters)
    assert len({one["id"] for one in found}) == len(found) == expected
    assert count >= 3


async def test_what_an_index_knows_needs_one_page(ledger: SqlLedger) -> None:
    for filters in ({"q": "0"}, {"subject": "000.00.16.H46-250612-0000"}):
        page = await ledger.messages_page(filters, None, 3)
        assert ([one["source_id"] for one in page["items"]], page["next"]) == (["0"], None)
