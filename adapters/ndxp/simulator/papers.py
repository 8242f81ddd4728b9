"""What the simulated store holds: invented results of invented people (codes sheet §10; every field assumed)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

BIRTH, LICENCE = "KQ.G15.000031", "KQ.H46.000101"


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """One document. `citizen_id` or `tax_code` finds it; `names` is the owner its record names, if another one."""

    id: str
    result_code: str
    issued_on: str
    citizen_id: str = ""
    tax_code: str = ""
    valid_until: str = ""
    state: str = "1"
    signed: str = "1"
    names: str = ""

    def listed(self) -> dict[str, Any]:
        """What a list says of it."""
        return {
            "GiayToId": self.id,
            "MaGiayToKetQua": self.result_code,
            "TenGiayTo": "Giấy khai sinh" if self.result_code == BIRTH else "Giấy phép (giả lập)",
            "SoGiayTo": f"{self.id}/GL",
            "NgayCap": self.issued_on,
            "NgayHetHan": self.valid_until,
            "TrangThai": self.state,
            "MaCoQuanCap": "000.00.16.H46",
            "TenCoQuanCap": "Ủy ban nhân dân xã Thử Nghiệm",
            "ChuKySoHopLe": self.signed,
        }

    def whole(self) -> dict[str, Any]:
        """Its whole record, with owner and address."""
        return {
            **self.listed(),
            "SoDinhDanh": self.names or self.citizen_id,
            "MaSoThue": self.tax_code,
            "DuongDanTepTinKetQua": f"https://kho.example.invalid/{self.id}",
            "LoaiNoiDung": "application/pdf",
            "KichThuoc": 34567,
            "MaBam": sha256(self.id.encode()).hexdigest(),
        }


PAPERS = (
    StoredPaper("90011", BIRTH, "20150519", citizen_id="044999000123"),
    StoredPaper("90012", BIRTH, "20200519", citizen_id="044999000123", valid_until="29991231"),
    StoredPaper("90013", BIRTH, "20240101", citizen_id="044999000123", state="2"),
    StoredPaper("90014", BIRTH, "20230101", citizen_id="044999000123", valid_until="20231231"),
    StoredPaper("90015", BIRTH, "20250101", citizen_id="044999000123", signed="0"),
    StoredPaper("90016", LICENCE, "20250201", citizen_id="044999000123"),
    StoredPaper("90021", BIRTH, "20240101", citizen_id="044999000124", state="2"),
    StoredPaper("90022", BIRTH, "20240101", citizen_id="044999000124", valid_until="20241231"),
    StoredPaper("90023", BIRTH, "20240101", citizen_id="044999000124", signed="0"),
    StoredPaper("90031", BIRTH, "20240101", citizen_id="044999000125", names="044999000199"),
    StoredPaper("90041", LICENCE, "20240101", tax_code="3109999917-001"),
)
