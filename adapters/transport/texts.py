"""The words, for an operator, of everything that can go wrong between us and a system's HTTP server.

Each entry says what was seen and what would fix it, Vietnamese first; none of them ever quotes an answer or an address.
"""

from __future__ import annotations

from adapters.transport.entries import ErrorEntry, by_code

_WAIT_VI = "Cổng tích hợp sẽ tự gửi lại; nếu kéo dài, hãy kiểm tra đường truyền và hỏi đơn vị vận hành hệ thống đích"
_WAIT_EN = "The gateway tries again by itself; if it lasts, check the line and ask those who run the other system"
_UNCLEAR_VI = "Hệ thống đích có thể đã nhận; trục chỉ gửi lại khi việc gửi lại là an toàn"
_UNCLEAR_EN = "The other system may have taken it; the gateway sends again only where that is safe"

TEXTS = by_code(
    (
        ErrorEntry(
            "CONNECT",
            "Không kết nối được tới hệ thống đích",
            "The other system refused the connection",
            "system",
            _WAIT_VI,
            _WAIT_EN,
        ),
        ErrorEntry(
            "CONNECT_TIMEOUT",
            "Hệ thống đích không trả lời khi kết nối",
            "Connecting took too long",
            "system",
            _WAIT_VI,
            _WAIT_EN,
        ),
        ErrorEntry(
            "DNS",
            "Không phân giải được tên máy chủ của hệ thống đích",
            "The host name could not be resolved",
            "operator",
            "Hãy kiểm tra DNS và địa chỉ trong cấu hình",
            "Check DNS and the configured address",
        ),
        ErrorEntry(
            "PROXY",
            "Máy chủ trung gian (proxy) không chuyển tiếp được",
            "The proxy did not pass the call on",
            "operator",
            "Hãy kiểm tra proxy",
            "Check the proxy",
        ),
        ErrorEntry(
            "TLS",
            "Không thiết lập được kết nối bảo mật (chứng thư không hợp lệ hoặc không khớp)",
            "No secure connection: the certificate is not valid or does not match",
            "operator",
            "Hãy kiểm tra chứng thư của hệ thống đích và khóa ca_file",
            "Check their certificate and ca_file",
        ),
        ErrorEntry(
            "ADDRESS",
            "Địa chỉ của hệ thống đích viết sai",
            "The configured address is not a usable URL",
            "operator",
            "Hãy sửa địa chỉ trong cấu hình",
            "Correct the address in the configuration",
        ),
        ErrorEntry(
            "PRIVATE_NETWORK",
            "Địa chỉ trỏ tới mạng riêng hoặc mạng không được phép; chưa gửi gì",
            "The address leads into a private or barred network; nothing was sent",
            "operator",
            "Hãy kiểm tra DNS và địa chỉ; nếu nơi đó thật sự ở mạng riêng, khai mạng ấy ở allow_networks, hoặc đặt "
            'private_networks = "allow"',
            "Check DNS and the address; if it really stands in a private network, name that network in allow_networks, "
            'or set private_networks = "allow"',
        ),
        ErrorEntry(
            "REDIRECT",
            "Hệ thống đích chuyển hướng sang địa chỉ khác",
            "The other system redirects elsewhere",
            "operator",
            "Hãy ghi địa chỉ mới vào cấu hình; trục không tự đi theo",
            "Put the new address into the configuration; the gateway never follows by itself",
        ),
        ErrorEntry("TIMEOUT", "Quá thời gian chờ trả lời", "No answer in time", "system", _UNCLEAR_VI, _UNCLEAR_EN),
        ErrorEntry("DISCONNECTED", "Kết nối bị ngắt", "The connection was cut", "system", _UNCLEAR_VI, _UNCLEAR_EN),
        ErrorEntry(
            "ANSWER_CUT",
            "Câu trả lời bị cắt giữa chừng",
            "The answer was cut short",
            "system",
            _UNCLEAR_VI,
            _UNCLEAR_EN,
        ),
        ErrorEntry(
            "ANSWER_BROKEN",
            "Câu trả lời không đúng giao thức HTTP",
            "The answer is not proper HTTP",
            "system",
            _UNCLEAR_VI,
            _UNCLEAR_EN,
        ),
        ErrorEntry(
            "ANSWER_TOO_LARGE",
            "Câu trả lời quá lớn",
            "The answer is larger than max_answer_bytes",
            "system",
            _UNCLEAR_VI,
            _UNCLEAR_EN,
        ),
        ErrorEntry("HTTP_CLIENT", "Lỗi khi gọi hệ thống đích", "The call failed", "system", _UNCLEAR_VI, _UNCLEAR_EN),
        ErrorEntry(
            "DEADLINE",
            "Đã hết thời gian dành cho lần gửi này trước khi gửi đi",
            "The time for this attempt was over before anything was sent",
            "operator",
            "Cổng tích hợp sẽ tự gửi lại; nếu lặp lại, hãy giảm tải hoặc tăng timeout",
            "The gateway tries again by itself; if it repeats, lower the load or raise the timeout",
        ),
    )
)

STATUS_GROUPS = {
    "busy": ErrorEntry(
        "HTTP_{status}",
        "Hệ thống đích đang bận hoặc bảo trì (HTTP {status})",
        "The other system is busy or in maintenance (HTTP {status})",
        "system",
        _WAIT_VI,
        _WAIT_EN,
    ),
    "redirect": ErrorEntry(
        "HTTP_{status}",
        "Hệ thống đích chuyển hướng (HTTP {status})",
        "The other system redirects elsewhere (HTTP {status})",
        "operator",
        "Hãy ghi địa chỉ mới vào cấu hình; trục không tự đi theo",
        "Put the new address into the configuration; the gateway never follows by itself",
    ),
    "broken": ErrorEntry(
        "HTTP_{status}",
        "Hệ thống đích báo lỗi máy chủ (HTTP {status})",
        "The other system reports a server error (HTTP {status})",
        "system",
        _UNCLEAR_VI,
        _UNCLEAR_EN,
    ),
    "setup": ErrorEntry(
        "HTTP_{status}",
        "Hệ thống đích từ chối lời gọi (HTTP {status})",
        "The other system turns the call away (HTTP {status})",
        "operator",
        "Hãy kiểm tra địa chỉ, tài khoản và quyền truy cập",
        "Check address, account and access rights",
    ),
    "rejected": ErrorEntry(
        "HTTP_{status}",
        "Hệ thống đích không nhận yêu cầu này (HTTP {status})",
        "The other system does not accept this request (HTTP {status})",
        "operator",
        "Hãy xem câu trả lời được lưu kèm lần gửi và báo cho đơn vị phát triển",
        "Look at the answer kept with the attempt and tell the developers",
    ),
}
"""By what follows from a status; `{status}` is filled with the number."""
