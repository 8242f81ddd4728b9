"""People who are signed in call the API by their session: a way of `gateway.intake.gate.Identifies`."""

from __future__ import annotations

from aiohttp import hdrs, web

from gateway.browser import SAFE, TOKEN_HEADER, Browser, ForgedRequestError
from gateway.errors import IntakeError
from gateway.intake.gate import asked_again, recognise, route_of
from gateway.intake.problem import refusal
from gateway.message import Client

_WITH_A_GIVEN_PASSWORD = frozenset({"whoAmI", "changeOwnPassword", "signOut"})
"""All that somebody can do whose password somebody else chose."""


class SignedIn:
    """Turns the cookie of a session into who holds it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def identify(self, request: web.Request) -> Client | None:
        """None without a cookie, and where a key is given beside it. Raises `IntakeError` 401, 403."""
        if hdrs.AUTHORIZATION in request.headers or self._browser.secret_of(request) is None:
            return None
        session = await self._browser.session_of(request, uses=not asked_again(request))
        if session is None:
            raise refusal(
                401,
                "SESSION_ENDED",
                "Phiên đăng nhập đã hết; hãy đăng nhập lại ở /console.",
                "The session has ended; sign in again at /console.",
            )
        client = Client(session.name, role=session.role)
        recognise(request, client)
        if request.method not in SAFE:
            try:
                self._browser.refuse_forged(request, request.headers.get(TOKEN_HEADER))
            except ForgedRequestError as exc:
                raise forged(exc) from exc
        route = route_of(request)
        if session.must_change and (route is None or route.name not in _WITH_A_GIVEN_PASSWORD):
            raise refusal(
                403,
                "PASSWORD_CHANGE",
                "Hãy đổi mật khẩu được cấp trước đã: POST /v1/me/password, hoặc ở /console.",
                "Change the password you were given first: POST /v1/me/password, or at /console.",
            )
        return client


def forged(exc: ForgedRequestError) -> IntakeError:
    """The 403 for a change that the session's own pages did not make."""
    if exc.code == "CSRF_ORIGIN":
        vi = "Yêu cầu đến từ trang khác; hãy mở /console rồi làm lại từ đó."
        en = "The request comes from a page of another site; open /console and do it from there."
    else:
        vi = f"Thiếu hoặc sai tiêu đề {TOKEN_HEADER}; lấy ở GET /v1/me, hoặc tải lại trang rồi làm lại."
        en = f"The header {TOKEN_HEADER} is missing or wrong; see GET /v1/me, or reload the page and try again."
    return refusal(403, exc.code, vi, en)
