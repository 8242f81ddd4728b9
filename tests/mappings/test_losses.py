"""The declared losses are exactly what may differ: each is one, and nothing else of the schema stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings import read_examples
from mappings.functions import FUNCTIONS
from mappings.paths import ITSELF
from mappings.table import Line, Table
from tests.intake.documents import a_dossier
from tests.mappings.canonical import CATALOGUE, Document, as_accepted, refusals, schema_paths
from tests.mappings.trip import what_comes_back

CODE = "000.00.16.H46-250310-0001"
TABLES = [table for name in CATALOGUE.names for table in CATALOGUE.versions(name)]
DECLARED = [(table, path, loss.when) for table in TABLES for loss in table.losses for path in loss.paths]

_MOMENT = "2025-03-10T01:30:00.25Z"
_LONG = {"name": "Tệp ệ" * 1600}


def _lossy_dossier(**changes: Any) -> Document:
    """A dossier of which every declared loss takes something, except those that exclude each other."""
    fee = {"name": "Lệ phí", "amount": 8000, "kind": "charge"}
    return a_dossier(
        procedure={"code": "1.001193.000.00.00.H46", "name": "Đăng ký khai sinh", "field": {"code": "HT"}},
        channel="counter",
        applicant={
            "kind": "citizen",
            "name": "Nguyễn Thị Thử Nghiệm",
            "citizen_id": "044999000123",
            "tax_code": "3109999917",
            "tech_id": "TECHID-GIA-LAP-0001",
            "address": "Thôn Mẫu",
        },
        summary="Tóm tắt " * 200,
        note="Ghi chú " * 300,
        documents=[_LONG],
        fees=[fee],
        results=[{"name": "Kết quả" * 500}],
        supplements=[
            {
                **dict.fromkeys(("requested_at", "received_at", "previous_due_at", "new_due_at"), _MOMENT),
                "documents": [_LONG],
                "fees": [fee],
            }
        ],
        **dict.fromkeys(("submitted_at", "received_at", "due_at", "finished_at", "returned_at", "refused_at"), _MOMENT),
        **changes,
    )


def _step(at: str, **members: str) -> Document:
    return {"at": at, "status": "processing", "content": "Thẩm định", **members}


_ADDRESSES = ("birth_registration", "hometown", "permanent_residence", "current_residence")
_PLACE = {"province_code": "44", "district_code": "450", "commune_code": "18859"}
_NUMBER, _CARD = "044999000123", "194000123"


def _lossy_payments() -> list[Document]:
    """Payments of which every declared loss takes something."""
    payment = {
        "dossier_code": CODE,
        "amount": 8000,
        "description": "Lệ phí",
        "procedure": {"code": "1.001193.000.00.00.H46", "name": "Đăng ký khai sinh " * 20},
        "agency": {"code": "000.00.16.H46", "name": "Ủy ban nhân dân xã Thử Nghiệm"},
        "payer": {"name": "Nguyễn Thị Thử Nghiệm", "id_number": "000000000"},
    }
    return [
        {**payment, "fees": [{"name": "Lệ phí", "amount": 8000}]},
        {**payment, "fees": [{"name": "Phí", "amount": 3000, "code": "2"}, {"name": "Lệ phí", "amount": 5000}]},
    ]


def _asked(service: str) -> Document:
    """A question with members, which only a household has: the door lets it in for no other."""
    member = {"citizen_id": _NUMBER, "id_card": _CARD, "full_name": "Lê  Thị Thử", "birth_date": "1985"}
    return {
        "service": service,
        "dossier_code": CODE,
        "procedure_code": "1.001193.000.00.00.H46",
        "officer": {"id": "044082999100", "account": "canbo.thunghiem"},
        "person": {"citizen_id": _NUMBER, "full_name": "Nguyễn  Thị Thử", "birth_date": "1985-04-12"},
        "members": [member],
    }


NEVER_AT_THE_DOOR: dict[str, list[Document]] = {
    f"citizen_db/citizen.lookup_requested.v1.{form}": [_asked("verify" if form == "verify" else "lookup")]
    for form in ("lookup", "verify", "lgsp", "lgsp_camel")
}
"""Documents no schema takes, with values that only other tables of the type carry: they would be lost."""

WITNESSES: dict[str, list[Document]] = {
    "national_portal/dossier.recorded.v1": [
        _lossy_dossier(),
        a_dossier(summary="Thủ tục đăng ký khai sinh"),
    ],
    "national_portal/dossier.progressed.v1": [
        {
            "code": CODE,
            "steps": [
                _step("2025-03-10T10:00:00.5+07:00", started_at=_MOMENT, due_at=_MOMENT, officer="Nguyễn " * 10),
                _step("2025-03-10T09:00:00+07:00", officer="Phòng Tư pháp", department="Phòng Tư pháp"),
            ],
        },
    ],
    "national_portal/dossier.looked_up.v1": [
        {"dossiers": [{"code": CODE, **dict.fromkeys(("submitted_at", "received_at", "due_at"), _MOMENT)}]}
    ],
    "national_portal/dossier.filed_nationally.v1": [
        {
            "code": CODE,
            "agency": {"code": "000.00.16.H46"},
            **dict.fromkeys(("submitted_at", "received_at", "due_at"), _MOMENT),
            "tax_voucher": {"paid_at": _MOMENT},
        }
    ],
    "citizen_db/citizen.found.v1.qcvn109": [
        {"dossier_code": CODE, "citizens": [{"full_name": "Y Thử", **dict.fromkeys(_ADDRESSES, _PLACE)}]}
    ],
    "citizen_db/citizen.verified.v1": [
        {
            "dossier_code": CODE,
            "verified": True,
            "members": [{"citizen_id": _NUMBER, "id_card": _CARD, "verified": True, "relation": "CH02"}],
        }
    ],
    "payment/payment.requested.v1": _lossy_payments(),
    "payment/payment.payable.v1": [{"state": "due", "payment": payment} for payment in _lossy_payments()],
}
"""Documents that lose something, by mapping; the examples beside its table are taken too."""


def witnesses(table: Table) -> list[Document]:
    told = (*WITNESSES.get(table.name, ()), *NEVER_AT_THE_DOOR.get(table.name, ()))
    return [*told, *(one.document for one in read_examples(table.name))]


@pytest.mark.parametrize(("table", "path", "when"), DECLARED, ids=[f"{t.name}: {p} {w}" for t, p, w in DECLARED])
def test_a_declared_loss_really_is_one(table: Table, path: str, when: str) -> None:
    mapping = CATALOGUE.get(table.name, table.effective_from)
    documents = [as_accepted(document) for document in witnesses(table)]
    came_back = [mapping.backward(mapping.forward(document).document).document for document in documents]
    assert came_back == [what_comes_back(table, document) for document in documents]
    assert came_back != [what_comes_back(table, document, without=(path, when)) for document in documents]


@pytest.mark.parametrize("name", WITNESSES)
def test_the_documents_that_lose_something_are_valid(name: str) -> None:
    kind = CATALOGUE.in_force(name).canonical
    assert [refusals(kind, document) for document in WITNESSES[name]] == [()] * len(WITNESSES[name])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_value_of_the_schema_is_carried_or_declared_lost(table: Table) -> None:
    never = {path for loss in table.losses if loss.when == "always" for path in loss.paths}
    carried = set(_carried(table.lines)) | _always(table)
    assert not never & carried
    assert never | carried == schema_paths(table.canonical)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_reads_only_what_the_schema_knows(table: Table) -> None:
    assert set(_read(table.lines)) <= schema_paths(table.canonical)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_loss_names_a_value_or_a_list_of_the_schema(table: Table) -> None:
    known = schema_paths(table.canonical)
    lists = {path.split("[]")[0] for path in known if "[]" in path}
    assert {path for loss in table.losses for path in loss.paths} <= known | lists


def _walk(lines: tuple[Line, ...], prefix: str = "") -> Iterator[tuple[Line, str]]:
    """Every line that makes a value, with what its paths begin with."""
    for line in lines:
        if line.each is not None:
            yield from _walk(line.each, f"{_absolute(line.sources[0], prefix)}[].")
        elif line.fields is not None:
            yield from _walk(line.fields, f"{_absolute(line.sources[0], prefix)}." if line.sources else prefix)
        else:
            yield line, prefix


def _read(lines: tuple[Line, ...]) -> Iterator[str]:
    """Every canonical value a table looks at."""
    for line, prefix in _walk(lines):
        functions = (_absolute(path, prefix) for path in (FUNCTIONS[line.function].reads if line.function else ()))
        yield from (path for path in functions if path != "citizens")  # how many there are
        yield from (_absolute(path, prefix) for path in (*line.sources, *(line.when or ())[:1]))


def _always(table: Table) -> set[str]:
    """What a table puts into every document that comes back."""
    return {path for path, _ in table.when}


def _carried(lines: tuple[Line, ...]) -> Iterator[str]:
    """Every canonical value that comes back: of several sources only the first, for the others merely stand in."""
    for line, prefix in _walk(lines):
        function = FUNCTIONS[line.function] if line.function else None
        paths = line.sources[:1] if function is None else function.reads if function.backward else ()
        if not line.one_way and not line.read_only:
            yield from (_absolute(path, prefix) for path in paths)


def _absolute(path: str, prefix: str) -> str:
    """A row that is a plain value has the path of its list."""
    if path == ITSELF:
        return prefix.removesuffix("[].")
    return path[1:] if path.startswith("/") else prefix + path
