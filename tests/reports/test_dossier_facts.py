"""What a document says for the indicators: each rule of counting, one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from gateway.acceptance.canonical import data_of, document_of
from gateway.ledger.indicators.port import SNAPSHOT, DossierFacts, ToCount
from gateway.reports.indicators.facts import Rules, facts_of
from tests.contract.indicator_desk import CALENDAR, a_document

ACCEPTED = datetime(2025, 3, 20, 3, 0, tzinfo=UTC)
DONE: dict[str, Any] = {"status": "completed", "finished_at": "2025-03-11T10:00:00+07:00"}


def facts(**changes: Any) -> DossierFacts:
    document = a_document(**changes)
    message = ToCount(1, "m-1", SNAPSHOT, document["code"], None, None, ACCEPTED, "data", lambda: b"")
    return facts_of(message, document, Rules(CALENDAR))


def test_a_dossier_belongs_to_the_day_on_which_it_was_received_in_viet_nam() -> None:
    found = facts(received_at="2025-03-09T23:30:00Z")
    assert (found.received_day, found.agency, found.level, found.procedure) == (
        "2025-03-10", "000.00.16.H46", "commune", "1.001193",
    )  # fmt: skip
    assert facts(level=None).level == "unknown"


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"status": "processing"}, True),
        ({"status": "supplement_requested"}, True),
        ({"status": "stopped"}, True),
        ({"status": "withdrawn"}, False),
        ({"status": "refused"}, False),
        ({"status": "filed", "received_at": None}, False),
    ],
)
def test_refused_withdrawn_and_not_yet_received_dossiers_leave_all_denominators(
    changes: dict[str, Any], counts: bool
) -> None:
    assert (facts(**changes).received_day is not None) is counts


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ({}, {"online"}),
        ({"channel": "counter"}, set()),
        ({"channel": "postal"}, set()),
        ({"filed_at": None}, set()),
        (
            {"applicant": {"kind": "citizen", "name": "Trần Văn Mẫu", "tech_id": "tk-1"}},
            {"online", "online_by_account"},
        ),
    ],
)
def test_online_is_what_a_citizen_filed_on_a_portal(changes: dict[str, Any], marks: set[str]) -> None:
    assert facts(**changes).marks & {"online", "online_by_account"} == marks


def test_a_dossier_is_digitised_when_everything_handed_in_is() -> None:
    plain, scanned = {"id": "1"}, {"id": "2", "digitised": True}
    taken, gone = {"id": "3", "from_store": True}, {"id": "4", "deleted": True}
    assert "digitised" in facts(documents=[scanned, taken, gone]).marks
    assert "digitised" not in facts(documents=[scanned, plain]).marks
    assert "digitised" not in facts(documents=[]).marks
    late = {"supplements": [{"documents": [plain]}]}
    assert "digitised" not in facts(documents=[scanned], **late).marks


@pytest.mark.parametrize(
    ("document", "marks"),
    [
        ({"id": "1"}, set()),
        ({"id": "1", "component_code": "G15.TK.01"}, {"reusable"}),
        ({"id": "1", "reuse": "reused"}, {"reusable", "reused"}),
        ({"id": "1", "reuse": "replaced_by_result"}, {"reusable", "reused"}),
        ({"id": "1", "from_store": True}, {"reusable", "reused"}),
        ({"id": "1", "from_store": True, "deleted": True}, set()),
    ],
)
def test_reuse_is_read_from_what_was_handed_in(document: dict[str, Any], marks: set[str]) -> None:
    assert facts(documents=[document]).marks & {"reusable", "reused"} == marks


def test_a_dossier_without_a_fee_to_pay_bears_none() -> None:
    assert "fee_bearing" not in facts(fees=[{"code": "LP01", "amount": 0}]).marks
    assert "fee_bearing" in facts(fees=[{"amount": 0}], supplements=[{"fees": [{"amount": 5000}]}]).marks


@pytest.mark.parametrize(
    ("due_at", "finished_at", "in_time"),
    [
        ("2025-03-11T17:00:00+07:00", "2025-03-11T17:00:00+07:00", True),
        ("2025-03-11T17:00:00+07:00", "2025-03-11T17:00:01+07:00", False),
        ("2025-03-11T00:00:00+07:00", "2025-03-11T16:59:00+07:00", True),
        ("2025-03-11T00:00:00+07:00", "2025-03-11T17:01:00+07:00", False),
        ("2025-03-11T10:00:00Z", "2025-03-11T17:00:00+07:00", True),
    ],
)
def test_in_time_compares_moments_and_a_day_without_an_hour_ends_when_offices_close(
    due_at: str, finished_at: str, in_time: bool
) -> None:
    found = facts(**DONE | {"finished_at": finished_at}, due_at=due_at)
    assert ("in_time" in found.marks) is in_time and "judged" in found.marks
    assert (found.overdue_from is None) is in_time


def test_waiting_for_the_citizen_moves_the_due_date() -> None:
    asked, came = "2025-03-10T09:00:00+07:00", "2025-03-12T09:00:00+07:00"
    late = DONE | {"finished_at": "2025-03-13T10:00:00+07:00"}
    assert "in_time" not in facts(**late).marks
    assert "in_time" in facts(**late, supplements=[{"requested_at": asked, "received_at": came}]).marks
    assert "in_time" in facts(**late, supplements=[{"new_due_at": "2025-03-13T17:00:00+07:00"}]).marks
    moved = {"requested_at": asked, "received_at": came, "previous_due_at": "2025-03-09T17:00:00+07:00"}
    assert "in_time" not in facts(**late, supplements=[moved]).marks, "the date had been moved already"


def test_what_waits_for_the_citizen_or_was_stopped_is_not_overdue() -> None:
    assert facts().overdue_from == datetime(2025, 3, 11, 10, tzinfo=UTC)
    for status in ("supplement_requested", "payment_requested", "stopped"):
        assert facts(status=status).overdue_from is None
    assert facts(due_at=None).overdue_from is None


def test_a_finished_dossier_counts_on_its_day_with_its_working_time() -> None:
    found = facts(**DONE, results=[{"id": "kq-1", "url": "https://files.example.invalid/kq-1"}])
    assert (found.finished_day, found.working_seconds) == ("2025-03-11", 3600 * (3 + 3 + 2) + 1800 * 2)
    assert {"results", "electronic_results"} <= found.marks
    assert "electronic_results" not in facts(**DONE).marks, "a result without an address is paper"
    assert facts(**DONE | {"finished_at": None}, returned_at="2025-03-12T08:00:00+07:00").finished_day == "2025-03-12"
    assert facts(**DONE | {"finished_at": None}).finished_day == "2025-03-20"
    undated = facts(**DONE, due_at=None)
    assert undated.finished_day and "judged" not in undated.marks


def test_nothing_personal_is_in_the_facts() -> None:
    told = str(facts())
    assert not any(word in told for word in ("Nguyễn", "044999000123", "0900000001", "invalid"))


@pytest.mark.parametrize(
    "told",
    [
        {"agency": {"code": " 000.00.16.h46\t", "name": None}, "procedure": {"code": "1.001193 ", "name": "Khai sinh"}},
        dict.fromkeys(("level", "filed_at", "fees", "documents", "supplements", "results", "online_payment", "due_at")),
        {**DONE, "results": [{"url": None}, {"url": "https://ket-qua.example.invalid/1"}], "returned_at": None},
        {"supplements": [dict.fromkeys(("documents", "fees", "new_due_at", "requested_at", "received_at"))]},
        {"documents": [{"name": "Tờ khai", **dict.fromkeys(("reuse", "from_store", "deleted", "component_code"))}]},
        {"fees": [{"amount": 5.0}, {"amount": None}], "applicant": {"name": "Trần Văn Mẫu", "tech_id": None}},
    ],
)
def test_a_document_says_the_same_as_received_and_as_made_canonical(told: dict[str, Any]) -> None:
    """Counting reads it as it was received, which costs half."""
    received = orjson.dumps(a_document() | told)
    message = ToCount(1, "m-1", SNAPSHOT, "H-1", None, None, ACCEPTED, "data", lambda: received)
    found = facts_of(message, data_of(received, "data"), Rules(CALENDAR))
    assert found == facts_of(message, document_of(received, "data"), Rules(CALENDAR))
    assert found.agency == "000.00.16.H46"
