"""A preview judges first, as the door would, and then translates; what cannot be translated is said, not raised."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from gateway.errors import NotFoundError
from gateway.operations.judge import Judge
from gateway.operations.live import LocalProcedures
from gateway.operations.preview import Wanted, preview
from gateway.operations.refused import ContentRefused
from gateway.settings import load_settings
from tests.intake.documents import RECORDED, a_dossier
from tests.operations.candidates import ADDRESS, PACKAGED, candidate
from tests.operations.conftest import MAPPING

JUDGE = Judge(load_settings(environment={}).codes, LocalProcedures(PACKAGED))


def previewed(content: Any, wanted: Wanted | None = None, **how: Any) -> dict[str, Any]:
    return preview(PACKAGED, JUDGE, wanted or Wanted(MAPPING), content, **how)


def flaws(content: Any, wanted: Wanted | None = None, **how: Any) -> list[tuple[str, str]]:
    with pytest.raises(ContentRefused) as caught:
        previewed(content, wanted, **how)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def test_a_document_becomes_what_would_be_sent() -> None:
    made = previewed(a_dossier())
    assert made["mapping"] == {"name": MAPPING, "version": "1"}
    assert (made["document"]["ChuHoSo"], made["text"]) == (a_dossier()["applicant"]["name"], None)


def test_a_whole_event_will_do_as_well_and_codes_may_be_typed_carelessly() -> None:
    document = a_dossier(procedure={"code": " 1.001193 ", "name": "x", "field": {"code": " g15-tp110 "}})
    event = {"specversion": "1.0", "type": RECORDED, "id": "1", "source": "x", "data": document}
    made = previewed(orjson.dumps(event))
    assert (made["document"]["MaTTHC"], made["document"]["MaLinhVuc"]) == ("1.001193", "G15-TP110")


def test_a_document_that_breaks_its_schema_is_told_so_and_not_translated() -> None:
    found = flaws(a_dossier(procedure="1.001193", applicant=[]))
    assert ("SCHEMA_TYPE", "/procedure") in found and ("SCHEMA_TYPE", "/applicant") in found


def test_a_code_rule_is_broken_in_a_preview_as_at_the_door() -> None:
    assert flaws(a_dossier(code="nonsense")) == [("DOSSIER_FORMAT", "/code")]


def test_warnings_of_the_door_and_of_the_translation_come_along() -> None:
    made = previewed(a_dossier(note="x" * 2500, procedure={"code": "1.001193.000.00.00.H46"}))
    assert {"PROCEDURE_LOCAL", "TRUNCATED"} <= {one["code"] for one in made["warnings"]}
    assert all(" / " in one["message"] for one in made["warnings"])


def test_what_cannot_be_translated_names_both_sides_and_the_line_of_the_table() -> None:
    with pytest.raises(ContentRefused, match=r"/procedure/code → MaTTHC \(catalog/.*/mapping\.yaml:[0-9]+\)"):
        previewed(a_dossier(procedure={"code": "1.999999.000.00.00.H46"}))


def test_backwards_the_result_is_judged_and_what_is_wrong_is_a_warning() -> None:
    record = previewed(a_dossier())["document"]
    made = previewed(record, back=True)
    assert made["document"]["applicant"]["name"] == a_dossier()["applicant"]["name"]
    assert ("SCHEMA_REQUIRED", "/agency/code") in [(one["code"], one["pointer"]) for one in made["warnings"]]


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe"])
def test_bytes_that_are_no_document_are_said_to_be_none(content: bytes, back: bool) -> None:
    assert flaws(content, back=back)


def test_a_candidate_can_be_looked_through_before_it_is_published() -> None:
    made = previewed(a_dossier(), Wanted(MAPPING, candidate=candidate(ADDRESS)))
    assert made["mapping"]["version"] == "2"
    assert made["document"]["DiaChiChuHoSo"] == a_dossier()["applicant"]["address"]
    assert flaws(a_dossier(), Wanted(MAPPING, candidate="name: x"))[0][0] == "TABLE"


def test_an_unknown_mapping_version_or_day_is_not_found() -> None:
    for wanted in (Wanted("nowhere/x"), Wanted(MAPPING, version="9"), Wanted(MAPPING, on=date(1999, 1, 1))):
        with pytest.raises(NotFoundError):
            previewed(a_dossier(), wanted)


def test_a_type_without_a_published_schema_is_translated_unjudged() -> None:
    text = candidate(instead={"canonical: dossier.recorded.v1": "canonical: parcel.recorded.v1"})
    assert previewed(a_dossier(code="nonsense"), Wanted(MAPPING, candidate=text))["document"]["MaHoSo"] == "NONSENSE"


def test_a_type_that_only_the_gateway_sends_is_judged_by_its_schema() -> None:
    text = candidate(instead={"canonical: dossier.recorded.v1": "canonical: dossier.synchronised.v1"})
    assert all(code.startswith("SCHEMA_") for code, _ in flaws(a_dossier(), Wanted(MAPPING, candidate=text)))
