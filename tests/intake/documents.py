"""Good documents to start from: an invented dossier of an invented commune, and its events."""

from __future__ import annotations

import copy
from typing import Any

import orjson

CODE = "000.00.16.H46-250310-0001"
RECORDED = "vn.lienthong.dossier.recorded.v1"
PROGRESSED = "vn.lienthong.dossier.progressed.v1"
SOURCE = "urn:quangbinh:motcua"

_DOSSIER: dict[str, Any] = {
    "code": CODE,
    "procedure": {
        "code": "1.001193",
        "name": "Thủ tục đăng ký khai sinh",
        "field": {"code": "G15-TP110", "name": "Hộ tịch"},
    },
    "agency": {"code": "000.00.16.H46", "name": "Ủy ban nhân dân xã Thử Nghiệm"},
    "level": "commune",
    "channel": "online",
    "filed_at": "provincial_portal",
    "applicant": {
        "kind": "citizen",
        "name": "Nguyễn Thị Thử Nghiệm",
        "citizen_id": "044999000123",
        "email": "thu.nghiem@mail.example.invalid",
        "phone": "0900000001",
        "address": "Thôn Mẫu, xã Thử Nghiệm, tỉnh Quảng Bình",
    },
    "summary": "Đăng ký khai sinh cho con (dữ liệu thử)",
    "submitted_at": "2025-03-10T08:05:00+07:00",
    "received_at": "2025-03-10T08:30:00+07:00",
    "due_at": "2025-03-11T17:00:00+07:00",
    "status": "processing",
    "result_method": "counter",
    "note": "Hồ sơ mẫu",
    "documents": [
        {
            "id": "tep-1",
            "name": "Tờ khai đăng ký khai sinh.pdf",
            "component_code": "G15.TK.01",
            "url": "https://files.example.invalid/tep-1",
            "digitised": True,
            "reuse": "none",
            "from_store": False,
            "deleted": False,
        },
        {
            "id": "tep-2",
            "name": "Giấy chứng sinh.pdf",
            "url": "https://files.example.invalid/tep-2",
            "digitised": True,
            "reuse": "replaced_by_result",
            "replacing_result_code": "KQ.G15.000031",
        },
    ],
    "paper_documents": [{"name": "Giấy chứng nhận kết hôn", "quantity": 1, "kind": 1}],
    "fees": [{"code": "LP01", "name": "Lệ phí hộ tịch", "amount": 8000, "kind": "charge", "collected_at": "reception"}],
    "results": [{"id": "kq-1", "name": "Giấy khai sinh", "code": "KQ.G15.000031"}],
    "online_payment": "none_due",
    "vneid_verified": True,
    "consulted_databases": ["7"],
}


def a_dossier(**changes: Any) -> dict[str, Any]:
    """A good `dossier.recorded.v1` document; keyword arguments replace whole members."""
    return {**copy.deepcopy(_DOSSIER), **changes}


def a_progress(**changes: Any) -> dict[str, Any]:
    """A good `dossier.progressed.v1` document."""
    step = {"at": "2025-03-10T09:00:00+07:00", "status": "processing", "content": "Chuyển bộ phận chuyên môn"}
    return {"code": CODE, "steps": [step], **changes}


def an_event(data: Any = None, **changes: Any) -> dict[str, Any]:
    """A good structured event around `data`."""
    return {
        "specversion": "1.0",
        "id": "hs-1",
        "source": SOURCE,
        "type": RECORDED,
        "subject": CODE,
        "time": "2025-03-10T08:31:00+07:00",
        "datacontenttype": "application/json",
        "data": a_dossier() if data is None else data,
        **changes,
    }


def with_value(pointer: str, value: Any, **changes: Any) -> bytes:
    """The good event as bytes, with one value set at a JSON Pointer (`...` takes it out)."""
    event = an_event(**changes)
    *parents, last = pointer.strip("/").split("/")
    node: Any = event
    for step in parents:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if value is ...:
        del node[last]
    elif isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    return orjson.dumps(event)
