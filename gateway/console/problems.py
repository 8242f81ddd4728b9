"""What a page says when there is nothing to show: what happened, and what to check or do."""

from __future__ import annotations

from gateway.console.markup import html, tag
from gateway.console.page import Page, document
from gateway.console.pieces import ROOT, heading, link, paragraph, two
from gateway.console.words import Words


def sign_in() -> str:
    """The only thing that somebody without the password gets; it has no frame and no stylesheet."""
    return document(
        Words("Đăng nhập", "Sign in"),
        tag(
            "main",
            tag("h1", "Liên Thông: cần đăng nhập / ", tag("span", "sign in", lang="en")),
            paragraph(
                Words(
                    "Tên: admin. Mật khẩu: khóa quản trị được ./run in ra khi chạy; nó cũng nằm trong tệp admin.token "
                    "của thư mục dữ liệu, trừ khi cấu hình đã đặt admin_token. Tải lại trang để nhập.",
                    "Name: admin. Password: the admin token that ./run prints when it starts; it also stands in the "
                    "file admin.token in the data folder, unless admin_token is configured. Reload to enter it.",
                )
            ),
            link(("Thử lại / ", tag("span", "Try again", lang="en")), ROOT),
        ),
    )


def no_dossier(code: str) -> Page:
    """No message about such a dossier was ever accepted."""
    return _problem(
        404,
        Words("Không có hồ sơ này", "No such dossier"),
        (
            Words("Mã hồ sơ trong sổ viết như 000.00.16.H46-250310-0001: mã cơ quan, ngày, số. Hãy so từng chữ số.",
                  "Dossier codes read like 000.00.16.H46-250310-0001: agency, date, number. Compare digit by digit."),
            Words("Cách viết cũ và mới của cùng một cơ quan là hai mã khác nhau.",
                  "The old and the new spelling of an agency are two different codes."),
            Words("Nếu mã đúng: hệ thống một cửa chưa gửi, hoặc đã gửi và bị trả lại (4xx); hãy xem nhật ký bên gửi.",
                  "If it is right: the one-stop system has not sent it, or was answered 4xx; see the sender's log."),
        ),
        sought=code,
    )  # fmt: skip


def no_message(message_id: str) -> Page:
    """No message has this id."""
    return _problem(
        404,
        Words("Không có thông điệp này", "No such message"),
        (
            Words("Mã thông điệp là id mà trục trả về cùng 202, không phải id do người gửi đặt.",
                  "A message id is the one answered with 202, not the sender's own id."),
            Words("Nếu chỉ biết mã hồ sơ, hãy tìm bằng mã ấy.", "If you know the dossier code, search for that."),
        ),
        sought=message_id,
    )  # fmt: skip


def no_page() -> Page:
    """Nothing lives at this address."""
    return _problem(
        404,
        Words("Không có trang này", "No such page"),
        (Words("Hãy kiểm tra địa chỉ, hoặc bắt đầu lại từ bảng.", "Check the address, or start from the board."),),
    )


def bad_filter() -> Page:
    """The address asks for a state or a place in a list that cannot be."""
    return _problem(
        422,
        Words("Bộ lọc không đúng", "The filter says nothing"),
        (Words("Hãy chọn lại trạng thái trong danh sách.", "Choose the state in the list again."),),
    )


def looking_only() -> Page:
    """Something other than reading was asked for."""
    return _problem(
        405,
        Words("Trang này chỉ để xem", "This console is for looking"),
        (Words("Muốn gửi lại hay huỷ, hãy dùng ./run replay và ./run discard.",
               "To replay or discard, use ./run replay and ./run discard."),),
    )  # fmt: skip


def ledger_away() -> Page:
    """The ledger does not answer."""
    return _problem(
        503,
        Words("Sổ tạm thời không đọc được", "The ledger cannot be read now"),
        (
            Words("Hãy xem /readyz, chỗ trống của ổ đĩa và nhật ký; rồi tải lại trang.",
                  "Look at /readyz, at the space on the disk and at the log; then reload."),
            Words("Những gì đã được trả lời 202 không mất.", "Nothing that was answered 202 is lost."),
        ),
    )  # fmt: skip


def our_fault() -> Page:
    """A fault of the console itself."""
    return _problem(
        500,
        Words("Lỗi bên trong bảng điều khiển", "A fault inside the console"),
        (
            Words("Lỗi đã được ghi vào nhật ký (console.failed); hãy báo nhà phát triển. Việc nhận và gửi không dừng.",
                  "It was logged (console.failed); tell the developers. Taking and delivering go on."),
        ),
    )  # fmt: skip


def _problem(status: int, title: Words, advice: tuple[Words, ...], sought: str = "") -> Page:
    body = html(
        heading(1, title),
        [paragraph(one) for one in advice],
        tag("p", link(two(Words("Về bảng", "to the board")), ROOT)),
    )
    return Page(title, tag("div", body, class_="problem"), status, sought=sought)
