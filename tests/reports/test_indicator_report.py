"""A report is computed over all dossiers of all units, shows both denominators, and says how far it is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.ledger.services.port import Service
from gateway.reports.indicators.report import Query, QueryError, indicator_report
from gateway.settings import load_settings
from tests.contract.indicator_desk import a_document, count, tell
from tests.ledger.conftest import ledger

__all__ = ["ledger"]

NOW = datetime(2025, 3, 31, 3, 0, tzinfo=UTC)
SETTINGS = load_settings(None, {}).indicators
DISTRICT = {"code": "000.05.16.H46", "name": "Đơn vị mẫu"}
OTHER = {"code": "000.00.17.H46", "name": "Huyện mẫu"}
MARCH = {"from": "2025-03-01", "to": "2025-03-31"}


async def told(ledger: SqlLedger) -> None:
    """Five dossiers of three units; two of another procedure that is not offered online."""
    done = {"status": "completed", "finished_at": "2025-03-11T10:00:00+07:00"}
    other = {"code": "2.000815", "name": "Chứng thực bản sao"}
    await tell(ledger, a_document("000.00.16.H46-250310-0001", **done))
    await tell(ledger, a_document("000.00.16.H46-250310-0002", channel="counter"))
    await tell(ledger, a_document("000.00.16.H46-250310-0003", channel="counter", procedure=other))
    await tell(ledger, a_document("000.05.16.H46-250310-0004", agency=DISTRICT))
    await tell(
        ledger, a_document("000.00.17.H46-250310-0005", agency=OTHER, level="district", procedure=other, fees=[])
    )
    await count(ledger)


async def report(ledger: SqlLedger, **asked: str) -> dict[str, Any]:
    return await indicator_report(ledger, SETTINGS, Query.read({**MARCH, **asked}, NOW), NOW)


def criterion(found: dict[str, Any], name: str) -> tuple[Any, ...]:
    one = next(one for one in found["criteria"] if one["id"] == name)
    return one["state"], one["numerator"], one["denominator"]


async def test_a_province_is_computed_over_all_its_dossiers(ledger: SqlLedger) -> None:
    await told(ledger)
    found = await report(ledger)
    assert criterion(found, "C4") == ("measured", 0, 5)
    assert criterion(found, "T1") == ("measured", 1, 5), "one in time, four overdue"
    assert criterion(found, "P2") == ("measured", 0, 4)
    assert criterion(found, "P1") == ("measured", 0, 2)
    assert criterion(found, "O3") == ("elsewhere", None, None), "without a register nobody knows what is offered"
    assert [(one["day"], one["received"]) for one in found["days"]] == [("2025-03-10", 5), ("2025-03-11", 0)]
    [mean] = [one["mean_working_hours"] for one in found["procedures"] if one["finished"]]
    assert mean == 9.0
    assert found["counted"] | {"at": None} == {"at": None, "behind": 0, "unreadable": 0, "recounting": False}


async def test_both_denominators_are_shown(ledger: SqlLedger) -> None:
    await told(ledger)
    services = [
        Service("1.001193", "commune", grade="full", eligible=True, offered_on="2025-01-01"),
        Service("2.000815", "commune", eligible=True),
        Service("2.000815", "district", cause="chờ sửa luật"),
    ]
    await ledger.put_services(services, [], AuditEntry("admin", "services.import", "services", "phụ lục"))
    found = await report(ledger)
    assert criterion(found, "O3") == ("measured", 3 - 1, 3)
    online = next(one for one in found["criteria"] if one["id"] == "O3")
    assert (online["variants"][0]["numerator"], online["variants"][0]["denominator"]) == (3, 5)
    assert criterion(found, "O1") == ("measured", 1, 2) and criterion(found, "O2") == ("measured", 1, 1)
    targets = {(one["measure"], one["level"]): one for one in found["targets"]}
    commune = targets["full_services", "commune"]
    assert (commune["numerator"], commune["denominator"], commune["met"]) == (1, 2, True)
    district = targets["full_services", "district"]
    assert (district["met"], district["gap"], district["variants"][1]["denominator"]) == (False, 1, 0)
    assert (targets["online_dossiers", "commune"]["share"], targets["online_dossiers", "commune"]["met"]) == (
        0.6667,
        True,
    )


async def test_an_agency_is_asked_with_the_units_below_it_in_either_way_of_writing(ledger: SqlLedger) -> None:
    await told(ledger)
    for code in ("000.00.16.H46", "H46.16"):
        found = await report(ledger, agency=code)
        assert {one["agency"] for one in found["units"]} == {"000.00.16.H46", "000.05.16.H46"}
        assert criterion(found, "C4") == ("measured", 0, 4)
    found = await report(ledger, level="district")
    assert [one["agency"] for one in found["units"]] == ["000.00.17.H46"]
    assert (await report(ledger, agency="H47"))["units"] == []


async def test_an_empty_period_has_nothing_to_measure(ledger: SqlLedger) -> None:
    found = await report(ledger)
    assert criterion(found, "C4") == ("empty", 0, 0) and found["points"] == 0.0


def test_without_days_it_is_this_month_up_to_today() -> None:
    assert Query.read({}, NOW) == Query(date(2025, 3, 1), date(2025, 3, 31))


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"from": "hôm qua"}, "from"),
        ({"from": "2025-04-02", "to": "2025-04-01"}, "from"),
        ({"from": "2015-04-02"}, "from"),
        ({"agency": "xã mẫu"}, "agency"),
        ({"level": "village"}, "level"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, str], pointer: str) -> None:
    with pytest.raises(QueryError) as refused:
        Query.read(asked, NOW)
    assert refused.value.pointer == pointer
