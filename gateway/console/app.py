"""The console's routes: who may look and act, what each address shows, and what every answer carries.

Every answer of the console is a page, whatever went wrong: nothing here reaches the door's problem documents.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import structlog
from aiohttp import hdrs, web

from gateway.console import assets
from gateway.console.asking import NOBODY, Answer, Asked, Form, Role, Unfit, Visitor, Way, see
from gateway.console.auth import TOKEN_FIELD, Entrance
from gateway.console.forms import ReadBody, read_form
from gateway.console.language import language_of
from gateway.console.menu import menu
from gateway.console.parts import Parts
from gateway.console.rendering import ROOT, Page, address, render
from gateway.console.screens import signing, ways
from gateway.errors import IntakeError, LedgerUnavailable, NotFoundError, StateError
from gateway.operations.refused import ContentRefused
from gateway.security.key_file import SealError
from gateway.security.seal import ShreddedError

log: Any = structlog.get_logger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers hide from us which page sent a form
    "Vary": "Accept-Language, Cookie",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ASSET_HEADERS = {"Cache-Control": "private, max-age=31536000, immutable"}
_HTML = "text/html"
_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
_STATUSES = {NotFoundError: 404, StateError: 409, ShreddedError: 410, SealError: 503}
_WITH_A_GIVEN_PASSWORD = frozenset({"/password", "/sign-out", "/sign-in", "/language"})


def console_routes(parts: Parts, entrance: Entrance, read: ReadBody) -> list[web.AbstractRouteDef]:
    """The routes of `/console`, to be added to the gateway's app. Keeps nothing between two requests.

    `read` reads the bodies of forms, within the limits of the door that these routes are part of.
    """
    return _Console(parts, entrance, read).routes()


class _Console:
    """Turns a request into a page."""

    def __init__(self, parts: Parts, entrance: Entrance, read: ReadBody) -> None:
        self._parts = parts
        self._entrance = entrance
        self._read = read

    def routes(self) -> list[web.AbstractRouteDef]:
        by_path: dict[str, dict[str, Way]] = {}
        for way in (*signing.ways(self._entrance), *ways(self._parts)):
            by_path.setdefault(way.path, {})[way.method] = way
        # "*": also what is asked with another method is answered here, as a page.
        found: list[web.AbstractRouteDef] = [
            web.route("*", ROOT + path, self._answering(path, by_method)) for path, by_method in by_path.items()
        ]
        return [
            web.get(f"{ROOT}/static/{{address:.+}}", _asset),
            web.get(f"{ROOT}/", _root),
            *found,
            web.route("*", f"{ROOT}/{{rest:.*}}", self._answering("/", {})),
        ]

    def _answering(
        self, path: str, by_method: Mapping[str, Way]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = await self._respond(path, by_method, request)
            if not response.prepared:
                for name, value in HEADERS.items():
                    response.headers.setdefault(name, value)
                if request.content.exception() is not None:
                    response.force_close()  # what broke in transfer cannot be read past
            return response

        return answer

    async def _respond(self, path: str, by_method: Mapping[str, Way], request: web.Request) -> web.StreamResponse:
        visitor: Visitor | None = None
        way = by_method.get("GET" if request.method == "HEAD" else request.method)
        try:
            visitor = await self._entrance.visitor(request)
            if visitor is None and (way is None or way.role is not None):
                onward = request.path_qs if request.method == "GET" else ROOT
                return self._shown(request, None, signing.sign_in_page(onward, self._entrance.elsewhere))
            if visitor is not None and visitor.must_change and path not in _WITH_A_GIVEN_PASSWORD:
                return see(address("password"))
            made = await self._looked_up(way, by_method, request, visitor or NOBODY)
            return made if isinstance(made, web.StreamResponse) else self._shown(request, visitor, made)
        except LedgerUnavailable as exc:
            log.warning("console.ledger_unavailable", path=path, error=str(exc))
            made = Page("problems/ledger_away.html", status=503, headers={"Retry-After": "5"})
        except (NotFoundError, StateError, Unfit, ContentRefused, IntakeError, SealError) as exc:
            made = _refused(exc)
        except web.HTTPException as exc:
            made = Page("problems/refused.html", {"told": exc.reason, "problems": ()}, exc.status)
        except ConnectionResetError:
            raise  # whoever listened is gone
        except Exception:
            log.exception("console.failed", path=path)
            made = Page("problems/our_fault.html", status=500)
        return self._shown(request, visitor, made)

    async def _looked_up(
        self, way: Way | None, by_method: Mapping[str, Way], request: web.Request, visitor: Visitor
    ) -> Answer:
        if way is None and by_method:
            allowed = ", ".join(sorted({*by_method, *(["HEAD"] if "GET" in by_method else [])}))
            return Page("problems/method.html", status=405, headers={hdrs.ALLOW: allowed})
        if way is None:
            return Page("problems/no_page.html", status=404)
        if way.role is not None and not visitor.has(way.role):
            await self._entrance.note(request, visitor.name, "page", "ROLE_REQUIRED")
            return Page("problems/role.html", {"role": way.role}, status=403)
        form = Form()
        if request.method == "POST":
            if await self._entrance.refuse_foreign(request, visitor):
                log.warning("console.foreign_form", path=way.path)
                return Page("problems/foreign.html", status=403)
            form = await self._form(way, request, visitor)
            token = form.fields.get(TOKEN_FIELD, "").strip()
            if way.role is not None and await self._entrance.refuse_forged(request, visitor, token):
                return Page("problems/foreign.html", status=403)
        filled = {name: value.strip() for name, value in form.fields.items() if name != TOKEN_FIELD}
        may_still = partial(self._may_still, request, way.role)
        now = self._parts.clock()
        return await way.view(Asked(request, visitor, language_of(request), now, filled, form, may_still))

    async def _form(self, way: Way, request: web.Request, visitor: Visitor) -> Form:
        """What was filled in. A body that could not be read is noted: also an attack looks like this."""
        try:
            # Who is not signed in has no files to send: strangers do not get at what takes parts asunder.
            return await read_form(request, self._read, way.most, parts=way.role is not None)
        except IntakeError as exc:
            if exc.status < 500:
                await self._entrance.note(request, visitor.name or "-", "form", exc.reason)
            raise

    async def _may_still(self, request: web.Request, role: Role | None) -> bool:
        found = await self._entrance.visitor(request, uses=False)
        return role is None or (found is not None and found.has(role))

    def _shown(self, request: web.Request, visitor: Visitor | None, page: Page) -> web.Response:
        language = language_of(request)
        text = render(
            page, language, self._parts.clock(), visitor=visitor, menu=menu(visitor), here=request.path,
            said=request.query.get("said", ""),
        )  # fmt: skip
        if visitor is not None:
            text = _with_token(text, self._entrance.token(request))
        response = web.Response(text=text, status=page.status, content_type=_HTML, charset="utf-8")
        response.headers["Content-Language"] = language
        response.headers.update(page.headers)
        return response


def _with_token(text: str, token: str) -> str:
    """Every form that changes something carries the session's token: none can be forgotten."""
    return _FORM.sub(rf'\g<0><input type="hidden" name="{TOKEN_FIELD}" value="{token}">', text)


def _refused(exc: Exception) -> Page:
    if isinstance(exc, IntakeError):
        return Page("problems/refused.html", {"told": exc.detail, "problems": exc.problems}, exc.status, _later(exc))
    status = next((status for kind, status in _STATUSES.items() if isinstance(exc, kind)), 422)
    problems = exc.problems if isinstance(exc, ContentRefused) else ()
    told = "" if problems else str(exc)
    return Page("problems/refused.html", {"told": told, "problems": problems}, status)


def _later(exc: IntakeError) -> dict[str, str]:
    seconds = 5 if exc.retry_after is None and exc.status == 503 else exc.retry_after
    return {} if seconds is None else {hdrs.RETRY_AFTER: str(seconds)}


async def _asset(request: web.Request) -> web.Response:
    """Anybody may have it: it is the same for everybody, and holds nothing."""
    found = assets.load().by_address.get(request.match_info["address"])
    if found is None:
        raise web.HTTPNotFound
    headers = _ASSET_HEADERS | {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
    return web.Response(body=found.content, content_type=found.type, charset="utf-8", headers=headers)


async def _root(_: web.Request) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: ROOT})
