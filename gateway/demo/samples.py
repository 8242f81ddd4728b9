"""Sample dossiers of Quảng Bình, several statuses each, some wrong on purpose; the same every time.

All people, numbers and addresses are invented; so are the agency codes below level 1 (which unit has which code is not
published in what we have read). Dossier codes carry dates of 2025 before the merger closed H46, but for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from gateway.demo.sandbox import SOURCE

Expect = Literal["delivered", "superseded", "refused", "dead", "duplicate", "conflict", "rejected"]
Form = Literal["single", "binary", "batch", "ndjson"]
Event = dict[str, Any]

PREFIX = "vn.lienthong."
LONGEST_NOTE = 1999
"""What the portal takes of a note."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One message and what must become of it.

    `why` says what is special about it, in both languages; `heals`: it takes the place of a dead head of its lane,
    ahead of what is held behind it.
    """

    event: Event
    expect: Expect = "delivered"
    why: tuple[str, str] | None = None
    heals: bool = False

    @property
    def subject(self) -> str:
        return str(self.event["subject"])


@dataclass(frozen=True, slots=True)
class Story:
    """One dossier's life: its messages in waves; a wave begins when the one before has come to rest.

    `form`: how the messages of a wave are handed over.
    """

    waves: tuple[tuple[Sample, ...], ...]
    form: Form = "single"

    @property
    def samples(self) -> Iterator[Sample]:
        return (sample for wave in self.waves for sample in wave)


AGENCIES = (
    ("000.00.05.H46", "Sở Kế hoạch và Đầu tư tỉnh Quảng Bình", "province"),
    ("000.00.16.H46", "Sở Tư pháp tỉnh Quảng Bình", "province"),
    ("000.00.31.H46", "Ủy ban nhân dân thành phố Đồng Hới", "district"),
    ("000.00.36.H46", "Ủy ban nhân dân huyện Lệ Thủy", "district"),
    ("000.12.31.H46", "Ủy ban nhân dân phường Hải Đình", "commune"),
    ("H46.36.21", "Ủy ban nhân dân xã Phong Thủy", "commune"),
)
PROCEDURES = (
    ("1.001612", "Đăng ký thành lập hộ kinh doanh", "HKD", "Thành lập và hoạt động hộ kinh doanh"),
    ("1.001193", "Đăng ký khai sinh", "HT", "Hộ tịch"),
    ("2.000815", "Chứng thực bản sao từ bản chính", "CT", "Chứng thực"),
    ("1.001193.000.00.00.H46", "Đăng ký khai sinh (mã của tỉnh)", "G15-HT01", "Hộ tịch"),
)
NAMES = (
    "Nguyễn Văn Thử", "Trần Thị Mẫu", "Lê Văn Ví Dụ", "Phạm Thị Giả Định", "Hoàng Văn Minh Họa", "Võ Thị Kiểm Thử",
    "Đặng Văn Tưởng Tượng", "Bùi Thị Hư Cấu", "Đỗ Văn Nháp", "Hồ Thị Diễn Tập",
)  # fmt: skip
LIVES: tuple[tuple[str, ...], ...] = (
    ("received", "processing", "completed", "returned"),
    ("received", "supplement_requested", "processing", "completed"),
    ("filed", "received", "processing"),
    ("received", "payment_requested", "processing", "returned"),
    ("filed", "refused"),
    ("received", "processing", "withdrawn"),
    ("received", "stopped"),
)
FORMS: tuple[Form, ...] = ("single", "single", "binary", "batch", "ndjson")
CONTENTS = {
    "filed": "Công dân nộp hồ sơ trực tuyến", "received": "Tiếp nhận hồ sơ tại bộ phận một cửa",
    "refused": "Từ chối tiếp nhận: hồ sơ không thuộc thẩm quyền", "processing": "Chuyển phòng chuyên môn xử lý",
    "supplement_requested": "Yêu cầu bổ sung giấy tờ", "payment_requested": "Yêu cầu nộp lệ phí",
    "withdrawn": "Công dân rút hồ sơ", "stopped": "Dừng xử lý theo đề nghị", "completed": "Đã xử lý xong",
    "returned": "Đã trả kết quả cho công dân",
}  # fmt: skip


def stories() -> tuple[Story, ...]:
    """Every sample dossier."""
    return (
        *(_life(number, LIVES[number % len(LIVES)]) for number in range(1, 36)),
        _closed_agency(), _long_note(), _pair_in_one_batch(), _late_snapshot(), _repeated(), _conflicting(),
        _healed(), _unmapped_procedure(), _unmapped_field(), _procedure_no_longer_valid(), _nameless_procedure(),
        _progress_of_nobody(), *_turned_away(),
    )  # fmt: skip


# ---- what is right ----------------------------------------------------------------------------------------------


def _life(number: int, statuses: Sequence[str]) -> Story:
    """A dossier that goes well: at each status its progress step, then the snapshot that shows it."""
    code, dossier = _code(number), _dossier(number)
    waves = []
    for turn, status in enumerate(statuses):
        snapshot = Sample(_recorded(code, dossier | _moments(number, status), status, 2 * turn + 1))
        step = Sample(_progressed(code, number, turn, (status,), 2 * turn + 2))
        waves.append((snapshot, step))
    return Story(tuple(waves), FORMS[number % len(FORMS)])


def _closed_agency() -> Story:
    code = "000.00.31.H46-251008-0003"
    why = (
        "mã cấp 1 H46 đã đóng từ 01/7/2025: nhận, kèm cảnh báo",
        "level-1 code H46 was closed on 1 July 2025: taken, with a warning",
    )
    dossier = _dossier(61) | {"received_at": "2025-10-08T08:12:00+07:00"}
    return Story(((Sample(_recorded(code, dossier, "received", 1), why=why),),))


def _long_note() -> Story:
    code = _code(62)
    why = (
        "ghi chú dài hơn Cổng cho phép: gửi phần đầu, kèm cảnh báo",
        "the note is longer than the portal takes: cut, with a warning",
    )
    note = "Ghi chú của cán bộ tiếp nhận. " * (LONGEST_NOTE // 20)
    return Story(((Sample(_recorded(code, _dossier(62) | {"note": note}, "received", 1), why=why),),))


def _pair_in_one_batch() -> Story:
    code = _code(63)
    why = (
        "bản chụp mới hơn đến trong cùng một lô: bản cũ không cần gửi nữa",
        "a newer snapshot came in the same batch: the older is needless",
    )
    older = Sample(_recorded(code, _dossier(63), "received", 1), "superseded", why)
    newer = Sample(_recorded(code, _dossier(63) | {"note": "Đã sửa số điện thoại"}, "received", 2))
    return Story(((older, newer),), "batch")


def _late_snapshot() -> Story:
    code = _code(64)
    why = ("bản chụp cũ đến muộn: lưu lại, không gửi", "an older snapshot came late: stored, not sent")
    newer = Sample(_recorded(code, _dossier(64), "received", 5))
    late = Sample(_recorded(code, _dossier(64) | {"note": "Bản cũ"}, "received", 4), "superseded", why)
    return Story(((newer,), (late,)))


def _repeated() -> Story:
    code = _code(65)
    why = (
        "người gửi lặp lại y nguyên: trả lời như lần đầu, không nhân đôi",
        "the sender repeats itself: the first answer again, nothing doubled",
    )
    first = Sample(_recorded(code, _dossier(65), "received", 1))
    return Story(((first,), (replace(first, expect="duplicate", why=why),)))


# ---- what is wrong, and found at the destination or on the way to it ---------------------------------------------


def _healed() -> Story:
    code = _code(66)
    wrong = _dossier(66) | {"procedure": {"code": "9.000001.000.00.00.H46", "name": "Thủ tục nội bộ chưa khai báo"}}
    why = (
        "mã thủ tục chưa có ánh xạ: dừng, rồi được bản chụp đã sửa thay thế",
        "unmapped procedure: dead, then healed by a corrected snapshot",
    )
    dead = Sample(_recorded(code, wrong, "received", 1), "superseded", why)
    held = Sample(_progressed(code, 66, 0, ("received",), 2))
    healing = Sample(_recorded(code, _dossier(66), "received", 3), heals=True)
    return Story(((dead, held), (healing,)))


def _unmapped_procedure() -> Story:
    wrong = _dossier(67) | {"procedure": {"code": "9.000002.000.00.00.H46", "name": "Thủ tục nội bộ chưa khai báo"}}
    why = ("mã thủ tục địa phương chưa có mã quốc gia", "a local procedure code without a national one")
    return Story(((Sample(_recorded(_code(67), wrong, "received", 1), "dead", why),),))


def _unmapped_field() -> Story:
    procedure = {
        "code": "1.001612",
        "name": "Đăng ký thành lập hộ kinh doanh",
        "field": {"code": "QB-XYZ", "name": "Lĩnh vực lạ"},
    }
    why = ("mã lĩnh vực chưa có ánh xạ", "a field code without a mapping")
    return Story(
        ((Sample(_recorded(_code(68), _dossier(68) | {"procedure": procedure}, "received", 1), "dead", why),),)
    )


def _procedure_no_longer_valid() -> Story:
    procedure = {
        "code": "1.000105.000.00.00.H46",
        "name": "Báo cáo giải trình nhu cầu sử dụng người lao động nước ngoài",
    }
    why = ("ánh xạ của mã thủ tục đã hết hiệu lực", "the mapping of the procedure code has expired")
    return Story(
        ((Sample(_recorded(_code(69), _dossier(69) | {"procedure": procedure}, "received", 1), "dead", why),),)
    )


def _nameless_procedure() -> Story:
    dossier = _dossier(70) | {"procedure": {"code": "1.001612"}}
    why = ("Cổng bắt buộc có tên thủ tục", "the portal demands the procedure's name")
    return Story(((Sample(_recorded(_code(70), dossier, "received", 1), "refused", why),),))


def _progress_of_nobody() -> Story:
    why = ("tiến độ của hồ sơ chưa từng được đồng bộ", "progress of a dossier that was never sent")
    return Story(((Sample(_progressed(_code(71), 71, 0, ("processing",), 1), "refused", why),),))


# ---- what is turned away at the door -------------------------------------------------------------------------------


def _conflicting() -> Story:
    code = _code(72)
    why = ("cùng id, khác nội dung", "the same id with other content")
    first = Sample(_recorded(code, _dossier(72), "received", 1))
    other = Sample(_recorded(code, _dossier(72) | {"note": "Nội dung khác"}, "received", 1), "conflict", why)
    return Story(((first,), (other,)))


def _turned_away() -> tuple[Story, ...]:
    business = {"kind": "business", "name": "Công ty TNHH Ví Dụ", "tax_code": "3109999918"}
    fee = {"code": "LP01", "name": "Lệ phí", "amount": "50.000", "kind": "charge", "collected_at": "reception"}
    misspelt = {"aplicant_note": "gõ nhầm tên trường"}
    wrong: tuple[tuple[str, Event, tuple[str, str]], ...] = (
        ("000.16.H46-250310-0001", {}, ("mã hồ sơ sai dạng", "a malformed dossier code")),
        ("000.00.31.H46-250230-0001", {}, ("ngày 30/02 không có thật", "30 February does not exist")),
        (_code(73), {"applicant": business}, ("mã số thuế sai chữ số kiểm tra", "a wrong tax check digit")),
        (_code(74), {"fees": [fee]}, ("số tiền viết thành chữ", "an amount written as text")),
        (_code(75), misspelt, ("tên trường gõ nhầm", "a misspelt field name")),
    )
    return tuple(
        Story(((Sample(_recorded(code, _dossier(73) | change, "received", 1), "rejected", why),),))
        for code, change, why in wrong
    )


# ---- building blocks -----------------------------------------------------------------------------------------------


def _code(number: int) -> str:
    agency, _, _ = AGENCIES[number % len(AGENCIES)]
    return f"{agency}-2503{number % 28 + 1:02}-{number:04}"


def _day(number: int, turn: int = 0) -> str:
    """The day of the code for the first turn, then a week later each time."""
    day = number % 28 + 1
    return f"2025-{3 + turn:02}-{day:02}"


def _dossier(number: int) -> Event:
    """Everything of a dossier but its code, its status and what time brings."""
    agency, agency_name, level = AGENCIES[number % len(AGENCIES)]
    procedure, procedure_name, field, field_name = PROCEDURES[number % len(PROCEDURES)]
    online = number % 3 != 0
    return {
        "procedure": {"code": procedure, "name": procedure_name, "field": {"code": field, "name": field_name}},
        "agency": {"code": agency, "name": agency_name},
        "level": level,
        "channel": "online" if online else "counter",
        "filed_at": "provincial_portal",
        "applicant": _applicant(number, online=online),
        "summary": f"{procedure_name} cho {'hộ kinh doanh' if number % 4 == 0 else 'công dân'}",
        "submitted_at": f"{_day(number)}T07:45:10+07:00",
        "received_at": f"{_day(number)}T08:15:30+07:00",
        "due_at": f"{_day(number, 1)}T17:00:00+07:00",
        "result_method": "post" if number % 5 == 0 else "counter",
        "documents": _documents(number),
        "fees": _fees(number),
        "online_payment": "national_platform" if online and number % 2 else "none_due",
        "vneid_verified": online,
        "consulted_databases": ["1"] if number % 4 == 1 else [],
    }


def _applicant(number: int, *, online: bool) -> Event:
    if number % 7 == 3:
        return {"kind": "business", "name": "Công ty TNHH Ví Dụ Quảng Bình", "tax_code": "3109999917"}
    applicant: Event = {
        "kind": "citizen",
        "name": NAMES[number % len(NAMES)],
        "citizen_id": f"044999{number:06}",
        "phone": f"09000000{number % 100:02}",
        "email": f"cong.dan.{number}@example.invalid",
        "address": "Số 1, đường Không Có Thật, thành phố Đồng Hới",
    }
    return applicant | ({"tech_id": f"TECH{number:06}"} if online else {})


def _documents(number: int) -> list[Event]:
    scan = {
        "id": f"TEP-{number}-1",
        "name": "Tờ khai có chữ ký.pdf",
        "component_code": f"TP{number:04}.1",
        "url": f"https://luu-tru.example.invalid/tep/{number}/1",
        "digitised": True,
    }
    reused = {
        "id": f"TEP-{number}-2",
        "name": "Giấy khai sinh (đã có trong kho dữ liệu)",
        "url": f"https://luu-tru.example.invalid/tep/{number}/2",
        "digitised": True,
        "reuse": "replaced_by_result",
        "from_store": True,
        "replacing_result_code": "KQ.G15.000031",
    }
    return [scan, reused] if number % 3 == 1 else [scan]


def _fees(number: int) -> list[Event]:
    if number % 2 == 0:
        return []
    return [{"code": "LP01", "name": "Lệ phí", "amount": 50_000, "kind": "charge", "collected_at": "reception"}]


def _moments(number: int, status: str) -> Event:
    """What a status adds to the dossier; what was only filed or turned away was never received."""
    if status == "filed":
        return {"received_at": None}
    if status == "refused":
        return {"received_at": None, "refused_at": f"{_day(number)}T09:30:00+07:00"}
    if status == "completed":
        return {"finished_at": f"{_day(number, 1)}T10:00:00+07:00"}
    if status == "returned":
        return {
            "finished_at": f"{_day(number, 1)}T10:00:00+07:00",
            "returned_at": f"{_day(number, 1)}T14:20:00+07:00",
            "results": [
                {
                    "id": f"KQ-{number}",
                    "name": "Kết quả giải quyết",
                    "code": "KQ.G15.000031",
                    "url": f"https://luu-tru.example.invalid/ket-qua/{number}",
                }
            ],
        }
    return {}


def _recorded(code: str, dossier: Event, status: str, sequence: int) -> Event:
    return _event("dossier.recorded.v1", code, sequence, {"code": code, **dossier, "status": status})


def _progressed(code: str, number: int, turn: int, statuses: Sequence[str], sequence: int) -> Event:
    steps = [
        {
            "at": f"{_day(number, turn)}T09:{minute:02}:00+07:00",
            "status": status,
            "content": CONTENTS[status],
            "officer": NAMES[(number + 1) % len(NAMES)],
            "title": "Chuyên viên",
            "department": "Bộ phận tiếp nhận và trả kết quả",
        }
        for minute, status in enumerate(statuses)
    ]
    return _event("dossier.progressed.v1", code, sequence, {"code": code, "steps": steps})


def _event(short_type: str, code: str, sequence: int, data: Event) -> Event:
    return {
        "specversion": "1.0",
        "id": f"{code}/{sequence}",
        "source": SOURCE,
        "type": PREFIX + short_type,
        "subject": code,
        "time": f"2025-06-12T08:{sequence:02}:00+07:00",
        "sequence": f"{sequence:06}",
        "datacontenttype": "application/json",
        "data": data,
    }
