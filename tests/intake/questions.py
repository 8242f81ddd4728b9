"""Good questions to start from: a payment, its receipt, look-ups of invented people, a search for a result."""

from __future__ import annotations

import copy
from typing import Any

import orjson

from tests.intake.documents import CODE, an_event, with_value

PAYMENT = "vn.lienthong.payment.requested.v1"
RECEIPT = "vn.lienthong.payment.receipt_requested.v1"
LOOKUP = "vn.lienthong.citizen.lookup_requested.v1"
REFRESH = "vn.lienthong.catalogue.refresh_requested.v1"
REUSE = "vn.lienthong.document.reuse_requested.v1"

_OFFICER = {"id": "044082999100", "account": "canbo.thunghiem"}
_PERSON = {"citizen_id": "044085999123", "full_name": "Nguyễn Thị Thử Nghiệm", "birth_date": "1985-04-12"}
_PAYMENT: dict[str, Any] = {
    "dossier_code": CODE,
    "amount": 158000,
    "description": "Thanh toán hồ sơ 000.00.16.H46-250310-0001",
    "procedure": {"code": "1.001193", "name": "Thủ tục đăng ký khai sinh"},
    "agency": {"code": "000.00.16.H46", "name": "Ủy ban nhân dân xã Thử Nghiệm"},
    "payer": {"name": "Nguyễn Thị Thử Nghiệm", "id_number": "044085999123", "address": "Thôn Mẫu"},
    "beneficiary": {"account": "0000111122223", "bank_code": "NHGIALAP", "name": "DON VI THU PHI GIA LAP"},
    "fees": [
        {"code": "LP01", "name": "Lệ phí hộ tịch", "amount": 8000, "kind": "charge"},
        {"name": "Phí thẩm định", "amount": 150000, "kind": "fee"},
    ],
}
_LOOKUP: dict[str, Any] = {
    "service": "lookup",
    "dossier_code": CODE,
    "procedure_code": "1.001193",
    "officer": _OFFICER,
    "person": _PERSON,
}
_REUSE: dict[str, Any] = {
    "dossier_code": CODE,
    "owner": {"citizen_id": "044085999123"},
    "result_code": "KQ.G15.000031",
    "component_code": "G15.TK.01",
    "officer": _OFFICER,
    "purpose": "Giải quyết hồ sơ đăng ký khai sinh",
}


def a_payment(**changes: Any) -> dict[str, Any]:
    """A good `payment.requested.v1` document; keyword arguments replace whole members, `...` takes one out."""
    return _changed(_PAYMENT, changes)


def a_receipt_request(**changes: Any) -> dict[str, Any]:
    """A good `payment.receipt_requested.v1` document."""
    return _changed({"dossier_code": CODE, "reference": "LT_20250310_0001"}, changes)


def a_lookup(**changes: Any) -> dict[str, Any]:
    """A good `citizen.lookup_requested.v1` document about one person."""
    return _changed(_LOOKUP, changes)


def a_household(*members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A good `citizen.lookup_requested.v1` document about a household."""
    known = list(members) or [{"id_card": "194000123", "full_name": "Y Thử"}]
    return _changed({**_LOOKUP, "service": "household", "members": known}, changes)


def a_person(**changes: Any) -> dict[str, Any]:
    """A good person of a look-up."""
    return _changed(_PERSON, changes)


def a_reuse_request(**changes: Any) -> dict[str, Any]:
    """A good `document.reuse_requested.v1` document."""
    return _changed(_REUSE, changes)


def asking(type_: str, data: dict[str, Any], **changes: Any) -> bytes:
    """A question as an event, in bytes."""
    return orjson.dumps(an_event(data, **{"type": type_, **changes}))


def asking_with(type_: str, data: dict[str, Any], pointer: str, value: Any) -> bytes:
    """A question as an event, with one value set at a JSON Pointer (`...` takes it out)."""
    return with_value(pointer, value, type=type_, data=copy.deepcopy(data))


def _changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**copy.deepcopy(document), **changes}
    return {name: value for name, value in merged.items() if value is not ...}


def a_refresh_request(**changes: Any) -> dict[str, Any]:
    """A good `catalogue.refresh_requested.v1` document."""
    return _changed({"kind": "procedure", "procedure_code": "1.001193"}, changes)


GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    (PAYMENT, a_payment()),
    (RECEIPT, a_receipt_request()),
    (LOOKUP, a_lookup()),
    (LOOKUP, a_household()),
    (REUSE, a_reuse_request()),
)
"""One good document of each kind that is asked for a dossier, with its type."""
