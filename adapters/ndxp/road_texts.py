"""The words, for an operator, of everything a road can report, whichever system travels it.

Each says what was seen and what would fix it, Vietnamese first. No text quotes an answer: codes, the API's name from
our own settings, and the UUID that support asks for are all that is ever filled in.
"""

from __future__ import annotations

from adapters.transport.entries import ErrorEntry, by_code

_RETRIED_VI = "Cổng tích hợp sẽ tự gửi lại"
_RETRIED_EN = "The gateway tries again by itself"
_UNCLEAR_VI = "Hệ thống đích có thể đã nhận; chỉ gửi lại khi an toàn"
_UNCLEAR_EN = "The other system may have taken it; sent again only where that is safe"
_QUOTE_VI = "báo đơn vị vận hành trục, kèm mã tra cứu: {reference}"
_QUOTE_EN = "tell the exchange's operators, quoting: {reference}"

GATEWAY = {
    "token": ErrorEntry(
        "WSO2_{fault}",
        "Cổng API không chấp nhận token, kể cả token vừa lấy lại ({api})",
        "The API gateway refuses the token, even a fresh one ({api})",
        "operator",
        "Hãy kiểm tra khóa ứng dụng trên trang quản lý API; nếu dùng khóa token, hãy xin token mới",
        "Check the application's keys on the API portal; where the setting token is used, get a new one",
    ),
    "blocked": ErrorEntry(
        "WSO2_{fault}",
        "Cổng API chặn lời gọi tới {api}: API, ứng dụng hoặc loại token không được dùng",
        "The API gateway blocks calls to {api}: the API, the application or the kind of token is not active",
        "operator",
        "Hãy kiểm tra trạng thái ứng dụng và đăng ký sử dụng API này, hoặc hỏi đơn vị vận hành",
        "Check the state of the application and of its subscription to this API, or ask its operators",
    ),
    "right": ErrorEntry(
        "WSO2_{fault}",
        "Đơn vị chưa đăng ký (chưa được cấp quyền) dùng API {api}",
        "No right to the API {api}: the subscription is missing or does not cover this call",
        "operator",
        "Hãy đăng ký API này cho ứng dụng, hoặc kiểm tra khóa address của road",
        "Subscribe the application to this API, or check the road's setting address",
    ),
    "throttled": ErrorEntry(
        "WSO2_{fault}",
        "Đã vượt hạn mức gọi API {api}",
        "The quota of calls to the API {api} is used up",
        "system",
        _RETRIED_VI + " sau thời gian chờ; nếu lặp lại, hãy giảm rate của hệ thống đích hoặc xin tăng hạn mức",
        _RETRIED_EN + " after the delay; if it repeats, lower the destination's rate or ask for a larger quota",
    ),
    "later": ErrorEntry(
        "WSO2_{fault}",
        "Cổng API tạm thời không kiểm tra được quyền truy cập",
        "The API gateway cannot check access rights just now",
        "system",
        _RETRIED_VI,
        _RETRIED_EN,
    ),
    "closed": ErrorEntry(
        "WSO2_{fault}",
        "Cổng API đang khóa API {api} hoặc đã chạm giới hạn cứng",
        "The API gateway has closed the API {api} for now, or its hard limit is reached",
        "system",
        _RETRIED_VI + " sau một lúc; nếu kéo dài, hãy hỏi đơn vị vận hành cổng API",
        _RETRIED_EN + " after a while; if it lasts, ask the gateway's operators",
    ),
    "unclear": ErrorEntry(
        "WSO2_{fault}",
        "Cổng API không nối được tới hệ thống cung cấp dịch vụ hoặc bị ngắt giữa chừng ({api})",
        "The API gateway could not reach the provider, or was cut off from it ({api})",
        "system",
        _UNCLEAR_VI,
        _UNCLEAR_EN,
    ),
    "request": ErrorEntry(
        "WSO2_{fault}",
        "Cổng API không nhận vì nội dung quá lớn hoặc gửi quá chậm ({api})",
        "The API gateway turns the call away: the body is too large or came too slowly ({api})",
        "operator",
        "Hãy giảm kích thước tài liệu, hoặc xin tăng giới hạn của API này",
        "Make the document smaller, or ask for a higher limit of this API",
    ),
}
"""The API gateway's faults, by what follows."""

