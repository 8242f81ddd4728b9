"""Values that are handed in beside a document, by the names the tables give them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.table import Line, Table

VALUES = {
    "asked_on": "20250612",
    "check": "3ef201849b2f6dad24a1c17c11456760bc58558f222b8a184b634df9bbb83fa9",
    "collection_id": "GL-0001",
    "description": "THANH TOAN HO SO 000.00.09.H46-250612-0007",
    "id": "hoso-250310-0001-1",
    "kind": "CONFIRM",
    "lookup_code": "000.00.09.H46-250612-000720250612090000",
    "partner": "H46-GIALAP",
    "receipt_url": "https://bienlai.example.invalid/noi-bo/1.pdf",
    "reference": "dvc0000009H46250612000720250612081002",
    "request_id": "QB20250310083015001",
    "sequence": "7",
    "server_address": "192.0.2.10",
    "service_account": "STTTT_TINHMAU",
    "text": "Thành công",
    "time": "2025-03-10T08:30:05+07:00",
    "transaction_time": "20250612081002",
}


def given_to(table: Table) -> dict[str, str]:
    """All that a table asks for."""
    return {name: VALUES[name] for name in _names(table.lines)}


def _names(lines: tuple[Line, ...]) -> Iterator[str]:
    for line in lines:
        if line.given is not None:
            yield line.given
        yield from _names(line.fields or line.each or ())
