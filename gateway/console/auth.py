"""Who is at the other end: the session a browser holds, forms that are ours, and what is refused for the audit."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from aiohttp import web

from gateway.browser import Browser, ForgedRequestError, network_of
from gateway.caller import caller_address
from gateway.console.asking import Visitor
from gateway.errors import NotFoundError
from gateway.ledger.port import AuditEntry
from gateway.operations.elsewhere import Elsewhere, ElsewhereRefusedError
from gateway.operations.sessions import Opened, Sessions, SignInLockedError, SignInRefusedError, csrf_of
from gateway.operations.users import UserOperations

CHALLENGE = 'Session realm="lienthong"'
"""No scheme that a browser knows: it shows our page instead of a box of its own."""
TOKEN_FIELD = "csrf"  # noqa: S105 - a form field's name
_HERE = "/console"

T = TypeVar("T")


class Notes(Protocol):
    """Where what was refused is written: `gateway.intake.refusals.Refusals`."""

    async def note(self, entry: AuditEntry, whence: str = "") -> None: ...


class Entrance:
    """The door of the console."""

    def __init__(
        self,
        browser: Browser,
        sessions: Sessions,
        users: UserOperations,
        notes: Notes,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._browser = browser
        self._sessions = sessions
        self._users = users
        self._notes = notes
        self._elsewhere = elsewhere

    @property
    def elsewhere(self) -> str:
        """What the provider is called where people sign in too; empty: nowhere."""
        return self._elsewhere.label if self._elsewhere else ""

    async def visitor(self, request: web.Request, *, uses: bool = True) -> Visitor | None:
        """Who is signed in; `uses`: that keeps the session from being idle. Raises `LedgerUnavailable`."""
        session = await self._browser.session_of(request, uses=uses)
        return Visitor(session.name, session.role, session.must_change) if session else None

    def token(self, request: web.Request) -> str:
        """What every form of this session carries."""
        secret = self._browser.secret_of(request)
        return csrf_of(secret) if secret else ""

    async def refuse_foreign(self, request: web.Request, visitor: Visitor) -> bool:
        """Whether a form was sent by a page that is not ours; noted."""
        try:
            self._browser.refuse_foreign(request, strict=True)
        except ForgedRequestError as exc:
            await self.note(request, visitor.name or "-", "form", exc.code)
            return True
        return False

    async def refuse_forged(self, request: web.Request, visitor: Visitor, token: str) -> bool:
        """Whether a form of somebody who is signed in was not made by a page of theirs; noted."""
        try:
            self._browser.refuse_forged(request, token)
        except ForgedRequestError as exc:
            await self.note(request, visitor.name, "form", exc.code)
            return True
        return False

    async def sign_in(self, request: web.Request, name: str, password: str) -> Opened:
        """Raises `SignInRefusedError`, `SignInLockedError`; both noted."""
        try:
            whence = network_of(caller_address(request))
            return await self._sessions.sign_in(name, password, whence, self._browser.secret_of(request))
        except SignInRefusedError as exc:
            await self.note(request, exc.name or "-", "signIn", "SIGN_IN_FAILED")
            raise
        except SignInLockedError as exc:
            await self.note(request, exc.name or "-", "signIn", "SIGN_IN_LOCKED")
            raise

    async def leave(self, request: web.Request, onward: str) -> web.Response:
        """Off to the provider. Raises `ElsewhereRefusedError`, noted; `NotFoundError` where there is none."""
        begun = await self._noting(request, self._provider.begin(self._returning(request), onward))
        response = web.Response(status=303, headers={"Location": begun.address})
        self._browser.lend(response, begun.kept, begun.seconds)
        return response

    async def come_back(self, request: web.Request) -> tuple[Opened, str]:
        """A session for whom the provider named, and where they wanted to go. Raises as `leave`."""
        answer, kept = tuple(request.query.items()), self._browser.lent_to(request)
        finishing = self._provider.finish(kept, self._returning(request), answer)
        returned = await self._noting(request, finishing)
        name = await self._noting(request, self._users.admit(returned.identity))
        opened = await self._sessions.open(name, "oidc", self._browser.secret_of(request))
        return opened, returned.onward

    @property
    def _provider(self) -> Elsewhere:
        if self._elsewhere is None:
            raise NotFoundError("OIDC")
        return self._elsewhere

    def _returning(self, request: web.Request) -> str:
        return f"{self._browser.address_of(request)}{_HERE}/oidc/return"

    async def _noting(self, request: web.Request, work: Awaitable[T]) -> T:
        try:
            return await work
        except ElsewhereRefusedError as exc:
            await self.note(request, exc.name, "oidc", exc.code)
            raise

    async def sign_out(self, request: web.Request, name: str) -> None:
        """The session ends."""
        secret = self._browser.secret_of(request)
        if secret:
            await self._sessions.sign_out(secret, name)

    async def change_password(self, request: web.Request, name: str, old: str, new: str) -> Opened:
        """Raises `SignInRefusedError` for a wrong old one, `SignInLockedError`, `StateError` for a bad new one."""
        if not await self._sessions.is_right(name, old):
            await self.note(request, name, "changeOwnPassword", "SIGN_IN_FAILED")
            raise SignInRefusedError(name)
        await self._users.set_password(name, name, "", new, must_change=False)
        return await self._sessions.open(name, "password")

    def keep(self, response: web.StreamResponse, opened: Opened) -> None:
        """Give the browser its session."""
        self._browser.keep(response, opened)

    def take_back(self, response: web.StreamResponse) -> None:
        """What the browser brought back from a provider served once."""
        self._browser.take_back(response)

    def drop(self, response: web.StreamResponse) -> None:
        """Take it away."""
        self._browser.drop(response)

    async def note(self, request: web.Request, who: str, what: str, code: str) -> None:
        """Write down what was refused."""
        resource = request.match_info.route.resource
        address = caller_address(request)
        target = f"{resource.canonical if resource else _HERE} {address or '-'}"
        whence = network_of(address) if who == "-" else ""
        await self._notes.note(AuditEntry(who, f"refused.console.{what}", target, code, ok=False), whence)
