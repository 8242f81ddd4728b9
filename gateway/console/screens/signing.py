"""Signing in and out, and one's own password."""

from __future__ import annotations

import re

from aiohttp import web

from gateway.console.asking import Answer, Asked, Way, see
from gateway.console.auth import CHALLENGE, Entrance
from gateway.console.rendering import ROOT, Page, address, render
from gateway.errors import StateError
from gateway.operations.elsewhere import ElsewhereRefusedError
from gateway.operations.sessions import SignInLockedError, SignInRefusedError

_PAGE = re.compile(r"/console(?:/[^\\\x00-\x1f]*)?")


def ways(entrance: Entrance) -> tuple[Way, ...]:
    """The addresses of this screen; two of them are for everybody."""
    screen = _Signing(entrance)
    return (
        Way("GET", "/sign-in", screen.show, None),
        Way("POST", "/sign-in", screen.sign_in, None),
        *(
            (Way("GET", "/oidc", screen.leave, None), Way("GET", "/oidc/return", screen.come_back, None))
            if entrance.elsewhere
            else ()
        ),
        Way("POST", "/sign-out", screen.sign_out),
        Way("GET", "/password", screen.password),
        Way("POST", "/password", screen.change),
    )


def sign_in_page(
    onward: str, elsewhere: str, trouble: str = "", status: int = 401, seconds: int = 0, code: str = ""
) -> Page:
    """The form, the way `elsewhere`, and what was wrong the last time; leads on to a page of ours."""
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    if seconds:
        headers["Retry-After"] = str(seconds)
    values = {
        "onward": _ours(onward), "elsewhere": elsewhere, "trouble": trouble, "seconds": seconds, "code": code,
    }  # fmt: skip
    return Page("sign_in.html", values, status, headers)


def _ours(onward: str) -> str:
    return onward if _PAGE.fullmatch(onward) else ROOT


class _Signing:
    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    def _again(self, onward: str, trouble: str = "", status: int = 401, seconds: int = 0, code: str = "") -> Page:
        return sign_in_page(onward, self._entrance.elsewhere, trouble, status, seconds, code)

    async def show(self, asked: Asked) -> Answer:
        return self._again(asked.query("next", ROOT), status=200)

    async def leave(self, asked: Asked) -> Answer:
        """Off to the provider."""
        onward = _ours(asked.query("next", ROOT))
        try:
            return await self._entrance.leave(asked.request, onward)
        except ElsewhereRefusedError as exc:
            return self._again(onward, "elsewhere", _status(exc.code), code=exc.code)

    async def come_back(self, asked: Asked) -> Answer:
        """A new session. A page of ours leads on: what a redirect follows from another site carries no session."""
        answer: web.Response
        try:
            opened, onward = await self._entrance.come_back(asked.request)
            page = Page("signed_in.html", {"onward": _ours(onward)})
        except ElsewhereRefusedError as exc:
            page, opened = self._again(ROOT, "elsewhere", _status(exc.code), code=exc.code), None
        shown = {"visitor": None, "menu": (), "here": ROOT, "said": ""}
        text = render(page, asked.language, asked.now, **shown)
        answer = web.Response(
            text=text, status=page.status, headers=page.headers, content_type="text/html", charset="utf-8"
        )
        if opened is not None:
            self._entrance.keep(answer, opened)
        self._entrance.take_back(answer)
        return answer

    async def sign_in(self, asked: Asked) -> Answer:
        """A new session, and on to where one wanted to go."""
        onward = asked.filled.get("next", ROOT)
        password = asked.form.fields.get("password", "")  # blanks around it belong to it
        try:
            opened = await self._entrance.sign_in(asked.request, asked.filled.get("name", ""), password)
        except SignInRefusedError:
            return self._again(onward, "wrong")
        except SignInLockedError as exc:
            return self._again(onward, "locked", 429, exc.seconds)
        answer = see(_ours(onward))
        self._entrance.keep(answer, opened)
        return answer

    async def sign_out(self, asked: Asked) -> Answer:
        await self._entrance.sign_out(asked.request, asked.visitor.name)
        answer = see(address("sign-in"))
        self._entrance.drop(answer)
        return answer

    async def password(self, asked: Asked) -> Answer:
        return Page("password.html", {"must": asked.visitor.must_change, "trouble": ""})

    async def change(self, asked: Asked) -> Answer:
        """Every session of this person ends; this browser gets a new one."""
        old, new, again = (asked.form.fields.get(name, "") for name in ("old", "new", "again"))
        must = {"must": asked.visitor.must_change}
        if new != again:
            return Page("password.html", must | {"trouble": "differ"}, 422)
        try:
            opened = await self._entrance.change_password(asked.request, asked.visitor.name, old, new)
        except SignInRefusedError:
            return Page("password.html", must | {"trouble": "wrong"}, 422)
        except SignInLockedError as exc:
            return Page("password.html", must | {"trouble": "locked"}, 429, {"Retry-After": str(exc.seconds)})
        except StateError:
            return Page("password.html", must | {"trouble": "short"}, 422)
        answer = see(ROOT)
        self._entrance.keep(answer, opened)
        return answer


def _status(code: str) -> int:
    """Known, but not let in: 403; not known for certain: 401."""
    return {"OIDC_AWAY": 503, "OIDC_ROLE": 403, "OIDC_DISABLED": 403, "OIDC_LAST_ADMINISTRATOR": 403}.get(code, 401)
