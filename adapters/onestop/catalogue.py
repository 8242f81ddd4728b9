"""Every failure on the way to a client: what it means, who can fix it and how, in both languages.

No text quotes an answer, an address or a secret.
"""

from __future__ import annotations

from adapters.transport.entries import ErrorEntry, by_code
from adapters.transport.failures import status_entry
from adapters.transport.texts import TEXTS

_REJECTED_VI = (
    "Hãy xem câu trả lời được lưu kèm lần gửi và báo đơn vị phát triển hệ thống một cửa; sửa xong thì gửi lại"
)
_REJECTED_EN = "Look at the answer kept with the attempt and tell its developers; replay once it is mended"
_RETRIED_VI = "Cổng tích hợp sẽ tự gửi lại"
_RETRIED_EN = "The gateway tries again by itself"

CATALOGUE = by_code(
    (
        *TEXTS.values(),
        ErrorEntry(
            "HTTP_400",
            "Hệ thống một cửa không đọc được sự kiện (HTTP 400)",
            "The one-stop system cannot read the event (HTTP 400)",
            "operator",
            _REJECTED_VI,
            _REJECTED_EN,
        ),
        ErrorEntry(
            "HTTP_422",
            "Hệ thống một cửa không chấp nhận nội dung sự kiện (HTTP 422)",
            "The one-stop system does not accept the event's content (HTTP 422)",
            "operator",
            _REJECTED_VI,
            _REJECTED_EN,
        ),
        ErrorEntry(
            "HTTP_401",
            "Hệ thống một cửa không nhận chữ ký của cổng (HTTP 401)",
            "The one-stop system does not accept our signature (HTTP 401)",
            "operator",
            "Hãy so bí mật whsec_ ở hai bên và đồng hồ hai máy (lệch quá 5 phút là bị từ chối)",
            "Compare the whsec_ secret on both sides, and both clocks (more than 5 minutes apart is refused)",
        ),
        ErrorEntry(
            "HTTP_403",
            "Hệ thống một cửa cấm lời gọi của cổng (HTTP 403)",
            "The one-stop system forbids our call (HTTP 403)",
            "operator",
            "Hãy kiểm tra bí mật whsec_ ở hai bên và việc cho phép địa chỉ IP của cổng",
            "Check the whsec_ secret on both sides and whether the gateway's IP address is let in",
        ),
        ErrorEntry(
            "HTTP_404",
            "Địa chỉ nhận sự kiện không tồn tại (HTTP 404)",
            "There is nothing at the registered address (HTTP 404)",
            "operator",
            "Hãy sửa url trong replies của máy khách",
            "Correct url in the client's replies",
        ),
        ErrorEntry(
            "HTTP_405",
            "Địa chỉ đã đăng ký không nhận POST (HTTP 405)",
            "The registered address takes no POST (HTTP 405)",
            "operator",
            "Hãy sửa url trong replies của máy khách",
            "Correct url in the client's replies",
        ),
        ErrorEntry(
            "HTTP_410",
            "Hệ thống một cửa báo không nhận sự kiện ở địa chỉ này nữa (HTTP 410)",
            "The one-stop system says: send no more events to this address (HTTP 410)",
            "operator",
            "Hãy hỏi đơn vị đó; đặt url mới, hoặc mode = poll, rồi cho đích chạy lại",
            "Ask them; set a new url, or mode = poll, then resume the destination",
        ),
        ErrorEntry(
            "UNROUTABLE",
            "RabbitMQ không có hàng đợi nào nhận sự kiện của máy khách",
            "No queue of the broker takes this client's events",
            "operator",
            "Hãy khai báo hàng đợi của máy khách và gắn vào lienthong.replies với khóa <client>.#, hoặc đặt "
            "queue.declare = true. " + _RETRIED_VI,
            "Declare the client's queue and bind it to lienthong.replies by <client>.#, or set queue.declare = true. "
            + _RETRIED_EN,
        ),
        ErrorEntry(
            "QUEUE_FULL",
            "RabbitMQ không nhận sự kiện: hàng đợi của máy khách đã đầy hoặc đang hỏng",
            "The broker did not take the event: the client's queue is full or out of order",
            "operator",
            "Hãy xem máy khách có còn đọc hàng đợi không, hoặc tăng queue.max_length. " + _RETRIED_VI,
            "See whether the client still reads its queue, or raise queue.max_length. " + _RETRIED_EN,
        ),
        ErrorEntry(
            "BROKER_LOGIN",
            "RabbitMQ không chấp nhận tài khoản",
            "The broker refused the login",
            "operator",
            "Hãy kiểm tra tài khoản và mật khẩu trong broker_url",
            "Check account and password in broker_url",
        ),
        ErrorEntry(
            "BROKER_RIGHTS",
            "Tài khoản không được dùng vhost, exchange hoặc hàng đợi này của RabbitMQ",
            "The account may not use this vhost, exchange or queue of the broker",
            "operator",
            "Hãy cấp quyền configure và write trên lienthong.replies và lienthong.replies.<client>, hoặc sửa vhost",
            "Grant configure and write on lienthong.replies and lienthong.replies.<client>, or correct the vhost",
        ),
        ErrorEntry(
            "BROKER_TOPOLOGY",
            "Exchange hoặc hàng đợi đã có trên RabbitMQ nhưng khác loại hoặc khác giới hạn",
            "The exchange or queue exists at the broker with another kind or other limits",
            "operator",
            "Hãy đặt lại queue.ttl và queue.max_length như cũ, hoặc chờ hàng đợi cạn rồi xóa nó; cổng sẽ khai báo lại",
            "Set queue.ttl and queue.max_length as they were, or delete the queue once empty; it is declared anew",
        ),
        ErrorEntry(
            "UNKNOWN_OPERATION",
            "Máy khách nhận trả lời theo cách khác với lượt gửi này",
            "The client hears from us in another way than this delivery wants",
            "operator",
            "Hãy xem mode trong replies của máy khách, rồi gửi lại hoặc hủy",
            "Look at mode in the client's replies, then replay or discard",
        ),
        ErrorEntry(
            "EVENT_INCOMPLETE",
            "Sự kiện thiếu thuộc tính CloudEvents hoặc nội dung",
            "The event lacks a CloudEvents attribute or its content",
            "operator",
            "Đây là lỗi của cổng; hãy báo nhà phát triển kèm mã lượt gửi",
            "This is a fault of the gateway; report it with the delivery's id",
        ),
    )
)


def entry(code: str) -> ErrorEntry | None:
    """The catalogue's word on a code as it stands in the ledger, or None: its own, else an HTTP status by its group."""
    status = code.removeprefix("HTTP_")
    if code not in CATALOGUE and status != code and len(status) == 3 and status.isascii() and status.isdigit():
        return status_entry(int(status))
    return CATALOGUE.get(code)
