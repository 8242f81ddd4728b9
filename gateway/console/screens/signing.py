"""Signing in and out, and one's own password."""

from __future__ import annotations

import re

from gateway.console.asking import Answer, Asked, Way, see
from gateway.console.auth import CHALLENGE, Entrance
from gateway.console.rendering import ROOT, Page, address
from gateway.errors import StateError
from gateway.operations.sessions import SignInLockedError, SignInRefusedError

_PAGE = re.compile(r"/console(?:/[^\\\x00-\x1f]*)?")


def ways(entrance: Entrance) -> tuple[Way, ...]:
    """The addresses of this screen; two of them are for everybody."""
    screen = _Signing(entrance)
    return (
        Way("GET", "/sign-in", screen.show, None),
        Way("POST", "/sign-in", screen.sign_in, None),
        Way("POST", "/sign-out", screen.sign_out),
        Way("GET", "/password", screen.password),
        Way("POST", "/password", screen.change),
    )


def sign_in_page(onward: str, trouble: str = "", status: int = 401, seconds: int = 0) -> Page:
    """The form, and what was wrong with it the last time; leads on to a page of ours."""
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    if seconds:
        headers["Retry-After"] = str(seconds)
    values = {"onward": onward if _PAGE.fullmatch(onward) else ROOT, "trouble": trouble, "seconds": seconds}
    return Page("sign_in.html", values, status, headers)


class _Signing:
    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def show(self, asked: Asked) -> Answer:
        return sign_in_page(asked.query("next", ROOT), status=200)

    async def sign_in(self, asked: Asked) -> Answer:
        """A new session, and on to where one wanted to go."""
        onward = asked.filled.get("next", ROOT)
        password = str((await asked.request.post()).get("password", ""))  # blanks around it belong to it
        try:
            opened = await self._entrance.sign_in(asked.request, asked.filled.get("name", ""), password)
        except SignInRefusedError:
            return sign_in_page(onward, "wrong")
        except SignInLockedError as exc:
            return sign_in_page(onward, "locked", 429, exc.seconds)
        answer = see(onward if _PAGE.fullmatch(onward) else ROOT)
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
        given = await asked.request.post()
        old, new, again = (str(given.get(name, "")) for name in ("old", "new", "again"))
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
