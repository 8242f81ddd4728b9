"""Users and sessions over HTTP: administrators about everybody, everybody about themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from gateway.browser import Browser, ForgedRequestError, network_of
from gateway.caller import caller_address
from gateway.errors import IntakeError, NotFoundError, StateError
from gateway.intake.commands import read_command, read_request
from gateway.intake.gate import caller_of, recognise
from gateway.intake.problem import below, refusal
from gateway.intake.signed_in import forged
from gateway.intake.views import json_response
from gateway.message import Client
from gateway.operations.sessions import Sessions, SignInLockedError, SignInRefusedError, csrf_of
from gateway.operations.users import UserOperations

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UserViews:
    """Answers every route under `/v1/users`, `/v1/session` and `/v1/me`."""

    def __init__(self, operations: UserOperations, sessions: Sessions, browser: Browser) -> None:
        self._operations = operations
        self._sessions = sessions
        self._browser = browser

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        found: dict[str, Handle] = {
            "listUsers": self._list,
            "addUser": self._add,
            "setUserRole": self._role,
            "resetUserPassword": self._reset,
            "disableUser": partial(self._disable, name="disableUser", disabled=True),
            "enableUser": partial(self._disable, name="enableUser", disabled=False),
            "endUserSessions": self._end_sessions,
            "signIn": self._sign_in,
            "signOut": self._sign_out,
            "whoAmI": self._me,
            "changeOwnPassword": self._change_own,
        }
        return {name: _told(handle) for name, handle in found.items()}

    async def _list(self, _: web.Request) -> web.Response:
        """All on one page: whoever looks after a gateway is few."""
        return json_response({"items": await self._operations.users(), "next": None})

    async def _add(self, request: web.Request) -> web.Response:
        client, told = await read_command(request, "addUser")
        made = await self._operations.add(told["name"], told["role"], client.name, told["reason"], told.get("password"))
        return json_response(made, 201)

    async def _role(self, request: web.Request) -> web.Response:
        client, told = await read_command(request, "setUserRole")
        return json_response(await self._operations.set_role(_name(request), told["role"], client.name, told["reason"]))

    async def _reset(self, request: web.Request) -> web.Response:
        client, told = await read_command(request, "resetUserPassword")
        return json_response(
            await self._operations.set_password(_name(request), client.name, told["reason"], told.get("password"))
        )

    async def _disable(self, request: web.Request, *, name: str, disabled: bool) -> web.Response:
        client, told = await read_command(request, name)
        return json_response(
            await self._operations.set_disabled(_name(request), client.name, told["reason"], disabled=disabled)
        )

    async def _end_sessions(self, request: web.Request) -> web.Response:
        client, told = await read_command(request, "endUserSessions")
        ended = await self._operations.end_sessions(_name(request), client.name, told["reason"])
        return json_response({"name": _name(request), "ended": ended})

    async def _sign_in(self, request: web.Request) -> web.Response:
        """A new session, whatever the browser held before."""
        self._browser.refuse_foreign(request)
        told = await read_request(request, "signIn")
        whence, old = network_of(caller_address(request)), self._browser.secret_of(request)
        opened = await self._sessions.sign_in(told["name"], told["password"], whence, old)
        answer = json_response({"name": opened.name, "csrf": csrf_of(opened.secret), "must_change": opened.must_change})
        self._browser.keep(answer, opened)
        return answer

    async def _sign_out(self, request: web.Request) -> web.Response:
        client, _ = await read_command(request, "signOut")
        secret = self._browser.secret_of(request)
        if secret:
            await self._sessions.sign_out(secret, client.name)
        answer = json_response({"name": client.name, "signed_out": bool(secret)})
        self._browser.drop(answer)
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        client, secret = caller_of(request), self._browser.secret_of(request)
        return json_response({"name": client.name, "role": client.role, "csrf": csrf_of(secret) if secret else None})

    async def _change_own(self, request: web.Request) -> web.Response:
        """Every session of this user ends; this browser gets a new one."""
        client, told = await read_command(request, "changeOwnPassword")
        if not await self._sessions.is_right(client.name, told["old"]):
            raise below(_wrong_password(), "/old")
        if told["old"] == told["new"]:
            raise StateError("Mật khẩu mới phải khác mật khẩu cũ. / The new password must differ from the old one.")
        await self._operations.set_password(client.name, client.name, "", told["new"], must_change=False)
        opened = await self._sessions.open(client.name, "password")
        answer = json_response({"name": client.name, "csrf": csrf_of(opened.secret)})
        self._browser.keep(answer, opened)
        return answer


def _name(request: web.Request) -> str:
    return request.match_info["name"]


def _name_in_audit(request: web.Request, name: str | None) -> None:
    if name is not None:
        recognise(request, Client(name))


def _wrong_password() -> IntakeError:
    return refusal(
        401,
        "SIGN_IN_FAILED",
        "Tên hoặc mật khẩu không đúng; nếu quên, nhờ quản trị viên đặt lại.",
        "Name or password is wrong; if you forgot it, an administrator can reset it.",
    )


def _told(handle: Handle) -> Handle:
    """The handler, with what it refuses as the status it means."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except SignInRefusedError as exc:
            _name_in_audit(request, exc.name)
            raise _wrong_password() from exc
        except SignInLockedError as exc:
            _name_in_audit(request, exc.name)
            raise _locked(exc.seconds) from exc
        except ForgedRequestError as exc:
            raise forged(exc) from exc
        except NotFoundError as exc:
            vi, _, en = str(exc).partition(" / ")
            raise refusal(404, "NOT_FOUND", vi, en) from exc

    return answer


def _locked(seconds: int) -> IntakeError:
    error = refusal(
        429,
        "SIGN_IN_LOCKED",
        f"Sai mật khẩu quá nhiều lần; thử lại sau {seconds} giây, hoặc nhờ quản trị viên đặt lại mật khẩu.",
        f"Too many wrong passwords; try again in {seconds} seconds, or ask an administrator to reset it.",
    )
    error.retry_after = seconds
    return error
