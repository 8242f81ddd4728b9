"""Length limits: letters are counted as people see them, the cut is exact and reported with its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.intake.documents import a_dossier
from tests.mappings.records import RECORDED, every_scalar


@pytest.mark.parametrize(
    ("name", "limit", "change"),
    [
        ("GhiChu", 1999, lambda text: {"note": text}),
        ("TrichYeuHoSo", 1000, lambda text: {"summary": text}),
        ("TenTepDinhKem", 4000, lambda text: {"documents": [{"name": text}]}),
        ("TenGiayTo", 2000, lambda text: {"results": [{"name": text}], "paper_documents": []}),
        ("TenGiayTo", 2000, lambda text: {"paper_documents": [{"name": text}], "results": []}),
        ("TenTepDinhKem", 4000, lambda text: {"documents": [], "supplements": [{"documents": [{"name": text}]}]}),
    ],
)
@pytest.mark.parametrize("letter", ["e\u0323\u0302", "😀"])
def test_a_text_is_cut_after_its_limit_of_letters_and_not_before(
    name: str, limit: int, change: Any, letter: str
) -> None:
    at_limit = RECORDED.forward(a_dossier(**change(letter * limit)))
    over = RECORDED.forward(a_dossier(**change(letter * (limit + 1))))
    assert at_limit.warnings == ()
    assert [(one.code, one.foreign) for one in over.warnings] == [("TRUNCATED", name)]
    assert f"{limit + 1}" in over.warnings[0].vi and f"{limit}" in over.warnings[0].en
    assert at_limit.document == over.document
    assert {len(value) for field, value in every_scalar(over.document) if field == name and value} == {limit}


def test_a_warning_names_the_row_it_is_about() -> None:
    rows = [{"name": "Tờ khai"}, {"name": "ệ" * 4001}]
    mapped = RECORDED.forward(a_dossier(documents=rows, supplements=[{"id": "1"}, {"documents": rows}]))
    assert [one.pointer for one in mapped.warnings] == ["/documents/1/name", "/supplements/1/documents/1/name"]
