"""What the simulated platform says: answers, notifications, receipts as PDF, the file of a day (sheet §3 to §9)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.payment.reconcile import COLUMNS, TRAILER
from adapters.payment.signing import ANSWER_FIELDS, NOTICE_FIELDS, check_value
from adapters.payment.simulator.attempts import Attempt
from adapters.payment.simulator.settings import SimulatorSettings

_WORDS = {
    "00": "Thành công",
    "01": "Không có đối tác này",
    "02": "Sai mã xác thực",
    "03": "Thiếu hoặc sai trường",
    "04": "Trùng mã tham chiếu",
    "05": "Không tìm thấy giao dịch",
    "06": "Số tiền không hợp lệ",
    "07": "Chưa có biên lai",
    "24": "Người nộp đã hủy",
    "99": "Lỗi khác",
}

Record = dict[str, Any]


def answer(code: str, request: Mapping[str, Any], settings: SimulatorSettings, **more: Any) -> Record:
    """An answer to `request`: its keys repeated, signed by an assumed order."""
    record = {
        "MaLoi": code,
        "MoTaLoi": _WORDS.get(code, _WORDS["99"]),
        "MaDoiTac": settings.partner,
        "MaThamChieu": request.get("MaThamChieu", ""),
        "ThoiGianGD": request.get("ThoiGianGD", ""),
        **more,
    }
    plain = {name: str(record[name]).replace("|", " ") for name in ANSWER_FIELDS}
    return {**record, "MaXacThuc": check_value(ANSWER_FIELDS, plain, settings.secret)}


def standing(attempt: Attempt, state: str, settings: SimulatorSettings) -> Record:
    """What an answer to `QUERY` says beside its keys; the amount is a number, null while nothing is known (§5)."""
    known = bool(attempt.transaction)
    return {
        "LoaiBanTin": "QUERY",
        "SoTien": attempt.amount if known else None,
        "MaTienTe": attempt.currency,
        "MaGiaoDich": attempt.transaction,
        "MaNganHang": settings.bank if known else "",
        "ThongTinGiaoDich": attempt.description,
        "TrangThaiGD": state,
    }


def notice(attempt: Attempt, settings: SimulatorSettings) -> Record:
    """The notification of an end: the amount is a number here (§4)."""
    record: Record = {
        "LoaiBanTin": settings.notice_kind,
        "MaLoi": attempt.code,
        "MaDoiTac": settings.partner,
        "MaThamChieu": attempt.reference,
        "SoTien": attempt.amount,
        "MaTienTe": attempt.currency,
        "MaGiaoDich": attempt.transaction,
        "MaNganHang": settings.bank,
        "ThoiGianGD": attempt.time,
        "ThongTinGiaoDich": attempt.description,
    }
    if settings.notice_dossier or attempt.begun_here:
        record["MaHoSo"] = attempt.dossier
    if settings.notice_receipt and attempt.code == "00":
        record["UrlBienLai"] = receipt_address(attempt, settings)
    return signed(record, settings)


def signed(record: Mapping[str, Any], settings: SimulatorSettings) -> Record:
    """A notification with its check value."""
    return {**record, "MaXacThuc": check_value(NOTICE_FIELDS, record, settings.secret)}


def receipt_address(attempt: Attempt, settings: SimulatorSettings) -> str:
    return f"{settings.receipt_base}{attempt.transaction}.pdf"


def receipt_file(transaction: str) -> bytes:
    """A small PDF that names the transaction and nobody."""
    text = f"BT /F1 12 Tf 40 100 Td (BIEN LAI GIA LAP {transaction}) Tj ET".encode("ascii")
    return b"".join(
        (
            b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R",
            b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n",
            b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" % (len(text), text),
            b"trailer<</Root 1 0 R>>\n%%EOF\n",
        )
    )


def day_file(attempts: Iterable[Attempt], states: Mapping[str, str], settings: SimulatorSettings) -> bytes:
    """The file of one day: header, a line per transaction, trailer with count and sum (§9, assumed)."""
    rows = [
        (
            one.reference, one.transaction, one.dossier, str(one.amount), one.currency, settings.bank, one.time,
            states[one.state],
        )
        for one in attempts
    ]  # fmt: skip
    total = sum(int(row[3]) for row in rows)
    lines = ["|".join(COLUMNS), *("|".join(row) for row in rows), f"{TRAILER}|{len(rows)}|{total}"]
    content = ("\n".join(lines) + "\n").encode()
    return base64.b64encode(content) if settings.day_file_base64 else content
