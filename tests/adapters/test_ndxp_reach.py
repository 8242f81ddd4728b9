"""Whether a submitted document's address can be fetched without a session, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.ndxp.reach import reachable
from adapters.transport.http import Http
from adapters.transport.settings import HttpSettings
from tests.adapters.portal_rig import closed_port

_NO_HEAD = {"/signed.pdf", "/large.pdf"}


def a_file(status: int = 200, body: bytes = b"%PDF-1.7 ...") -> web.Response:
    return web.Response(status=status, body=body, content_type="application/pdf")


def a_page(kind: str = "text/html") -> web.Response:
    return web.Response(text="<html><body>Đăng nhập</body></html>", content_type=kind)


_ANSWERS: dict[str, Callable[[], web.Response]] = {
    "/good.pdf": a_file,
    "/session.pdf": lambda: web.Response(status=401),
    "/moved.pdf": lambda: web.Response(status=302, headers={"Location": "/login"}),
    "/login": a_page,
    "/page.pdf": a_page,
    "/xhtml.pdf": lambda: a_page("application/xhtml+xml"),
    "/untyped": lambda: web.Response(status=204),
    "/signed.pdf": lambda: a_file(206, b"%"),
    "/large.pdf": lambda: a_file(body=b"%" * 4096),
    "/broken.pdf": lambda: web.Response(status=500),
}


@asynccontextmanager
async def files(seen: list[str]) -> AsyncIterator[str]:
    """A document server with addresses good and bad; `seen` gets method and path of every call."""

    async def answer(request: web.Request) -> web.Response:
        seen.append(f"{request.method} {request.path}")
        assert "Cookie" not in request.headers
        if request.path in _NO_HEAD and request.method == "HEAD":
            return web.Response(status=403)
        assert request.method == "HEAD" or request.headers["Range"] == "bytes=0-0"
        return _ANSWERS.get(request.path, lambda: web.Response(status=404))()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def looking() -> AsyncIterator[Http]:
    settings = {"max_answer_bytes": 1024, "connect_tries": 1}
    async with Http(HttpSettings.model_validate(settings)) as http:
        yield http


@pytest.mark.parametrize("path", ["/good.pdf", "/signed.pdf", "/large.pdf"])
async def test_an_address_that_gives_a_file_to_anybody_is_fine(path: str) -> None:
    async with files([]) as url, looking() as http:
        assert await reachable(url + path, http) is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/session.pdf", "LOGIN_WANTED"),
        ("/moved.pdf", "REDIRECT"),
        ("/page.pdf", "HTML_PAGE"),
        ("/xhtml.pdf", "HTML_PAGE"),
        ("/untyped", "NO_CONTENT_TYPE"),
        ("/nothing.pdf", "HTTP_404"),
        ("/broken.pdf", "HTTP_500"),
    ],
)
async def test_an_address_that_gives_no_file_says_why_in_both_languages(path: str, code: str) -> None:
    async with files([]) as url, looking() as http:
        why = await reachable(url + path, http)
        assert why is not None
        assert why.code == code
        assert why.vi != why.en
        assert url not in why.vi + why.en


async def test_a_redirect_to_a_login_page_is_not_followed() -> None:
    seen: list[str] = []
    async with files(seen) as url, looking() as http:
        await reachable(f"{url}/moved.pdf", http)
    assert seen == ["HEAD /moved.pdf"]


async def test_a_server_that_will_not_have_head_is_asked_for_one_byte() -> None:
    seen: list[str] = []
    async with files(seen) as url, looking() as http:
        await reachable(f"{url}/signed.pdf", http)
        assert await reachable(f"{url}/good.pdf", http) is None  # the connection is still usable
    assert seen == ["HEAD /signed.pdf", "GET /signed.pdf", "HEAD /good.pdf"]


async def test_a_server_that_is_away_is_said_to_be_away() -> None:
    async with looking() as http:
        why = await reachable(closed_port() + "/a.pdf", http)
    assert why is not None
    assert why.code == "CONNECT"


@pytest.mark.parametrize(
    "url", ["", "kho/a.pdf", "ftp://kho.example.invalid/a.pdf", "http://u:p@127.0.0.1/a", "http://a b/"]
)
async def test_what_is_no_plain_web_address_is_not_called(url: str) -> None:
    async with looking() as http:
        why = await reachable(url, http)
    assert why is not None
    assert why.code == "ADDRESS"
