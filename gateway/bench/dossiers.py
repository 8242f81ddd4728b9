"""What the benchmark sends: the same messages in every run, cut into one script per sender's connection.

Of ten messages eight are full snapshots of eight dossiers (about 2 KB, 50 leaf fields), and two tell of the progress of
the first of these (two steps each). A connection sends its script in order, each message after the answer to the last,
so the order in which one dossier's effects must arrive is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.message import TYPE_PREFIX

SOURCE = "urn:quangbinh:motcua-bench"
AGENCY = "000.00.16.H46"
DESTINATION = "national_portal"
DAY = "250312"
"""The day in the code of every dossier."""

_PROGRESS_AT = (4, 9)
_CYCLE = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as sent, and the effect it must have on the portal exactly once (see `effect`)."""

    body: bytes
    effect: str

    @property
    def dossier(self) -> str:
        return self.effect.split(" ")[1]


def effect(service: str, dossier: str, moment: str = "") -> str:
    """What the portal did, in one line that no other message leads to."""
    return f"{service} {dossier} {moment}".rstrip()


def scripts(messages: int, connections: int, skip: int = 0) -> list[list[Sample]]:
    """`messages` samples, shared out evenly; every connection speaks of dossiers of its own.

    The first `skip` dossiers are left out: others have spoken of them.
    """
    share, more = divmod(messages, connections)
    made, dossiers = [], skip
    for number in range(connections):
        script = list(_script(share + (number < more), dossiers))
        dossiers += sum(sample.effect.startswith("DongBo") for sample in script)
        made.append(script)
    return [script for script in made if script]


def _script(length: int, dossiers: int) -> Iterator[Sample]:
    number = first = dossiers
    for index in range(length):
        place = index % _CYCLE
        if place in _PROGRESS_AT:
            yield _progressed(first, 1 + _PROGRESS_AT.index(place))
            continue
        number += 1
        if place == 0:
            first = number
        yield _recorded(number)


def dossier_code(number: int) -> str:
    return f"{AGENCY}-{DAY}-{number:06}"


def _recorded(number: int) -> Sample:
    code = dossier_code(number)
    return Sample(_event(code, 0, "dossier.recorded.v1", recorded_document(code, number)), effect("DongBoHoSoMC", code))


def _progressed(number: int, round_: int) -> Sample:
    code = dossier_code(number)
    data = progressed_document(code, round_)
    moment = f"202503131{round_}0000"
    return Sample(_event(code, round_, "dossier.progressed.v1", data), effect("CapNhatTienDoHoSoMC", code, moment))


def _event(code: str, sequence: int, short_type: str, data: dict[str, Any]) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{code}/{sequence}",
            "source": SOURCE,
            "type": TYPE_PREFIX + short_type,
            "subject": code,
            "time": "2025-03-13T14:00:00+07:00",
            "datacontenttype": "application/json",
            "sequence": f"{sequence:06}",
            "data": data,
        }
    )


def recorded_document(code: str, number: int) -> dict[str, Any]:
    """A dossier as a one-stop system knows it on the day after its reception. The people are invented."""
    return {
        "code": code,
        "procedure": {
            "code": "1.001193",
            "name": "Thủ tục đăng ký khai sinh",
            "field": {"code": "G15-TP110", "name": "Hộ tịch"},
        },
        "agency": {"code": AGENCY, "name": "Ủy ban nhân dân xã Thử Nghiệm"},
        "level": "commune",
        "channel": "online",
        "filed_at": "provincial_portal",
        "applicant": {
            "kind": "citizen",
            "name": "Nguyễn Thị Thử Nghiệm",
            "citizen_id": f"044999{number:06}",
            "tech_id": f"tech-{number:08}",
            "email": "thu.nghiem@mail.example.invalid",
            "phone": "0900000001",
            "address": "Thôn Mẫu, xã Thử Nghiệm, tỉnh Quảng Bình",
        },
        "summary": "Đăng ký khai sinh cho con, kèm tờ khai, giấy chứng sinh và giấy chứng nhận kết hôn (dữ liệu thử)",
        "submitted_at": "2025-03-12T08:05:00+07:00",
        "received_at": "2025-03-12T08:30:00+07:00",
        "due_at": "2025-03-14T17:00:00+07:00",
        "status": "processing",
        "result_method": "counter",
        "note": "Hồ sơ giả lập dùng để đo tốc độ; không có người thật nào đứng tên",
        "documents": [
            {
                "id": f"tep-{number}-1",
                "name": "Tờ khai đăng ký khai sinh.pdf",
                "component_code": "G15.TK.01",
                "url": f"https://tep.example.invalid/{number}/1",
                "digitised": True,
                "reuse": "none",
                "from_store": False,
                "deleted": False,
            },
            {
                "id": f"tep-{number}-2",
                "name": "Giấy chứng sinh.pdf",
                "component_code": "G15.CS.02",
                "url": f"https://tep.example.invalid/{number}/2",
                "digitised": True,
                "reuse": "replaced_by_result",
                "replacing_result_code": "KQ.G15.000031",
            },
        ],
        "paper_documents": [{"name": "Giấy chứng nhận kết hôn", "quantity": 1, "kind": 1}],
        "fees": [
            {"code": "LP01", "name": "Lệ phí hộ tịch", "amount": 8000, "kind": "charge", "collected_at": "reception"}
        ],
        "online_payment": "none_due",
        "vneid_verified": True,
        "consulted_databases": ["7"],
    }


def progressed_document(code: str, round_: int) -> dict[str, Any]:
    """Two steps of a dossier's way through the offices, later ones for a later `round_`."""
    step = {
        "status": "processing",
        "officer": "Trần Văn Mẫu",
        "title": "Công chức tư pháp – hộ tịch",
        "department": "Bộ phận Tiếp nhận và Trả kết quả",
        "started_at": "2025-03-13T08:00:00+07:00",
        "due_at": "2025-03-14T17:00:00+07:00",
    }
    return {
        "code": code,
        "steps": [
            {"at": f"2025-03-13T1{round_}:00:00+07:00", "content": "Chuyển hồ sơ đến bộ phận chuyên môn", **step},
            {"at": f"2025-03-13T1{round_}:30:00+07:00", "content": "Trình lãnh đạo ký duyệt kết quả", **step},
        ],
    }


def leaves(document: Any) -> int:
    """How many values a document holds."""
    if isinstance(document, dict):
        return sum(leaves(value) for value in document.values())
    if isinstance(document, list):
        return sum(leaves(value) for value in document)
    return 1
