"""Rows the portal answers with, read back: procedures as it publishes them, dossiers as it holds them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.acceptance import schemas
from mappings import JsonSchema, MappingError
from tests.mappings.canonical import CATALOGUE

PROCEDURES = CATALOGUE.get("national_portal/catalogue.refreshed.v1")
DOSSIERS = CATALOGUE.get("national_portal/dossier.looked_up.v1")


def procedure(**fields: Any) -> dict[str, Any]:
    [row] = PROCEDURES.backward({"result": [{"MATTHC": "1.001612", **fields}]}).document["procedures"]
    found: dict[str, Any] = row
    return found


def dossier(**fields: Any) -> dict[str, Any]:
    [row] = DOSSIERS.backward({"error_code": 0, "result": [fields]}).document["dossiers"]
    found: dict[str, Any] = row
    return found


@pytest.mark.parametrize(("status", "public"), [(1, True), ("1", True), (0, False), ("0", False)])
def test_whether_a_procedure_is_public_comes_as_number_or_text(status: Any, public: bool) -> None:
    assert procedure(TRANGTHAI=status)["public"] is public


@pytest.mark.parametrize(("written", "read"), [(3, 3), ("3", 3), (2.5, 2.5), ("2.5", 2.5)])
def test_a_duration_may_be_half_a_day_and_text(written: Any, read: Any) -> None:
    ways = procedure(CACHTHUCTHUCHIEN=[{"KENH": 2, "THOIGIAN": [{"THOIGIANGIAIQUYET": written}]}])["ways"]
    assert ways == [{"channel": "online", "times": [{"duration": read}]}]


@pytest.mark.parametrize("empty", [None, "", []])
def test_lists_that_are_empty_or_null_are_not_there(empty: Any) -> None:
    assert procedure(CANCUPHAPLY=empty, THANHPHANHOSO=empty, YEUCAU=None) == {"code": "1.001612"}


def test_a_procedure_nobody_knows_gives_no_row() -> None:
    assert PROCEDURES.backward({"error_code": 0, "result": []}).document == {}


def test_a_dossier_is_read_as_the_simulator_answers() -> None:
    row = dossier(MaHoSo="000.00.16.H46-250310-0001", MaTrangThai="4")
    assert row == {"code": "000.00.16.H46-250310-0001", "status": "processing"}


def test_keys_in_capitals_are_read_too() -> None:
    row = dossier(MAHOSO="000.00.16.H46-250310-0001", MATRANGTHAI=10, NGAYNOP="20250310080500", TENTTHC="Khai sinh")
    assert row == {
        "code": "000.00.16.H46-250310-0001",
        "status": "returned",
        "submitted_at": "2025-03-10T08:05:00+07:00",
        "procedure": {"name": "Khai sinh"},
    }
    schema = JsonSchema(schemas.document("dossier.looked_up.v1"))
    assert DOSSIERS.validate_canonical({"dossiers": [row]}, schema) == ()


def test_a_status_nobody_knows_is_told_and_not_dropped() -> None:
    with pytest.raises(MappingError) as caught:
        dossier(MaHoSo="000.00.16.H46-250310-0001", MaTrangThai="11")
    assert (caught.value.code, caught.value.pointer) == ("UNMAPPED_CODE", "/dossiers/0/status")
