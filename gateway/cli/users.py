"""Commands about users: who may sign in to the console and the API, in which role. Passwords are never arguments."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason
from gateway.cli.reach_users import UserReach, reach_users
from gateway.cli.words import fail, give, say, table
from gateway.message import ROLES, PersonRole

Name = Annotated[str, typer.Argument(help="Tên đăng nhập, chữ thường / sign-in name, lower case")]
Role = Annotated[str, typer.Option("--role", help="viewer, operator, administrator")]
Generate = Annotated[bool, typer.Option("--generate", help="Tự sinh, hiện một lần / make one up, shown this once")]
_users = typer.Typer(help="Người dùng / users", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_users, name="user")


@_users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Ai đăng nhập được, vai trò gì / who may sign in, in which role."""
    found = _run(lambda users: users.users())
    rows = (
        (one["name"], one["role"], _standing(one), one["signed_in_at"] or "–", "OIDC" if one["elsewhere"] else "")
        for one in found
    )
    columns = ("tên / name", "vai trò / role", "đang / now", "đăng nhập / signed in", "")
    give(found, as_json=as_json, text=table("", columns, rows))


@_users.command("add")
def add(name: Name, role: Role, generate: Generate = False, reason: Reason = "", as_json: AsJson = False) -> None:
    """Thêm người dùng; mật khẩu gõ vào hoặc qua stdin / add one; the password is typed or comes on stdin."""
    wanted = _role(role)
    need_reason(reason)
    password = None if generate else _typed()
    _done(_run(lambda users: users.add(name, wanted, password, reason)), as_json=as_json)


@_users.command("passwd")
def passwd(name: Name, generate: Generate = False, reason: Reason = "user passwd", as_json: AsJson = False) -> None:
    """Đặt lại mật khẩu và mở khóa, cả khi trục không chạy / reset the password and unlock, also offline."""
    password = None if generate else _typed()
    _done(_run(lambda users: users.set_password(name, password, reason)), as_json=as_json)


@_users.command("role")
def set_role(name: Name, role: Role, reason: Reason = "", as_json: AsJson = False) -> None:
    """Đổi vai trò; mọi phiên đang mở kết thúc / change the role; every open session ends."""
    wanted = _role(role)
    need_reason(reason)
    _done(_run(lambda users: users.set_role(name, wanted, reason)), as_json=as_json)


@_users.command("disable")
def disable(name: Name, reason: Reason = "", as_json: AsJson = False) -> None:
    """Không cho đăng nhập nữa / no more signing in."""
    need_reason(reason)
    _done(_run(lambda users: users.set_disabled(name, reason, disabled=True)), as_json=as_json)


@_users.command("enable")
def enable(name: Name, reason: Reason = "", as_json: AsJson = False) -> None:
    """Cho đăng nhập lại / let sign in again."""
    need_reason(reason)
    _done(_run(lambda users: users.set_disabled(name, reason, disabled=False)), as_json=as_json)


@_users.command("sign-out")
def sign_out(name: Name, reason: Reason = "", as_json: AsJson = False) -> None:
    """Kết thúc mọi phiên của một người / end all sessions of somebody."""
    need_reason(reason)
    ended = _run(lambda users: users.end_sessions(name, reason))
    give({"name": name, "ended": ended}, as_json=as_json, text=f"[green]✓[/] {name}: {ended}")


def _run(act: Callable[[UserReach], Awaitable[Any]]) -> Any:
    async def work() -> Any:
        async with reach_users(context.settings()) as users:
            return await act(users)

    return reach.run(work())


def _done(user: dict[str, Any], *, as_json: bool) -> None:
    give(user, as_json=as_json, text=f"[green]✓[/] {user['name']}: {user['role']}, {_standing(user)}")
    if "password" in user and not as_json:
        say(f"Mật khẩu, chỉ hiện lần này / the password, shown this once: [bold]{user['password']}[/]")


def _standing(user: dict[str, Any]) -> str:
    if user["disabled"]:
        return "đã ngưng / disabled"
    if user["locked_until"]:
        return f"khóa tới / locked until {user['locked_until']}"
    return "phải đổi mật khẩu / must change the password" if user["must_change"] else "dùng được / fine"


def _role(role: str) -> PersonRole:
    for known in ROLES:
        if role == known:
            return known
    return fail(f"--role: một trong / one of: {', '.join(ROLES)}", 2)


def _typed() -> str:
    """From whoever sits here, twice; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n") or fail("Thiếu mật khẩu ở stdin / no password on stdin", 2)
    typed = getpass.getpass("Mật khẩu / password: ")
    if typed != getpass.getpass("Gõ lại / again: "):
        fail("Hai lần gõ khác nhau / they differ", 2)
    return typed or fail("Mật khẩu trống / an empty password", 2)
