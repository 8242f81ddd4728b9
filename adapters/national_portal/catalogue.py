"""Every failure the portal adapter can report: what it means, who can fix it and how, in both languages.

The console and the documentation show these entries; `verdict.py` and `access.py` raise them. No text quotes an answer.
"""

from __future__ import annotations

from adapters.ndxp import catalogue as exchange
from adapters.transport.entries import ErrorEntry, by_code
from adapters.transport.failures import status_entry
from adapters.transport.texts import TEXTS

_RETRIED_VI = "Cổng tích hợp sẽ tự gửi lại"
_RETRIED_EN = "The gateway tries again by itself"

CATALOGUE = by_code(
    (
        *TEXTS.values(),
        ErrorEntry(
            "LOGIN_REFUSED",
            "Cổng DVCQG không chấp nhận tài khoản",
            "The portal refused the login",
            "operator",
            "Hãy kiểm tra username và password của national_portal",
            "Check username and password",
        ),
        ErrorEntry(
            "LOGIN_UNCLEAR",
            "Cổng DVCQG không trả lời rõ ràng khi đăng nhập",
            "The answer to the login made no sense",
            "system",
            _RETRIED_VI,
            _RETRIED_EN,
        ),
        ErrorEntry(
            "SESSION_REFUSED",
            "Cổng DVCQG từ chối cả phiên vừa đăng nhập",
            "The portal refused even a fresh session",
            "operator",
            "Hãy kiểm tra quyền của tài khoản và xem có hệ thống khác dùng chung tài khoản không",
            "Check the account's rights and whether another system uses the same account",
        ),
        ErrorEntry(
            "AGENCY_UNKNOWN",
            "Cổng DVCQG không biết mã đơn vị kết nối",
            "The portal does not know the connecting agency",
            "operator",
            "Hãy kiểm tra khóa madonvi",
            "Check the setting madonvi",
        ),
        ErrorEntry(
            "SERVICE_UNKNOWN",
            "Cổng DVCQG không có dịch vụ này cho tài khoản",
            "The portal does not offer this service to the account",
            "operator",
            "Hãy hỏi đơn vị vận hành trục về quyền gọi dịch vụ",
            "Ask the exchange's operators for the right",
        ),
        ErrorEntry(
            "MISSING_FIELD",
            "Cổng DVCQG báo thiếu trường {field}",
            "The portal says the field {field} is missing",
            "sender",
            "Hãy bổ sung thông tin này vào hồ sơ và gửi lại",
            "Fill it in and send the dossier again",
        ),
        ErrorEntry(
            "TOO_LONG",
            "Cổng DVCQG báo trường {field} quá dài",
            "The portal says the field {field} is too long",
            "sender",
            "Hãy rút ngắn nội dung và gửi lại",
            "Shorten it and send the dossier again",
        ),
        ErrorEntry(
            "DOSSIER_UNKNOWN",
            "Cổng DVCQG chưa có hồ sơ này",
            "The portal does not know this dossier",
            "sender",
            "Hãy đồng bộ hồ sơ trước, rồi mới gửi tiến độ",
            "Send the dossier first, then its progress",
        ),
        ErrorEntry(
            "EXISTS_ON_UPDATE",
            "Cổng DVCQG báo hồ sơ đã tồn tại cả khi cập nhật",
            "The portal says the dossier exists although it was told to update",
            "system",
            _RETRIED_VI + "; nếu kéo dài, hãy báo đơn vị vận hành Cổng DVCQG",
            _RETRIED_EN + "; if it lasts, tell the portal's operators",
        ),
        ErrorEntry(
            "EXISTS_ELSEWHERE",
            "Cổng DVCQG đã có hồ sơ này từ hệ thống khác; cập nhật sẽ ghi đè lên hồ sơ đó",
            "The portal has this dossier from another system; updating would overwrite it",
            "operator",
            "Nếu hồ sơ nay thuộc hệ thống này: nhập nó bằng `lienthong cutover import` rồi gửi lại; nếu không: hủy "
            "lượt gửi này, có lý do",
            "If it is this system's now: import it with `lienthong cutover import`, then replay; if not: discard this "
            "delivery, with a reason",
        ),
        ErrorEntry(
            "STEPS_EXIST",
            "Cổng DVCQG báo bước tiến độ đã có từ trước",
            "The portal says the progress steps are already there",
            "sender",
            "Hãy kiểm tra tiến độ của hồ sơ trên Cổng DVCQG",
            "Check the dossier's progress on the portal",
        ),
        ErrorEntry(
            "unnamed",
            "Cổng DVCQG báo lỗi chưa có trong danh mục (error_code {portal_code})",
            "The portal reports a failure that no rule names (error_code {portal_code})",
            "operator",
            "Hãy xem câu trả lời được lưu kèm lần gửi; nếu hiểu được, hãy đề nghị bổ sung danh mục",
            "Look at the answer kept with the attempt; if it is understood, have a rule added",
        ),
        ErrorEntry(
            "NO_ERROR_CODE",
            "Câu trả lời không có error_code",
            "The answer carries no error_code",
            "system",
            "Cổng DVCQG có thể đã nhận; chỉ gửi lại khi an toàn",
            "It may have been taken; sent again where safe",
        ),
        ErrorEntry(
            "NO_SUCCESS_TEXT",
            "Cổng DVCQG không xác nhận thành công bằng lời",
            "error_code 0 without the words of success",
            "system",
            "Kiểm tra hồ sơ trên Cổng DVCQG, hoặc tắt require_success_text",
            "Check the dossier on the portal, or turn require_success_text off",
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
            "Không đọc được câu trả lời (sai JSON hoặc sai bảng mã)",
            "The answer cannot be read (broken JSON or wrong encoding)",
            "system",
            "Cổng DVCQG có thể đã nhận; chỉ gửi lại khi an toàn",
            "It may have been taken; sent again where safe",
        ),
        ErrorEntry(
            "ROWS_SHAPE",
            "Câu trả lời của dịch vụ danh mục không phải danh sách các dòng",
            "The catalogue service did not answer with a list of rows",
            "system",
            _RETRIED_VI + "; nếu kéo dài, hãy báo đơn vị vận hành Cổng DVCQG",
            _RETRIED_EN + "; if it lasts, tell the portal's operators",
        ),
        ErrorEntry(
            "UNKNOWN_OPERATION",
            "Bộ kết nối Cổng DVCQG không có thao tác này",
            "The portal adapter has no such operation",
            "operator",
            "Hãy sửa tuyến trong cấu hình",
            "Correct the route in the configuration",
        ),
        ErrorEntry(
            "DOCUMENT_SHAPE",
            "Tài liệu sau ánh xạ không đúng dạng",
            "The mapped document has not the right shape",
            "operator",
            "Hãy kiểm tra ánh xạ của tuyến",
            "Check the mapping of the route",
        ),
    )
)


def entry(code: str) -> ErrorEntry | None:
    """The catalogue's word on a code as it stands in the ledger (`HTTP_503` by its group, places unfilled), or None."""
    status = code.removeprefix("HTTP_")
    if status != code and len(status) == 3 and status.isascii() and status.isdigit():
        return status_entry(int(status))
    return CATALOGUE.get(code) or exchange.entry(code)
