"""The audit trail, newest first, narrowed by who, what and on what. For administrators."""

from __future__ import annotations

import re

from gateway.console.asking import Asked, Way
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Sheet, at, code, said
from gateway.console.words import Words

_SIZE = 100
_PAGES = 20
"""Pages of entries that one search looks through."""


def ways(parts: Parts) -> tuple[Way, ...]:
    """The list."""
    return (Way("GET", "/audit", _Audit(parts).audit, "administrator"),)


class _Audit:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

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
