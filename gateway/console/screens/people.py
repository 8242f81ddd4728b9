"""Who may do what: users, sending systems, the audit trail. For administrators; changed by command or API."""

from __future__ import annotations

import re

from gateway.console.asking import Asked, Way
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Sheet, at, code, said
from gateway.console.words import ROLE_NAMES, Words
from gateway.operations.users import UserOperations

_SIZE = 100
_PAGES = 20
"""Pages of entries that one search looks through."""


def ways(parts: Parts) -> tuple[Way, ...]:
    """The lists."""
    people = _People(parts)
    return (
        Way("GET", "/users", people.users, "administrator"),
        Way("GET", "/clients", people.clients, "administrator"),
        Way("GET", "/audit", people.audit, "administrator"),
    )


class _People:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def users(self, _: Asked) -> Page:
        known = await UserOperations(self._parts.ledger).users()
        off = Words("đã ngưng", "disabled")
        rows = [
            [
                code(one["name"]),
                said(ROLE_NAMES[one["role"]]),
                Cell(off, tone="quiet") if one["disabled"] else said(""),
                at(one["locked_until"]),
                at(one["signed_in_at"]),
            ]
            for one in known
        ]
        heads = (Words("Tên", "Name"), Words("Vai trò", "Role"), Words("Tình trạng", "State"),
                 Words("Khoá đến", "Locked until"), Words("Đăng nhập gần nhất", "Signed in last"))  # fmt: skip
        lead = Words(
            "Thêm, đổi vai trò, đặt mật khẩu: lienthong user, hoặc /v1/users.",
            "To add, change roles or set passwords: lienthong user, or /v1/users.",
        )
        return Page("sheets.html", {"title": Words("Người dùng", "Users"), "lead": lead,
                                    "sheets": [Sheet(Words("Danh sách", "List"), heads, rows)]})  # fmt: skip

    async def clients(self, _: Asked) -> Page:
        known = await self._parts.clients.clients()
        rows = [
            [
                code(str(one["name"])),
                code(", ".join(one["sources"]) or "*"),
                code(", ".join(one["agencies"]) or "*"),
                said(one["rate"]),
                said(one["reply_mode"]),
                said(sum(bool(key["in_force"]) for key in one["keys"])),
                at(max((key["used_at"] for key in one["keys"] if key["used_at"]), default=None)),
            ]
            for one in known
        ]
        heads = (Words("Hệ thống gửi", "Client"), Words("Nguồn", "Sources"), Words("Cơ quan", "Agencies"),
                 Words("Tốc độ", "Rate"), Words("Nhận trả lời", "Answers by"), Words("Khoá đang dùng", "Keys in force"),
                 Words("Dùng gần nhất", "Used last"))  # fmt: skip
        lead = Words("Thêm, xoay, thu hồi khoá: lienthong client, hoặc /v1/clients.",
                     "To add, rotate or revoke: lienthong client, or /v1/clients.")  # fmt: skip
        return Page("sheets.html", {"title": Words("Hệ thống gửi", "Clients"), "lead": lead,
                                    "sheets": [Sheet(Words("Danh sách", "List"), heads, rows)]})  # fmt: skip

    async def audit(self, asked: Asked) -> Page:
        """Newest first; a search walks a bounded number of entries and says where to go on."""
        sought = {name: asked.query(name) for name in ("actor", "action", "target")}
        cursor = asked.query("cursor") or None
        if cursor is not None and not re.fullmatch(r"\d{1,18}", cursor):
            return Page("problems/bad_filter.html", status=422)
        found: list[dict[str, object]] = []
        for _ in range(_PAGES):
            page = await self._parts.ledger.audit_page(cursor, _SIZE)
            found += [one for one in page["items"] if all(value in str(one[name]) for name, value in sought.items())]
            cursor = page["next"]
            if cursor is None or len(found) >= _SIZE or not any(sought.values()):
                break
        failed = Words("bị từ chối", "refused")
        rows = [
            [
                at(str(one["at"])),
                code(str(one["actor"])),
                code(str(one["action"])),
                code(str(one["target"])),
                said("") if one["ok"] else Cell(failed, tone="bad"),
                said(str(one["reason"])),
            ]
            for one in found
        ]
        heads = (Words("Lúc", "At"), Words("Ai", "Who"), Words("Làm gì", "What"), Words("Với gì", "On what"),
                 Words("Kết quả", "Result"), Words("Lý do", "Reason"))  # fmt: skip
        values = {
            "title": Words("Nhật ký kiểm toán", "Audit trail"),
            "sheets": [Sheet(Words("Danh sách", "List"), heads, rows)],
            "sought": sought,
            "next": address("audit", **sought, cursor=cursor) if cursor else None,
        }
        return Page("audit.html", values)
