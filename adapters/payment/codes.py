"""What `MaLoi` says: 00 is success, everything else a no (sheet §8).

The other values are assumed, so nothing but words depends on them: each is refused the same way.
"""

from __future__ import annotations

import re

from adapters.contract import RefusedError
from adapters.transport.entries import ErrorEntry, Fixer, by_code

OK, OTHER_ERROR = "00", "99"

_SHOWN = re.compile(r"[0-9A-Za-z_.-]{1,20}")


def _entry(code: str, vi: str, en: str, fixer: Fixer, advice_vi: str, advice_en: str) -> ErrorEntry:
    return ErrorEntry(
        code, f"Nền tảng thanh toán: {vi} (MaLoi {code})", f"Payment platform: {en} (MaLoi {code})", fixer,
        advice_vi, advice_en,
    )  # fmt: skip


_ANEW_VI, _ANEW_EN = "Hãy gửi yêu cầu thanh toán mới (id mới)", "Send a new payment request (with a new id)"

REFUSALS = by_code(
    (
        _entry("01", "không biết đối tác này", "unknown partner", "operator",
               "Hãy kiểm tra partner của payment", "Check the setting partner"),
        _entry("02", "mã xác thực không đúng", "wrong check value", "operator",
               "Hãy kiểm tra secret và version của payment", "Check the settings secret and version"),
        _entry("03", "một trường thiếu hoặc sai", "a field is missing or bad", "sender",
               "Hãy kiểm tra yêu cầu thanh toán và câu trả lời được lưu kèm lần gửi",
               "Check the payment request and the answer kept with the attempt"),
        _entry("04", "mã tham chiếu đã được dùng", "the reference was used before", "system", _ANEW_VI, _ANEW_EN),
        _entry("05", "không tìm thấy giao dịch", "no such transaction", "operator",
               "Hãy đối soát với Nền tảng thanh toán", "Reconcile with the platform"),
        _entry("06", "số tiền không hợp lệ", "the amount is not valid", "sender",
               "Hãy kiểm tra amount và fees", "Check amount and fees"),
        _entry("07", "chưa có biên lai", "there is no receipt yet", "system",
               "Biên lai thường có sau khi thanh toán ít phút", "A receipt usually exists minutes after the payment"),
        _entry("24", "người nộp đã hủy", "the payer cancelled", "sender", _ANEW_VI, _ANEW_EN),
        _entry("99", "lỗi khác", "another error", "system",
               "Hãy xem câu trả lời được lưu kèm lần gửi và hỏi đơn vị vận hành Nền tảng",
               "Look at the answer kept with the attempt and ask those who run the platform"),
    )
)  # fmt: skip
"""Words for the codes of the sheet. Only 00 and 99 are attested; a province may meet others."""

UNNAMED = ErrorEntry(
    "{platform_code}",
    "Nền tảng thanh toán từ chối (MaLoi {platform_code})",
    "The payment platform says no (MaLoi {platform_code})",
    "system",
    "Hãy xem câu trả lời được lưu kèm lần gửi và hỏi đơn vị vận hành Nền tảng về mã này",
    "Look at the answer kept with the attempt and ask those who run the platform about this code",
)


def refusal(code: str, answer: bytes) -> RefusedError:
    """The platform's no, under its own code."""
    entry = REFUSALS.get(code, UNNAMED)
    return entry.error(RefusedError, fill={"platform_code": shown(code)}, answer=answer)


def shown(code: str) -> str:
    """A code of theirs as it may be shown: what does not look like one might be anything."""
    return code if _SHOWN.fullmatch(code) else "?"
