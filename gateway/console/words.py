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
    tone: str
    meaning: Words


S = DeliveryState
OPEN_STATES = "open"
"""Stands for all open states together, in counts and in addresses."""

STATES: Mapping[str, State] = {
    OPEN_STATES: State(
        "Đang mở",
        "busy",
        Words("Chưa xong: đang giữ, đến lượt, đang gửi, hẹn gửi lại hoặc chưa rõ.",
              "Not finished: held, pending, delivering, waiting or uncertain."),
    ),
    S.HELD: State(
        "Đang giữ",
        "busy",
        Words("Chờ lượt gửi trước của cùng hồ sơ xong; xem hồ sơ để biết đang chờ gì.",
              "An earlier delivery of the same dossier is not finished; the dossier shows which."),
    ),
    S.PENDING: State("Đến lượt", "busy", Words("Sẽ được gửi ngay.", "Due; goes out next.")),
    S.DELIVERING: State("Đang gửi", "busy", Words("Một lần gửi đang diễn ra.", "An attempt is under way.")),
    S.WAITING: State(
        "Hẹn gửi lại",
        "wait",
        Words("Chưa gửi được; trục tự gửi lại vào giờ đã hẹn.",
              "Failed for now; the gateway tries again by itself at the time shown."),
    ),
    S.UNCERTAIN: State(
        "Chưa rõ",
        "doubt",
        Words("Đã gửi mà không có trả lời rõ: có thể bên kia đã nhận. Hãy xem bên kia đã có chưa rồi chọn.",
              "Sent without a clear answer: it may have been taken. Look on the other side, then choose."),
    ),
    S.DELIVERED: State("Đã nhận", "good", Words("Nơi nhận đã nhận.", "The system took it.")),
    S.REFUSED: State(
        "Bị từ chối",
        "refused",
        Words("Nơi nhận hiểu và trả lời không; người gửi đã được báo để sửa và gửi bản mới.",
              "The system understood and said no; the sender was told, corrects it and sends anew."),
    ),
    S.DEAD: State(
        "Dừng hẳn",
        "bad",
        Words("Thử nữa vô ích. Sửa nguyên nhân rồi ./run replay, hoặc chờ bản mới của hồ sơ, hoặc ./run discard.",
              "No retry can help. Mend the cause and ./run replay, or let a newer snapshot come, or ./run discard."),
    ),
    S.SUPERSEDED: State(
        "Bản mới thay", "quiet", Words("Một bản mới của hồ sơ làm nó không cần nữa.", "A newer snapshot replaced it.")
    ),
    S.CANCELLED: State(
        "Đã huỷ", "quiet", Words("Người vận hành đã huỷ, có lý do.", "An operator discarded it, with a reason.")
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

TYPES: Mapping[str, Words] = {
    f"{TYPE_PREFIX}dossier.recorded.v1": Words("Hồ sơ được ghi nhận", "Dossier recorded"),
    f"{TYPE_PREFIX}dossier.progressed.v1": Words("Tiến độ hồ sơ", "Dossier progressed"),
    f"{TYPE_PREFIX}dossier.synchronised.v1": Words("Trả lời: đã đồng bộ", "Answer: synchronised"),
    f"{TYPE_PREFIX}dossier.refused.v1": Words("Trả lời: bị từ chối", "Answer: refused"),
}
"""Message type -> words; a type not named here is shown as it is written."""

_DESTINATIONS: Mapping[str, Words] = {
    "national_portal": Words("Cổng Dịch vụ công Quốc gia", "National Public Service Portal"),
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


def number(count: int) -> str:
    """A count with a narrow space every three digits, which neither language reads as a decimal sign."""
    return f"{count:,}".replace(",", "\u202f")
