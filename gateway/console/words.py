"""The console's words, Vietnamese first: states, modes, outcomes, message types, and what each asks one to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.message import TYPE_PREFIX, DeliveryState


class Words(NamedTuple):
    """The same thing said in both languages."""

    vi: str
    en: str


class State(NamedTuple):
    """How a state is shown: its name, its tone (a colour, never without the name) and what it means."""

    vi: str
    en: str
    tone: str
    meaning: Words


S = DeliveryState
OPEN_STATES = "open"
"""Stands for all open states together, in counts and in addresses."""

STATES: Mapping[str, State] = {
    OPEN_STATES: State(
        "Đang mở",
        "Open",
        "busy",
        Words("Chưa xong: đang giữ, đến lượt, đang gửi, hẹn gửi lại hoặc chưa rõ.",
              "Not finished: held, pending, delivering, waiting or uncertain."),
    ),
    S.HELD: State(
        "Đang giữ",
        "Held",
        "busy",
        Words("Chờ lượt gửi trước của cùng hồ sơ xong; xem hồ sơ để biết đang chờ gì.",
              "An earlier delivery of the same dossier is not finished; the dossier shows which."),
    ),
    S.PENDING: State("Đến lượt", "Pending", "busy", Words("Sẽ được gửi ngay.", "Due; goes out next.")),
    S.DELIVERING: State(
        "Đang gửi", "Delivering", "busy", Words("Một lần gửi đang diễn ra.", "An attempt is under way.")
    ),
    S.WAITING: State(
        "Hẹn gửi lại",
        "Waiting",
        "wait",
        Words("Chưa gửi được; trục tự gửi lại vào giờ đã hẹn.",
              "Failed for now; the gateway tries again by itself at the time shown."),
    ),
    S.UNCERTAIN: State(
        "Chưa rõ",
        "Uncertain",
        "doubt",
        Words("Đã gửi mà không có trả lời rõ: có thể bên kia đã nhận. Hãy xem bên kia đã có chưa rồi chọn.",
              "Sent without a clear answer: it may have been taken. Look on the other side, then choose."),
    ),
    S.DELIVERED: State("Đã nhận", "Delivered", "good", Words("Nơi nhận đã nhận.", "The system took it.")),
    S.REFUSED: State(
        "Bị từ chối",
        "Refused",
        "refused",
        Words("Nơi nhận hiểu và trả lời không; người gửi đã được báo để sửa và gửi bản mới.",
              "The system understood and said no; the sender was told, corrects it and sends anew."),
    ),
    S.DEAD: State(
        "Dừng hẳn",
        "Dead",
        "bad",
        Words("Thử nữa vô ích. Sửa nguyên nhân rồi gửi lại, hoặc chờ bản mới của hồ sơ, hoặc huỷ.",
              "No retry can help. Mend the cause and replay, or let a newer snapshot come, or discard."),
    ),
    S.SUPERSEDED: State(
        "Bản mới thay",
        "Superseded",
        "quiet",
        Words("Một bản mới của hồ sơ làm nó không cần nữa.", "A newer snapshot replaced it."),
    ),
    S.CANCELLED: State(
        "Đã huỷ",
        "Cancelled",
        "quiet",
        Words("Người vận hành đã huỷ, có lý do.", "An operator discarded it, with a reason."),
    ),
}  # fmt: skip

MODES: Mapping[str, tuple[Words, Words]] = {
    "sandbox": (
        Words("Mô phỏng", "Sandbox"),
        Words("gửi tới bản mô phỏng, không gì tới hệ thống thật", "sent to a simulator, nothing reaches a real system"),
    ),
    "shadow": (
        Words("Chạy bóng", "Shadow"),
        Words("dịch và kiểm tra, không gửi gì", "maps and checks, sends nothing"),
    ),
    "hold": (
        Words("Giữ lại", "Hold"),
        Words("nhận và giữ trong sổ, không gửi gì", "takes and keeps, sends nothing"),
    ),
    "live": (Words("Thật", "Live"), Words("gửi tới hệ thống thật", "sent to the real system")),
}
"""Mode of a destination -> its name, and what happens to what is sent there."""

OUTCOMES: Mapping[str, tuple[Words, str]] = {
    "ok": (Words("Đã xong", "done"), "good"),
    "open": (Words("Chưa xong", "open"), "busy"),
    "refused": (Words("Bị từ chối", "refused"), "refused"),
    "attention": (Words("Cần người xem", "needs a person"), "bad"),
}
"""Outcome of a message -> words and tone."""

ATTEMPTS: Mapping[str, tuple[Words, str]] = {
    S.DELIVERED: (Words("Đã nhận", "taken"), "good"),
    S.WAITING: (Words("Chưa được, hẹn gửi lại", "not yet, will try again"), "wait"),
    S.UNCERTAIN: (Words("Không có trả lời rõ", "no clear answer"), "doubt"),
    S.REFUSED: (Words("Bị từ chối", "refused"), "refused"),
    S.DEAD: (Words("Dừng hẳn", "dead"), "bad"),
    "shadow": (Words("Chạy bóng, không gửi gì", "shadow, nothing was sent"), "quiet"),
    "returned": (Words("Nơi nhận đang ngừng, không tính lần thử", "destination stopped, no try used"), "wait"),
}
"""How an attempt ended (the name of its decision) -> words and tone."""

FAULTS: Mapping[str, Words] = {
    "transient": Words("tạm thời", "transient"),
    "uncertain": Words("không rõ", "uncertain"),
    "refused": Words("bị từ chối", "refused"),
    "permanent": Words("không tự hết", "permanent"),
    "mapping": Words("bảng dịch", "mapping"),
    "unclassified": Words("chưa phân loại", "unclassified"),
    "shadow": Words("chạy bóng", "shadow"),
}
"""Class of an error -> words."""

_TYPES: Mapping[str, Words] = {
    "dossier.recorded": Words("Hồ sơ được ghi nhận", "Dossier recorded"),
    "dossier.progressed": Words("Tiến độ hồ sơ", "Dossier progressed"),
    "dossier.synchronised": Words("Trả lời: đã đồng bộ", "Answer: synchronised"),
    "dossier.refused": Words("Trả lời: bị từ chối", "Answer: refused"),
    "dossier.filed_nationally": Words("Hồ sơ nộp trên Cổng quốc gia", "Filed on the national portal"),
    "dossier.looked_up": Words("Trả lời: hồ sơ trên Cổng", "Answer: dossier on the portal"),
    "payment.requested": Words("Yêu cầu thanh toán", "Payment requested"),
    "payment.opened": Words("Trả lời: đã mở thanh toán", "Answer: payment opened"),
    "payment.not_opened": Words("Trả lời: chưa mở được thanh toán", "Answer: payment not opened"),
    "payment.settled": Words("Kết quả thanh toán", "Payment settled"),
    "payment.watch_requested": Words("Hỏi kết quả thanh toán", "Payment watched"),
    "payment.queried": Words("Trả lời: tình trạng thanh toán", "Answer: payment queried"),
    "payment.receipt_requested": Words("Xin biên lai", "Receipt requested"),
    "payment.receipt_issued": Words("Trả lời: biên lai", "Answer: receipt issued"),
    "payment.payable_requested": Words("Hỏi khoản phải nộp", "Payable asked for"),
    "payment.payable": Words("Trả lời: khoản phải nộp", "Answer: payable"),
    "payment.refused": Words("Trả lời: thanh toán bị từ chối", "Answer: payment refused"),
    "citizen.lookup_requested": Words("Tra cứu công dân", "Citizen look-up"),
    "citizen.found": Words("Trả lời: có công dân", "Answer: citizen found"),
    "citizen.not_found": Words("Trả lời: không có công dân", "Answer: citizen not found"),
    "citizen.verified": Words("Trả lời: xác thực công dân", "Answer: citizen verified"),
    "citizen.refused": Words("Trả lời: tra cứu bị từ chối", "Answer: look-up refused"),
    "document.reuse_requested": Words("Tái sử dụng giấy tờ", "Document reuse"),
    "document.listed": Words("Trả lời: danh sách giấy tờ", "Answer: documents listed"),
    "document.provided": Words("Trả lời: có giấy tờ", "Answer: document provided"),
    "document.not_found": Words("Trả lời: không có giấy tờ", "Answer: document not found"),
    "document.refused": Words("Trả lời: giấy tờ bị từ chối", "Answer: document refused"),
    "catalogue.refresh_requested": Words("Lấy lại danh mục", "Catalogue refresh"),
    "catalogue.refreshed": Words("Trả lời: danh mục mới", "Answer: catalogue refreshed"),
}
TYPES: Mapping[str, Words] = {f"{TYPE_PREFIX}{name}.v1": words for name, words in _TYPES.items()}
"""Message type -> words; a type not named here is shown as it is written."""

_DESTINATIONS: Mapping[str, Words] = {
    "national_portal": Words("Cổng Dịch vụ công Quốc gia", "National Public Service Portal"),
    "payment": Words("Nền tảng thanh toán", "Payment platform"),
    "citizen_db": Words("CSDL quốc gia về dân cư", "National population database"),
    "ndxp": Words("Nền tảng chia sẻ dữ liệu NDXP", "Data exchange platform NDXP"),
}
_ANSWERS = "onestop/"

OPERATIONS: Mapping[str, Words] = {
    "poll": Words("giữ sẵn để người gửi hỏi", "kept until the sender asks"),
    "import": Words("đã có từ hệ thống trước, xác nhận khi nạp", "there before, confirmed at import"),
}
"""Operation of our own -> words; those of the national systems are shown by their own names."""


def is_for_answers(destination: str) -> bool:
    """Whether a destination is a client that gets its answers there, rather than a national system."""
    return destination.startswith(_ANSWERS)


def destination_words(destination: str) -> Words:
    """A destination's name as people say it; one not named here goes by its own."""
    if is_for_answers(destination):
        client = destination.removeprefix(_ANSWERS)
        return Words(f"Trả lời cho {client}", f"Answers to {client}")
    return _DESTINATIONS.get(destination, Words(destination, destination))


