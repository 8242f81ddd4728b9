"""Users: who may sign in, and what administrators do about them. The same operations as `/v1/users`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from gateway.console.asking import Answer, Asked, Role, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Sheet, at, said
from gateway.console.words import ROLE_NAMES, Words
from gateway.errors import NotFoundError
from gateway.message import ROLES

_OFF = Words("đã ngưng", "disabled")
_HEADS = (
    Words("Tên", "Name"),
    Words("Vai trò", "Role"),
    Words("Tình trạng", "State"),
    Words("Khoá đến", "Locked until"),
    Words("Đăng nhập gần nhất", "Signed in last"),
)


def ways(parts: Parts) -> tuple[Way, ...]:
    """The list, a user, and what may be done."""
    users = _Users(parts)
    return (
        Way("GET", "/users", users.listed, "administrator"),
        Way("POST", "/users", users.add, "administrator"),
        Way("GET", "/users/{name}", users.one, "administrator"),
        Way("POST", "/users/{name}/role", users.role, "administrator"),
        Way("POST", "/users/{name}/disable", users.disable, "administrator"),
        Way("POST", "/users/{name}/enable", users.enable, "administrator"),
        Way("POST", "/users/{name}/password", users.password, "administrator"),
        Way("POST", "/users/{name}/sessions/end", users.end_sessions, "administrator"),
    )


class _Users:
    def __init__(self, parts: Parts) -> None:
        self._users = parts.users

    async def listed(self, _: Asked) -> Page:
        rows = [
            [
                Cell(one["name"], address("users", one["name"])),
                said(ROLE_NAMES[one["role"]]),
                Cell(_OFF, tone="quiet") if one["disabled"] else said(""),
                at(one["locked_until"]),
                at(one["signed_in_at"]),
            ]
            for one in await self._users.users()
        ]
        sheets = [Sheet(Words("Danh sách", "List"), _HEADS, rows)]
        return Page("users/list.html", {"title": Words("Người dùng", "Users"), "sheets": sheets, "roles": ROLES})

    async def one(self, asked: Asked) -> Page:
        name = asked.part("name")
        found = next((one for one in await self._users.users() if one["name"] == name), None)
        if found is None:
            raise NotFoundError(f"Không có người dùng {name}. / There is no user {name}.")
        return Page("users/one.html", {"one": found, "roles": ROLES})

    async def add(self, asked: Asked) -> Answer:
        name, reason = asked.filled.get("name", "").lower(), asked.reason()
        made = await self._users.add(name, _role(asked), asked.visitor.name, reason)
        return _told_once(made)

    async def role(self, asked: Asked) -> web.Response:
        await self._users.set_role(asked.part("name"), _role(asked), asked.visitor.name, asked.reason())
        return _back(asked)

    async def disable(self, asked: Asked) -> web.Response:
        await self._users.set_disabled(asked.part("name"), asked.visitor.name, asked.reason(), disabled=True)
        return _back(asked)

    async def enable(self, asked: Asked) -> web.Response:
        await self._users.set_disabled(asked.part("name"), asked.visitor.name, asked.reason(), disabled=False)
        return _back(asked)

    async def password(self, asked: Asked) -> Answer:
        return _told_once(await self._users.set_password(asked.part("name"), asked.visitor.name, asked.reason()))

    async def end_sessions(self, asked: Asked) -> web.Response:
        await self._users.end_sessions(asked.part("name"), asked.visitor.name, asked.reason())
        return _back(asked)


def _told_once(made: dict[str, Any]) -> Page:
    """The password in the answer of the form that made it, and under no address."""
    values = {
        "title": Words("Mật khẩu mới", "The new password"),
        "name": made["name"],
        "secret": made["password"],
        "then": Words(
            "Đưa cho người ấy bằng đường riêng; lần đăng nhập đầu họ phải đổi.",
            "Hand it over by a way of its own; at the first sign-in they must change it.",
        ),
        "back": address("users", made["name"]),
    }
    return Page("secret.html", values)


def _role(asked: Asked) -> Role:
    role = asked.filled.get("role", "")
    if role not in ROLES:
        raise Unfit("Hãy chọn một vai trò. / Choose a role.")
    return role


def _back(asked: Asked) -> web.Response:
    """To the user; whoever did something about themselves has no session any more, and is asked who they are."""
    return see(address("users", asked.part("name"), said="steered"))
