"""The declared losses are exactly what may differ: each is one, and nothing else of the schema stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings.functions import FUNCTIONS
from mappings.table import Line, Loss, Table
from tests.intake.documents import a_dossier
from tests.mappings.canonical import CATALOGUE, Document, refusals, schema_paths
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


WITNESSES: dict[str, list[Document]] = {
    "dossier.recorded.v1": [
        _lossy_dossier(),
        a_dossier(summary="Thủ tục đăng ký khai sinh"),
    ],
    "dossier.progressed.v1": [
        {
            "code": CODE,
            "steps": [
                _step("2025-03-10T10:00:00.5+07:00", started_at=_MOMENT, due_at=_MOMENT, officer="Nguyễn " * 10),
                _step("2025-03-10T09:00:00+07:00", officer="Phòng Tư pháp", department="Phòng Tư pháp"),
            ],
        },
    ],
}
"""Documents that lose something, by message type."""


@pytest.mark.parametrize(("table", "path", "when"), DECLARED, ids=[f"{t.name}: {p} {w}" for t, p, w in DECLARED])
def test_a_declared_loss_really_is_one(table: Table, path: str, when: str) -> None:
    mapping = CATALOGUE.get(table.name, table.effective_from)
    witnesses = WITNESSES[table.canonical]
    came_back = [mapping.backward(mapping.forward(document).document).document for document in witnesses]
    all_but_this = tuple(_without(table.losses, path, when))
    expected = [what_comes_back(table.canonical, document, table.losses) for document in witnesses]
    unless_lost = [what_comes_back(table.canonical, document, all_but_this) for document in witnesses]
    assert came_back == expected
    assert came_back != unless_lost


@pytest.mark.parametrize("kind", WITNESSES)
def test_the_documents_that_lose_something_are_valid(kind: str) -> None:
    assert [refusals(kind, document) for document in WITNESSES[kind]] == [()] * len(WITNESSES[kind])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_value_of_the_schema_is_carried_or_declared_lost(table: Table) -> None:
    never = {path for loss in table.losses if loss.when == "always" for path in loss.paths}
    carried = set(_carried(table.lines))
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


def _without(losses: tuple[Loss, ...], path: str, when: str) -> Iterator[Loss]:
    for loss in losses:
        yield Loss(tuple(one for one in loss.paths if (one, loss.when) != (path, when)), loss.when)


def _walk(lines: tuple[Line, ...], prefix: str = "") -> Iterator[tuple[Line, str]]:
    """Every line that makes a value, with what its paths begin with."""
    for line in lines:
        if line.each is None:
            yield line, prefix
        else:
            yield from _walk(line.each, f"{_absolute(line.sources[0], prefix)}[].")


def _read(lines: tuple[Line, ...]) -> Iterator[str]:
    """Every canonical value a table looks at."""
    for line, prefix in _walk(lines):
        functions = FUNCTIONS[line.function].reads if line.function else ()
        for path in (*line.sources, *(line.when or ())[:1], *functions):
            yield _absolute(path, prefix)


def _carried(lines: tuple[Line, ...]) -> Iterator[str]:
    """Every canonical value that comes back: of several sources only the first, for the others merely stand in."""
    for line, prefix in _walk(lines):
        function = FUNCTIONS[line.function] if line.function else None
        paths = line.sources[:1] if function is None else function.reads if function.backward else ()
        if not line.one_way:
            yield from (_absolute(path, prefix) for path in paths)


def _absolute(path: str, prefix: str) -> str:
    return path[1:] if path.startswith("/") else prefix + path