def type_words(name: str) -> Words:
    """A message type as people say it."""
    short = name.removeprefix(TYPE_PREFIX)
    return TYPES.get(name, Words(short, short))


def number(count: int) -> str:
    """A count with a narrow space every three digits, which neither language reads as a decimal sign."""
    return f"{count:,}".replace(",", "\u202f")


STANDINGS: Mapping[str, tuple[Words, str]] = {
    "running": (Words("Đang chạy", "Running"), "good"),
    "paused": (Words("Tạm dừng", "Paused"), "wait"),
    "maintenance": (Words("Bảo trì", "Maintenance"), "wait"),
    "breaker_open": (Words("Ngắt mạch", "Breaker open"), "bad"),
    "told_to_wait": (Words("Nơi nhận xin chờ", "Asked to wait"), "wait"),
    "hold": (Words("Đang giữ", "Holding"), "wait"),
}
"""How a destination stands -> words and tone."""

ROLE_NAMES: Mapping[str, Words] = {
    "viewer": Words("người xem", "viewer"),
    "operator": Words("người vận hành", "operator"),
    "administrator": Words("quản trị viên", "administrator"),
}

SAID: Mapping[str, Words] = {
    "paused": Words("Đã tạm dừng; tin vẫn được nhận và giữ.", "Paused; messages are still taken and kept."),
    "resumed": Words("Đã cho gửi tiếp.", "Resumed."),
    "probed": Words("Đã thử; kết quả ở dưới.", "Probed; the result stands below."),
    "replayed": Words("Đã tạo lượt gửi lại.", "A replay was made."),
    "discarded": Words("Đã huỷ lượt gửi.", "Discarded."),
    "skipped": Words("Làn không còn bị giữ.", "The lane is no longer held."),
    "hurried": Words("Sẽ được thử ngay.", "It is tried now."),
    "decided": Words("Đã ghi lựa chọn.", "The choice was recorded."),
    "noted": Words("Đã ghi.", "Noted."),
    "started": Words("Đã bắt đầu.", "Started."),
    "steered": Words("Đã làm.", "Done."),
    "edited": Words("Bản đã sửa đã được gửi.", "The corrected document was sent."),
    "saved": Words("Đã lưu bộ lọc.", "The view was saved."),
    "dropped": Words("Đã bỏ.", "Dropped."),
    "imported": Words("Đã nhập, có hiệu lực ngay.", "Imported; in force at once."),
    "published": Words("Đã công bố.", "Published."),
}
"""What a page says after something was done; named in its address, so that reloading does nothing again."""

