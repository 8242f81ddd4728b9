"""The ways around: what there is, in groups, with the keys that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.console.asking import Role, Visitor
from gateway.console.rendering import ROOT
from gateway.console.words import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """One way; `key` is typed after "g"."""

    path: str
    words: Words
    key: str = ""
    role: Role = "viewer"

    @property
    def address(self) -> str:
        return ROOT + self.path


@dataclass(frozen=True, slots=True)
class Group:
    words: Words
    entries: Sequence[Entry]


MENU: tuple[Group, ...] = (
    Group(
        Words("Theo dõi", "Watch"),
        (
            Entry("", Words("Bảng", "Board"), "b"),
            Entry("/messages", Words("Thông điệp", "Messages"), "m"),
            Entry("/deliveries", Words("Lượt gửi", "Deliveries"), "d"),
            Entry("/indicators", Words("Bộ chỉ số", "Indicators"), "i"),
            Entry("/tail", Words("Trực tiếp", "Live tail"), "l"),
        ),
    ),
    Group(
        Words("Xử lý", "Act"),
        (
            Entry("/groups", Words("Nhóm lỗi", "Failure groups"), "f"),
            Entry("/deliveries?state=uncertain", Words("Chưa rõ", "Uncertain"), "u"),
            Entry("/replays", Words("Đợt gửi lại", "Replays"), "r"),
            Entry("/reconciliations", Words("Đối soát", "Reconciliation"), "o"),
        ),
    ),
    Group(
        Words("Sổ sách", "Records"),
        (
            Entry("/balance", Words("Sổ", "Books"), "s"),
            Entry("/charts", Words("Biểu đồ", "Charts"), "c"),
            Entry("/codes", Words("Danh mục mã", "Code lists")),
            Entry("/unmapped", Words("Mã chưa có ánh xạ", "Unmapped codes")),
            Entry("/mappings", Words("Bảng dịch", "Mappings")),
            Entry("/bench", Words("Bàn thử bảng dịch", "Mappings bench"), "t", "operator"),
            Entry("/system", Words("Hệ thống", "System"), "h"),
            Entry("/users", Words("Người dùng", "Users"), role="administrator"),
            Entry("/clients", Words("Hệ thống gửi", "Clients"), role="administrator"),
            Entry("/audit", Words("Nhật ký kiểm toán", "Audit trail"), role="administrator"),
        ),
    ),
)


def menu(visitor: Visitor | None) -> list[Group]:
    """What somebody may go to."""
    if visitor is None:
        return []
    shown = (Group(one.words, [each for each in one.entries if visitor.has(each.role)]) for one in MENU)
    return [one for one in shown if one.entries]
