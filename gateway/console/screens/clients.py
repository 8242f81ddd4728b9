"""Sending systems and their keys: what they may send, new ones, rotating, revoking. The operations of `/v1/clients`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from aiohttp import web

from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Sheet, at, code, said
from gateway.console.words import TYPES, Words
from gateway.errors import NotFoundError
from gateway.ledger.clients.port import NewClient

KEEPS = {"0": timedelta(0), "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7),
         "30d": timedelta(days=30)}  # fmt: skip
"""How long the keys before a rotation may still count."""
_MOST = 1_000_000
_FORM = 1 << 20
"""Lists of two hundred long words, several of them."""
_HEADS = (
    Words("Hệ thống gửi", "Client"), Words("Nguồn", "Sources"), Words("Cơ quan", "Agencies"),
    Words("Tốc độ", "Rate"), Words("Nhận trả lời", "Answers by"), Words("Khoá đang dùng", "Keys in force"),
    Words("Dùng gần nhất", "Used last"),
)  # fmt: skip


def ways(parts: Parts) -> tuple[Way, ...]:
    """The list, a client, and what may be done."""
    clients = _Clients(parts)
    return (
        Way("GET", "/clients", clients.listed, "administrator"),
        Way("POST", "/clients", clients.add, "administrator", _FORM),
        Way("GET", "/clients/{name}", clients.one, "administrator"),
        Way("POST", "/clients/{name}/rotate", clients.rotate, "administrator"),
        Way("POST", "/clients/{name}/revoke", clients.revoke, "administrator"),
    )


class _Clients:
    """What is changed counts at once in this process, and in every other within two seconds."""

    def __init__(self, parts: Parts) -> None:
        self._clients = parts.clients
        self._learn = parts.learn_clients

    async def listed(self, _: Asked) -> Page:
        rows = [
            [
                Cell(str(one["name"]), address("clients", str(one["name"]))),
                code(", ".join(one["sources"]) or "*"),
                code(", ".join(one["agencies"]) or "*"),
                said(one["rate"]),
                said(one["reply_mode"]),
                said(sum(bool(key["in_force"]) for key in one["keys"])),
                at(max((key["used_at"] for key in one["keys"] if key["used_at"]), default=None)),
            ]
            for one in await self._clients.clients()
        ]
        sheets = [Sheet(Words("Danh sách", "List"), _HEADS, rows)]
        values = {"title": Words("Hệ thống gửi", "Clients"), "sheets": sheets, "types": sorted(TYPES)}
        return Page("clients/list.html", values)

    async def one(self, asked: Asked) -> Page:
        name = asked.part("name")
        found = next((one for one in await self._clients.clients() if one["name"] == name), None)
        if found is None:
            raise NotFoundError(f"Không có hệ thống gửi {name}. / There is no client {name}.")
        return Page("clients/one.html", {"one": found, "keeps": list(KEEPS)})

    async def add(self, asked: Asked) -> Answer:
        client = NewClient(
            asked.filled.get("name", ""),
            _listed(asked, "sources"),
            _listed(asked, "agencies"),
            _listed(asked, "types"),
            rate=_number(asked, "rate"),
            burst=int(_number(asked, "burst")),
            amqp_user=asked.filled.get("amqp_user", "")[:255],
        )
        made = await self._clients.add(client, asked.visitor.name, asked.reason())
        await self._learn()
        return _told_once(made)

    async def rotate(self, asked: Asked) -> Answer:
        keep = KEEPS.get(asked.filled.get("keep", ""))
        if keep is None:
            raise Unfit("Hãy chọn khoá cũ còn dùng bao lâu. / Choose for how long the old keys still count.")
        made = await self._clients.rotate(asked.part("name"), keep, asked.visitor.name, asked.reason())
        await self._learn()
        return _told_once(made)

    async def revoke(self, asked: Asked) -> web.Response:
        """One key, or the client whatever it shows. Which of them is said, so that no empty field revokes all."""
        what, key = asked.filled.get("what", ""), asked.filled.get("key", "")
        if (what, bool(key)) not in {("key", True), ("client", False)}:
            raise Unfit("Hãy chọn khoá cần thu hồi. / Choose which key is revoked.")
        await self._clients.revoke(asked.part("name"), key, asked.visitor.name, asked.reason())
        await self._learn()
        return see(address("clients", asked.part("name"), said="steered"))


def _told_once(made: dict[str, Any]) -> Page:
    """The key in the answer of the form that made it, and under no address."""
    values = {
        "title": Words("Khoá mới", "The new key"),
        "name": made["name"],
        "secret": made["key"],
        "then": Words(
            "Đưa cho đơn vị vận hành hệ thống ấy bằng đường riêng; trục chỉ giữ mã băm.",
            "Hand it to whoever runs that system by a way of its own; the gateway keeps only its hash.",
        ),
        "back": address("clients", made["name"]),
    }
    return Page("secret.html", values)


def _listed(asked: Asked, name: str) -> tuple[str, ...]:
    """Words with blanks, commas or lines between them."""
    found = tuple(filter(None, re.split(r"[\s,;]+", asked.filled.get(name, ""))))
    if len(found) > 200 or any(len(one) > 300 for one in found):
        raise Unfit("Danh sách quá dài: tối đa 200 mục. / The list is too long: 200 at most.")
    return found


def _number(asked: Asked, name: str) -> float:
    """A whole number; none: 0, which is no limit of its own."""
    text = asked.filled.get(name, "") or "0"
    if not re.fullmatch("[0-9]{1,7}", text) or int(text) > _MOST:
        raise Unfit(f"Hãy nhập số nguyên từ 0 đến {_MOST}. / Enter a whole number from 0 to {_MOST}.")
    return float(text)