MESSAGE_STATES: Mapping[str, Words] = {
    "accepted": Words("Đang đi", "On its way"),
    "completed": Words("Đã xong", "Completed"),
    "attention": Words("Cần người xem", "Needs a person"),
}
"""State of a message as a whole -> words."""

PAYMENTS: Mapping[str, Words] = {
    "open": Words("Đang chờ", "Open"),
    "paid": Words("Đã trả", "Paid"),
    "failed": Words("Không thành", "Failed"),
    "expired": Words("Hết hạn", "Expired"),
    "void": Words("Chưa mở được", "Never opened"),
}
"""State of a payment -> words."""

QUIET = (S.DELIVERED, S.SUPERSEDED, S.CANCELLED)
"""States in which an error is past."""

JOBS: Mapping[str, tuple[Words, str]] = {
    "running": (Words("Đang chạy", "Running"), "busy"),
    "paused": (Words("Tạm dừng", "Paused"), "wait"),
    "stopped": (Words("Tự dừng", "Stopped by itself"), "bad"),
    "finished": (Words("Đã xong", "Finished"), "good"),
    "cancelled": (Words("Đã huỷ", "Cancelled"), "quiet"),
}
"""State of a replay job -> words and tone."""

ITEMS: Mapping[str, tuple[Words, str]] = {
    "planned": (Words("Chưa đến lượt", "Planned"), "quiet"),
    "sent": (Words("Đang gửi", "Sent"), "busy"),
    "passed": (Words("Đã qua", "Passed"), "good"),
    "failed": (Words("Lại hỏng", "Failed again"), "bad"),
    "needless": (Words("Không cần nữa", "Needless"), "quiet"),
    "left": (Words("Để lại", "Left"), "wait"),
}
"""State of what is on a job's list -> words and tone."""
