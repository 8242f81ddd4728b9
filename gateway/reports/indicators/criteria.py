"""The criteria of Quyết định 766/QĐ-TTg as data: names, groups, and which counts make each ratio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Variant(NamedTuple):
    """Another reading of a criterion, shown beside it."""

    vi: str
    en: str
    numerator: str
    denominators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion; `denominators` are added up. Without a numerator it is measured elsewhere."""

    id: str
    vi: str
    en: str
    numerator: str = ""
    denominators: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

    @property
    def part(self) -> str:
        """C, T, S, O, P or H."""
        return self.id[0]


GROUPS: Mapping[str, tuple[str, str, str]] = {
    "C": ("C", "Công khai, minh bạch", "Publication and transparency"),
    "T": ("T", "Tiến độ, kết quả giải quyết", "Progress and results"),
    "S": ("S", "Số hóa hồ sơ", "Digitisation of dossiers"),
    "OP": ("OP", "Cung cấp dịch vụ trực tuyến", "Online services, payment included"),
    "H": ("H", "Mức độ hài lòng", "Satisfaction"),
}
"""The letters of their parts -> (id, Vietnamese, English)."""
PARTS: Mapping[str, tuple[str, str]] = {
    "O": ("Dịch vụ trực tuyến", "Online services"),
    "P": ("Thanh toán trực tuyến", "Online payment"),
}
"""The two sub-scores of the fourth group, which some dashboards show as groups of their own."""

_ALL = Variant("trên mọi hồ sơ tiếp nhận", "of all dossiers received", "online", ("received",))
_ACCOUNT = Variant("có tài khoản người nộp", "with the applicant's account", "online_by_account", ("received",))
_DECLARED = Variant("theo khai báo của bên gửi", "as senders declare", "paid_declared", ("fee_bearing",))
_CONFIRMED = Variant("nền tảng thanh toán xác nhận", "confirmed by the platform", "paid_online", ("fee_bearing",))

CRITERIA: tuple[Criterion, ...] = (
    Criterion("C1", "TTHC công bố đúng hạn", "Procedures announced in time"),
    Criterion("C2", "TTHC được cập nhật, công khai đúng hạn", "Procedures updated and published in time"),
    Criterion("C3", "TTHC công khai đầy đủ các bộ phận tạo thành", "Procedures published with all their parts"),
    Criterion(
        "C4", "Hồ sơ đồng bộ lên Cổng DVCQG", "Dossiers synchronised with the national portal",
        "synchronised", ("received",),
    ),
    Criterion(
        "T1", "Hồ sơ xử lý trước hạn, đúng hạn", "Dossiers finished in time", "in_time", ("judged", "overdue"),
    ),
    Criterion(
        "S1", "Hồ sơ có cấp kết quả điện tử", "Finished with an electronic result", "electronic_results", ("results",),
    ),
    Criterion("S2", "Hồ sơ thực hiện số hóa", "Dossiers digitised", "digitised", ("received",)),
    Criterion(
        "S3", "Khai thác, sử dụng lại dữ liệu số hóa", "Digitised data reused", "reused", ("reusable",),
    ),
    Criterion(
        "O1", "TTHC cung cấp dịch vụ trực tuyến", "Procedures offered online",
        "procedures_offered", ("procedures_eligible",),
        (Variant("trên mọi TTHC", "of all procedures", "procedures_offered", ("procedures",)),),
    ),
    Criterion(
        "O2", "Dịch vụ trực tuyến có phát sinh hồ sơ", "Online services that are used",
        "procedures_used", ("procedures_offered",),
    ),
    Criterion(
        "O3", "Hồ sơ nộp trực tuyến", "Dossiers filed online", "offered_online", ("offered_received",),
        (_ALL, _ACCOUNT),
    ),
    Criterion(
        "P1", "TTHC có giao dịch thanh toán trực tuyến", "Fee-bearing procedures paid online",
        "procedures_paid", ("procedures_with_fee",),
    ),
    Criterion(
        "P2", "Hồ sơ thanh toán trực tuyến", "Fee-bearing dossiers paid online",
        "paid_online", ("fee_bearing",), (_DECLARED,),
    ),
    Criterion("H1", "Phản ánh, kiến nghị xử lý đúng hạn", "Complaints handled in time"),
    Criterion("H2", "Hài lòng trong xử lý phản ánh, kiến nghị", "Satisfaction with the handling of complaints"),
    Criterion("H3", "Hài lòng trong tiếp nhận, giải quyết TTHC", "Satisfaction with procedures"),
)  # fmt: skip


def criteria(payment_evidence: str) -> tuple[Criterion, ...]:
    """The criteria, with P2 by the evidence that is configured."""
    if payment_evidence == "confirmed":
        return CRITERIA
    return tuple(
        Criterion(one.id, one.vi, one.en, "paid_declared", one.denominators, (_CONFIRMED,)) if one.id == "P2" else one
        for one in CRITERIA
    )
