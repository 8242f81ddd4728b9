"""What a table is measured against: hand-written code that makes exactly the same document."""

from __future__ import annotations

import pytest

from gateway.bench import by_hand
from gateway.bench.dossiers import dossier_code, leaves, recorded_document
from gateway.bench.mapping import MAPPING, measure_mapping
from mappings import Catalogue
from tests.intake.documents import a_dossier


@pytest.mark.parametrize(
    "document",
    [
        recorded_document(dossier_code(7), 7),
        a_dossier(results=[]),
        {
            "code": "000.00.16.H46-250310-0001", "procedure": {"code": "1.001193"}, "agency": {"name": "x"},
            "channel": "counter", "applicant": {"kind": "citizen", "name": "e\u0323\u0302"}, "status": "filed",
        },
    ],
)  # fmt: skip
def test_the_hand_written_builder_makes_what_the_table_makes(document: dict[str, object]) -> None:
    assert by_hand.dossier(document) == Catalogue.load().get(MAPPING).forward(document).document


def test_the_measured_document_has_the_forty_fields_asked_for() -> None:
    assert leaves(recorded_document(dossier_code(1), 1)) >= 40


def test_both_costs_are_measured_in_one_run() -> None:
    cost = measure_mapping()
    assert cost.engine > 0 and cost.by_hand > 0
