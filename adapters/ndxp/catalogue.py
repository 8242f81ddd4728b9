"""Every failure of the destination (document reuse), and the word on any code that the exchange's roads can report.

What it means, who can fix it and how, in both languages. No text quotes an answer.
"""

from __future__ import annotations

from adapters.ndxp import wso2, xroad_errors
from adapters.ndxp.road_texts import ROAD, XROAD
from adapters.transport.entries import ErrorEntry, by_code
from adapters.transport.failures import status_entry
from adapters.transport.texts import TEXTS

__all__ = ["CATALOGUE", "XROAD", "entry"]

_RETRIED_VI = "Cổng tích hợp sẽ tự hỏi lại"
_RETRIED_EN = "The gateway asks again by itself"

CATALOGUE = by_code(
    (
        *TEXTS.values(),
        *ROAD.values(),
        ErrorEntry(
            "UNKNOWN_OPERATION",
            "Bộ kết nối trục NDXP không có thao tác này",
            "The exchange's adapter has no such operation",
            "operator",
            "Hãy sửa tuyến trong cấu hình",
            "Correct the route in the configuration",
        ),
        ErrorEntry(
            "DOCUMENT_SHAPE",
            "Câu hỏi sau ánh xạ không đúng dạng",
            "The mapped question has not the right shape",
            "operator",
            "Hãy kiểm tra ánh xạ của tuyến",
            "Check the mapping of the route",
        ),
        ErrorEntry(
            "OTHER_OWNER",
            "Kho trả về giấy tờ của chủ khác, hoặc không nói chủ là ai; giấy tờ này không được đưa ra",
            "The store gave a document of another owner, or of nobody; it is not handed on",
            "operator",
            "Hãy báo đơn vị vận hành kho dữ liệu, kèm giờ gửi; trong lúc đó, hãy đề nghị người dân nộp giấy tờ",
            "Tell those who run the store, with the time of the attempt; meanwhile ask the applicant for the paper",
        ),
        ErrorEntry(
            "OTHER_DOCUMENT",
            "Kho trả về giấy tờ khác với giấy tờ đã hỏi",
            "The store gave another document than the one asked for",
            "system",
            "Kết quả này không được dùng; cổng tích hợp sẽ tự hỏi lại",
            "This answer is not used; the gateway asks again by itself",
        ),
        ErrorEntry(
            "unnamed",
            "Kho dữ liệu báo lỗi chưa có trong danh mục (error_code {store_code})",
            "The store reports a failure that no rule names (error_code {store_code})",
            "operator",
            "Hãy xem câu trả lời được lưu kèm lần gửi; nếu hiểu được, hãy đề nghị bổ sung danh mục",
            "Look at the answer kept with the attempt; if it is understood, have a rule added",
        ),
        ErrorEntry(
            "NO_ERROR_CODE",
            "Câu trả lời không có error_code",
            "The answer carries no error_code",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
        ErrorEntry(
            "HTML_ANSWER",
            "Nhận được trang HTML thay vì kết quả",
            "A web page came instead of an answer",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
        ErrorEntry("EMPTY_ANSWER", "Câu trả lời trống", "The answer is empty", "system", _RETRIED_VI, _RETRIED_EN),
        ErrorEntry(
            "GARBAGE_ANSWER",
            "Không đọc được câu trả lời (sai JSON, sai bảng mã hoặc thiếu danh sách giấy tờ)",
            "The answer cannot be read (broken JSON, wrong encoding, or no list of documents)",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
    )
)


def entry(code: str) -> ErrorEntry | None:
    """The word on a code as it stands in the ledger (places unfilled), or None."""
    kind, _, rest = code.partition("_")
    number = int(rest) if rest.isascii() and rest.isdigit() and len(rest) <= 9 else 0
    match kind:
        case "HTTP" if 300 <= number < 600:
            return status_entry(number)
        case "WSO2":
            return wso2.entry(number)
        case "RELAY":
            return ROAD["RELAY_{fault}"]
        case "XROAD" if code not in CATALOGUE:
            return xroad_errors.entry(rest)
        case _:
            return CATALOGUE.get(code)