XROAD = {
    "later": ErrorEntry(
        "XROAD_{fault}",
        "Trục tạm thời không chuyển được lời gọi ({fault})",
        "The exchange cannot pass the call on just now ({fault})",
        "system",
        _RETRIED_VI + "; nếu kéo dài, hãy " + _QUOTE_VI,
        _RETRIED_EN + "; if it lasts, " + _QUOTE_EN,
    ),
    "right": ErrorEntry(
        "XROAD_{fault}",
        "Trục từ chối: đơn vị chưa được phép hoặc dịch vụ không có ({fault})",
        "The exchange says no: not allowed, or no such service ({fault})",
        "operator",
        "Hãy kiểm tra khóa xroad_client, xroad_service, dstcode và quyền được cấp; nếu đúng cả, hãy " + _QUOTE_VI,
        "Check the settings xroad_client, xroad_service, dstcode and the right granted; if all are right, " + _QUOTE_EN,
    ),
    "request": ErrorEntry(
        "XROAD_{fault}",
        "Trục không chấp nhận lời gọi này ({fault})",
        "The exchange does not accept this call ({fault})",
        "operator",
        "Hãy xem câu trả lời được lưu kèm lần gửi và kiểm tra cấu hình road; nếu không rõ, hãy " + _QUOTE_VI,
        "Look at the answer kept with the attempt and check the road's settings; if it stays unclear, " + _QUOTE_EN,
    ),
    "unclear": ErrorEntry(
        "XROAD_{fault}",
        "Trục báo lỗi khi hệ thống cung cấp đang xử lý ({fault})",
        "The exchange reports a failure while the provider was at work ({fault})",
        "system",
        _UNCLEAR_VI + "; nếu lặp lại, hãy " + _QUOTE_VI,
        _UNCLEAR_EN + "; if it repeats, " + _QUOTE_EN,
    ),
}
"""X-Road's own errors, by what follows."""

ROAD = by_code(
    (
        ErrorEntry(
            "XROAD_INCONSISTENT",
            "Câu trả lời mang mã hoặc tên dịch vụ khác với lời gọi nên không được dùng",
            "The answer carries an id or a service other than the call's, so it is not used",
            "system",
            _UNCLEAR_VI + "; nếu lặp lại, hãy báo đơn vị vận hành trục",
            _UNCLEAR_EN + "; if it repeats, tell the exchange's operators",
        ),
        ErrorEntry(
            "XROAD_CERTIFICATE",
            "Máy chủ bảo mật của trục đòi chứng thư máy khách",
            "The exchange's security server demands a client certificate",
            "operator",
            "Hãy đổi kiểu kết nối của đơn vị trên máy chủ đó, hoặc gọi qua máy chủ trung gian có chứng thư",
            "Change the client's connection type on that server, or call through a proxy that holds the certificate",
        ),
        ErrorEntry(
            "CREDENTIALS_REFUSED",
            "Cổng API hoặc LGSP không chấp nhận khóa của đơn vị khi lấy token",
            "The API gateway or LGSP refused our keys when asked for a token",
            "operator",
            "Hãy kiểm tra khóa consumer_key, consumer_secret (hoặc năm giá trị của LGSP) và token_url",
            "Check consumer_key and consumer_secret (or the LGSP's five values) and token_url",
        ),
        ErrorEntry(
            "TOKEN_UNCLEAR",
            "Câu trả lời khi lấy token không có token",
            "The answer to the request for a token holds none",
            "system",
            _RETRIED_VI + "; nếu kéo dài, hãy kiểm tra khóa token_url",
            _RETRIED_EN + "; if it lasts, check the setting token_url",
        ),
        ErrorEntry(
            "RELAY_{fault}",
            "LGSP báo lỗi khi chuyển tiếp (mã {fault})",
            "The LGSP reports a failure of its own while relaying (code {fault})",
            "system",
            _UNCLEAR_VI + "; nếu lặp lại, hãy báo đơn vị vận hành LGSP",
            _UNCLEAR_EN + "; if it repeats, tell the LGSP's operators",
        ),
    )
)
"""What a road can report besides."""
