"""Fields of a document that have legal weight: locked in editing unless the role allows, some of them for ever. Data.

A pattern is a JSON Pointer in which `*` stands for one place of a list; what stands below a locked place is locked too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lock:
    """Why the fields are locked. `never`: they cannot be edited at all, whoever asks."""

    patterns: tuple[str, ...]
    vi: str
    en: str
    never: bool = False


_LANE = (
    "Mã này xác định hồ sơ và thứ tự gửi; nếu sai mã, hãy hủy lượt này và để nơi gửi gửi thông điệp mới",
    "This code says which dossier it is and in what order it goes; if it is wrong, discard this and ask for a new one",
)
_DATES = (
    "Ngày tháng của hồ sơ quyết định hạn trả và việc trễ hạn",
    "The dossier's dates decide what is due and what is late",
)
_STATUS = (
    "Trạng thái trên Cổng là một hành vi hành chính",
    "A status at the portal is an administrative act",
)
_PERSON = (
    "Số định danh xác định người hoặc tổ chức mà hồ sơ có hiệu lực với họ",
    "Identity numbers say to whom the dossier applies",
)
_MONEY = (
    "Số tiền và tài khoản quyết định ai trả bao nhiêu cho ai",
    "Amounts and accounts decide who pays how much to whom",
)
_RESULT = (
    "Mã kết quả là căn cứ pháp lý của giấy tờ đã cấp",
    "A result's code is what the issued paper is known by in law",
)
_AUTHORITY = (
    "Cơ quan và thủ tục quyết định thẩm quyền giải quyết",
    "Agency and procedure decide who is competent",
)

LOCKS: Mapping[str, tuple[Lock, ...]] = {
    "dossier.recorded.v1": (
        Lock(("/code",), *_LANE, never=True),
        Lock(("/status",), *_STATUS),
        Lock(
            ("/submitted_at", "/received_at", "/due_at", "/finished_at", "/returned_at", "/refused_at",
             "/supplements/*/requested_at", "/supplements/*/received_at", "/supplements/*/previous_due_at",
             "/supplements/*/new_due_at"),
            *_DATES,
        ),
        Lock(
            ("/applicant/kind", "/applicant/citizen_id", "/applicant/id_card", "/applicant/tax_code",
             "/applicant/tech_id"),
            *_PERSON,
        ),
        Lock(("/fees", "/supplements/*/fees"), *_MONEY),
        Lock(("/results/*/code", "/documents/*/replacing_result_code"), *_RESULT),
        Lock(("/agency/code", "/procedure/code"), *_AUTHORITY),
    ),
    "dossier.progressed.v1": (
        Lock(("/code",), *_LANE, never=True),
        Lock(("/steps/*/status",), *_STATUS),
        Lock(("/steps/*/at", "/steps/*/started_at", "/steps/*/due_at"), *_DATES),
    ),
    "payment.requested.v1": (
        Lock(("/dossier_code",), *_LANE, never=True),
        Lock(("/amount", "/fees", "/beneficiary", "/again"), *_MONEY),
        Lock(("/payer/id_number",), *_PERSON),
        Lock(("/agency/code", "/procedure/code"), *_AUTHORITY),
    ),
    "payment.receipt_requested.v1": (
        Lock(("/dossier_code", "/reference"), *_LANE, never=True),
    ),
    "citizen.lookup_requested.v1": (
        Lock(("/dossier_code",), *_LANE, never=True),
        Lock(("/person/citizen_id", "/person/id_card", "/person/birth_date", "/officer/id"), *_PERSON),
    ),
    "document.reuse_requested.v1": (
        Lock(("/dossier_code",), *_LANE, never=True),
        Lock(("/owner/citizen_id", "/owner/tax_code", "/officer/id"), *_PERSON),
        Lock(("/result_code",), *_RESULT),
    ),
    "catalogue.refresh_requested.v1": (),
}  # fmt: skip
"""By message type, without its prefix: every type that senders hand in."""


def lock_of(type_: str, pointer: str) -> Lock | None:
    """The lock on a place of a document, if any: its own, or of what it stands in."""
    parts = pointer.split("/")
    for lock in LOCKS.get(type_, ()):
        for pattern in lock.patterns:
            wanted = pattern.split("/")
            if len(parts) >= len(wanted) and all(one in ("*", part) for one, part in zip(wanted, parts, strict=False)):
                return lock
    return None
