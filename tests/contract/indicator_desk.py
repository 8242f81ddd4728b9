"""Short words for tests about indicators: a dossier is told, what there is is counted, the sums are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from uuid_utils import uuid7

from gateway.indicator_settings import IndicatorSettings
from gateway.ledger.indicators.port import Figures, Wanted
from gateway.ledger.port import Ledger, NewDelivery, NewMessage
from gateway.message import MessageId
from gateway.scheduler.counting import CountingKeeper
from gateway.settings import CalendarSettings
from tests.builders import RING, a_message, a_snapshot
from tests.intake.documents import RECORDED, a_dossier

CODE = "000.00.16.H46-250310-0001"
DAY = "2025-03-10"
FAR = datetime(2100, 1, 1, tzinfo=UTC)
CALENDAR = CalendarSettings().working_time()


def a_document(code: str = CODE, **changes: Any) -> dict[str, Any]:
    """A dossier of a commune, received on 10 March 2025 and due the day after; None takes a member away."""
    made = a_dossier() | {"code": code} | changes
    return {name: value for name, value in made.items() if value is not None}


async def tell(
    ledger: Ledger, document: dict[str, Any], delivery: NewDelivery | None = None, **changes: Any
) -> NewMessage:
    """The document is accepted, on its way to the portal."""
    message_id = MessageId(str(uuid7()))
    sealed = RING.seal(orjson.dumps(document), message_id)
    values = {"id": message_id, "sealed": sealed, "type": RECORDED, "subject": str(document["code"])} | changes
    message = a_message(delivery or a_snapshot(str(document["status"])), **values)
    await ledger.accept([message])
    return message


def a_keeper(ledger: Ledger) -> CountingKeeper:
    return CountingKeeper(ledger, IndicatorSettings(), CALENDAR)


async def count(ledger: Ledger) -> None:
    """Everything that is there is counted, as a process that has just started does it."""
    await a_keeper(ledger).look()


async def figures(ledger: Ledger, first: str = "2000-01-01", last: str = "2100-01-01", **changes: Any) -> Figures:
    return await ledger.indicator_figures(Wanted(first, last, **{"cutoff": FAR} | changes))


async def sums(ledger: Ledger, first: str = "2000-01-01", last: str = "2100-01-01", **changes: Any) -> dict[str, int]:
    """The sums of all units, without what is zero."""
    made: dict[str, int] = {}
    for unit in (await figures(ledger, first, last, **changes)).units:
        for name, number in unit.counts.items():
            made[name] = made.get(name, 0) + number
    return {name: number for name, number in made.items() if number}
