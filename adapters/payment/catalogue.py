"""Every failure the payment adapter itself can report: what it means, who can fix it and how, in both languages.

`codes.py` has the words for the platform's own codes. No text quotes an answer.
"""

from __future__ import annotations

from adapters.ndxp import catalogue as exchange
from adapters.payment.codes import REFUSALS
from adapters.transport.entries import ErrorEntry, by_code
from adapters.transport.failures import status_entry
from adapters.transport.texts import TEXTS

_WATCHED_VI = "Trục không gửi lại mà tiếp tục hỏi về mã tham chiếu này; nếu cần, hãy gửi yêu cầu mới (id mới)"
_WATCHED_EN = "It is not sent again but asked about by its reference; send a new request (with a new id) if needed"
_ASKED_VI = "Trục sẽ tự hỏi lại với khoảng cách tăng dần"
_ASKED_EN = "The gateway asks again by itself, less and less often"
_RECONCILE_VI = "Hãy đối soát với Nền tảng thanh toán theo mã tham chiếu"
_RECONCILE_EN = "Reconcile with the platform by the reference"

CATALOGUE = by_code(
    (
        *TEXTS.values(),
        # Before anything is sent.
        ErrorEntry(
            "NO_BENEFICIARY",
            "Chưa cấu hình tài khoản thụ hưởng cho thủ tục và cơ quan này",
            "no beneficiary account configured for this procedure and agency",
            "operator",
            "Hãy thêm vào beneficiaries của payment rồi gửi lại, hoặc gửi kèm beneficiary trong yêu cầu",
            "Add it to the setting beneficiaries and replay, or send it with the request",
        ),
        ErrorEntry(
            "BAR_IN_FIELD",
            "Trường {field} chứa dấu | nên mã xác thực không còn rõ nghĩa",
            "The field {field} holds a | and would make the check value ambiguous",
            "operator",
            "Chưa gửi gì; hãy bỏ dấu | khỏi dữ liệu hoặc cấu hình",
            "Nothing was sent; take the | out of the data or the settings",
        ),
        ErrorEntry(
            "AMOUNT_ZERO",
            "Số tiền bằng 0",
            "The amount is zero",
            "sender",
            "Không có gì phải nộp; chưa gửi gì",
            "There is nothing to pay; nothing was sent",
        ),
        ErrorEntry(
            "REFERENCE_UNKNOWN",
            "Không biết lần thanh toán nào mang mã tham chiếu này",
            "No payment attempt of ours has this reference",
            "sender",
            "Hãy yêu cầu biên lai bằng mã tham chiếu của lần đã thanh toán qua trục",
            "Ask for the receipt by the reference of an attempt that was paid through this gateway",
        ),
        ErrorEntry(
            "UNKNOWN_OPERATION",
            "Bộ kết nối Nền tảng thanh toán không có thao tác này",
            "The payment adapter has no such operation",
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
        # Answers nobody can go by.
        ErrorEntry(
            "HTML_ANSWER",
            "Nhận được trang HTML thay vì kết quả",
            "A web page came instead of an answer",
            "system",
            "Có thể yêu cầu đã được nhận; trục chỉ gửi lại khi an toàn",
            "The request may have been taken; it is sent again only where that is safe",
        ),
        ErrorEntry(
            "EMPTY_ANSWER",
            "Câu trả lời trống",
            "The answer is empty",
            "system",
            "Có thể yêu cầu đã được nhận; trục chỉ gửi lại khi an toàn",
            "The request may have been taken; it is sent again only where that is safe",
        ),
        ErrorEntry(
            "GARBAGE_ANSWER",
            "Không đọc được câu trả lời (sai JSON hoặc sai bảng mã)",
            "The answer cannot be read (broken JSON or wrong encoding)",
            "system",
            "Có thể yêu cầu đã được nhận; trục chỉ gửi lại khi an toàn",
            "The request may have been taken; it is sent again only where that is safe",
        ),
        ErrorEntry(
            "NO_CODE",
            "Câu trả lời không có MaLoi",
            "The answer carries no MaLoi",
            "system",
            "Có thể yêu cầu đã được nhận; trục chỉ gửi lại khi an toàn",
            "The request may have been taken; it is sent again only where that is safe",
        ),
        ErrorEntry(
            "OTHER_ANSWER",
            "Câu trả lời mang mã tham chiếu hoặc thời gian khác với yêu cầu",
            "The answer names another reference or time than the request",
            "system",
            "Câu trả lời này không được tin; nếu lặp lại, hãy báo đơn vị vận hành Nền tảng hoặc trục của tỉnh",
            "It is not believed; if it repeats, tell those who run the platform or the gateway in between",
        ),
        # INIT.
        ErrorEntry(
            "PAGE_ADDRESS_LOST",
            "Nền tảng đã nhận nhưng không trả về địa chỉ trang thanh toán dùng được",
            "It was taken, but no usable address of the payment page came back",
            "system",
            _WATCHED_VI,
            _WATCHED_EN,
        ),
        ErrorEntry(
            "GATEWAY_{gateway_code}",
            "Trục trung gian của tỉnh báo mở giao dịch không thành (error_code {gateway_code})",
            "The provincial gateway says that opening the payment failed (error_code {gateway_code})",
            "operator",
            "Hãy kiểm tra tài khoản, bearer và dịch vụ trên trục đó, rồi gửi yêu cầu mới",
            "Check account, bearer and service there, then have a new request sent",
        ),
        # QUERY.
        ErrorEntry(
            "PAYMENT_PENDING",
            "Giao dịch chưa có kết quả cuối cùng (TrangThaiGD {state})",
            "The payment is not final yet (TrangThaiGD {state})",
            "system",
            _ASKED_VI,
            _ASKED_EN,
        ),
        ErrorEntry(
            "PAYMENT_STILL_PENDING",
            "Hết lịch hỏi mà Nền tảng vẫn chưa biết giao dịch thành hay bại (TrangThaiGD 3)",
            "All asks are used up and the platform still does not know how the payment ended (TrangThaiGD 3)",
            "operator",
            _RECONCILE_VI,
            _RECONCILE_EN,
        ),
        ErrorEntry(
            "QUERY_REFUSED",
            "Nền tảng không trả lời được câu hỏi về giao dịch (mã {platform_code})",
            "The platform could not answer the question about a payment (code {platform_code})",
            "system",
            f"{_ASKED_VI}; nếu kéo dài: {_RECONCILE_VI.lower()}",
            f"{_ASKED_EN}; if it lasts: {_RECONCILE_EN.lower()}",
        ),
        ErrorEntry(
            "STATE_UNNAMED",
            "Nền tảng báo một trạng thái giao dịch không có trong tài liệu (TrangThaiGD {state})",
            "The platform names a payment state that no document knows (TrangThaiGD {state})",
            "operator",
            f"{_ASKED_VI}; nếu kéo dài: {_RECONCILE_VI.lower()}",
            f"{_ASKED_EN}; if it lasts: {_RECONCILE_EN.lower()}",
        ),
        # GET_BILL.
        ErrorEntry(
            "RECEIPT_NOT_READY",
            "Chưa có biên lai (mã {platform_code})",
            "There is no receipt yet (code {platform_code})",
            "system",
            _ASKED_VI,
            _ASKED_EN,
        ),
        ErrorEntry(
            "RECEIPT_NOT_PDF",
            "Nhận được thứ không phải tệp PDF thay cho biên lai",
            "Something that is no PDF came for the receipt",
            "system",
            f"Không lưu tệp hỏng. {_ASKED_VI}",
            f"No broken file is kept. {_ASKED_EN}",
        ),
        ErrorEntry(
            "RECEIPT_UNREACHABLE",
            "Không tải được tệp biên lai ({cause})",
            "The file of the receipt could not be fetched ({cause})",
            "operator",
            "Địa chỉ thường nằm trong mạng của Nền tảng: hãy đặt receipt_prefix và receipt_base của payment",
            "Its address is usually inside the platform's network: set receipt_prefix and receipt_base",
        ),
        ErrorEntry(
            "RECEIPT_ADDRESS",
            "Địa chỉ biên lai không dùng được hoặc trỏ tới máy chủ không được phép",
            "The address of the receipt is unusable or names a host that is not allowed",
            "operator",
            "Hãy kiểm tra receipt_prefix, receipt_base và receipt_hosts của payment rồi gửi lại",
            "Check receipt_prefix, receipt_base and receipt_hosts, then replay",
        ),
    )
)  # fmt: skip


def entry(code: str) -> ErrorEntry | None:
    """The catalogue's word on a code as it stands in the ledger (`HTTP_503`, `GATEWAY_-1` by their group), or None."""
    status = code.removeprefix("HTTP_")
    if status != code and len(status) == 3 and status.isascii() and status.isdigit():
        return status_entry(int(status))
    if code.startswith("GATEWAY_"):
        return CATALOGUE["GATEWAY_{gateway_code}"]
    return CATALOGUE.get(code) or REFUSALS.get(code) or exchange.entry(code)
