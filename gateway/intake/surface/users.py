"""Users and sessions over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.intake import body
from gateway.intake.surface.route import COMMAND_FAILS, TEXT, Access, Route, an_object
from gateway.message import ROLES


def _user(method: str, path: str, name: str, vi: str, en: str, access: Access = "administrator", **more: Any) -> Route:
    """A route about users, an administrator's unless it says otherwise; a POST takes a command."""
    how: dict[str, Any] = {"fails": (503,)}
    if method == "POST":
        how = {"takes": (body.JSON,), "fails": (*COMMAND_FAILS, 429)}
    return Route(method, path, name, vi, en, access, group="users", **how | more)


_NAMED = "/v1/users/{name}"
ROUTES = (
    _user("GET", "/v1/users", "listUsers", "Người dùng", "Users"),
    _user(
        "POST",
        "/v1/users",
        "addUser",
        "Thêm người dùng; không có password thì tự sinh, chỉ cho xem một lần",
        "Add a user; without a password one is made up and told once",
        gives=((201, body.JSON),),
    ),
    _user("POST", _NAMED + "/role", "setUserRole", "Đổi vai trò; phiên đang mở kết thúc", "Change the role"),
    _user("POST", _NAMED + "/password", "resetUserPassword", "Đặt lại mật khẩu, mở khóa", "Reset the password, unlock"),
    _user("POST", _NAMED + "/disable", "disableUser", "Không cho đăng nhập nữa", "No more signing in"),
    _user("POST", _NAMED + "/enable", "enableUser", "Cho đăng nhập lại", "Let sign in again"),
    _user("POST", _NAMED + "/sessions/end", "endUserSessions", "Kết thúc mọi phiên", "End all sessions of a user"),
    _user(
        "POST",
        "/v1/session",
        "signIn",
        "Đăng nhập bằng tên và mật khẩu; trả về cookie và mã CSRF",
        "Sign in by name and password; gives a cookie and the CSRF token",
        "anyone",
        fails=(400, 401, 403, 408, 413, 415, 422, 429, 503),
    ),
    _user("POST", "/v1/session/end", "signOut", "Đăng xuất", "Sign out", "viewer"),
    _user("GET", "/v1/me", "whoAmI", "Tôi là ai, vai trò, mã CSRF", "Who I am, my role, the CSRF token", "viewer"),
    _user("POST", "/v1/me/password", "changeOwnPassword", "Đổi mật khẩu của mình", "Change my password", "viewer"),
)

_PASSWORD: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 512}
_ROLE: dict[str, Any] = {"enum": list(ROLES)}
_REASON = an_object(("reason",), reason=TEXT)
SCHEMAS: Mapping[str, dict[str, Any]] = {
    "addUser": an_object(("name", "role", "reason"), name=TEXT, role=_ROLE, password=_PASSWORD, reason=TEXT),
    "setUserRole": an_object(("role", "reason"), role=_ROLE, reason=TEXT),
    "resetUserPassword": an_object(("reason",), password=_PASSWORD, reason=TEXT),
    **dict.fromkeys(("disableUser", "enableUser", "endUserSessions"), _REASON),
    "signIn": an_object(("name", "password"), name={"type": "string", "maxLength": 200}, password=_PASSWORD),
    "signOut": an_object(()),
    "changeOwnPassword": an_object(("old", "new"), old=_PASSWORD, new=_PASSWORD),
}
"""What each command takes, by the name of its route."""
