"""An administrator's browser as far as the tests need one: signed in, strict about markup, able to follow links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit
from xml.etree import ElementTree as ET

import aiohttp

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, build
from gateway.bootstrap.gateway import run_gateway
from gateway.operations.sessions import csrf_of
from gateway.settings import Settings
from tests.access.people import PASSWORD, a_user
from tests.e2e.rig import KEY, Rig, settings_for


@dataclass(frozen=True)
class Document:
    """One answer of the console, read by a parser that forgives nothing."""

    status: int
    headers: dict[str, str]
    source: str
    root: ET.Element
    address: str = ""

    @property
    def text(self) -> str:
        """What stands on the page, blanks squeezed."""
        return words(self.root)

    def all(self, element: str, class_: str = "") -> list[ET.Element]:
        """Elements of a kind, of a class."""
        return [one for one in self.root.iter(element) if not class_ or class_ in one.get("class", "").split()]

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [one.get("href", "") for one in self.root.iter("a")]

    @property
    def ids(self) -> set[str]:
        return {found for one in self.root.iter() if (found := one.get("id"))}


class _Strict(HTMLParser):
    """Builds the tree of a page; what is not closed, or closed in the wrong place, is an error."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "path"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = ET.TreeBuilder()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in self.VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())
        self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        self.builder.data(data if self.open else "")


def read(source: str) -> ET.Element:
    """A page, by a parser that forgives nothing."""
    parser = _Strict()
    parser.feed(source)
    parser.close()
    assert parser.open == []
    return parser.builder.close()


def words(element: ET.Element) -> str:
    """The text of an element, blanks squeezed."""
    return " ".join("".join(element.itertext()).split())


@dataclass(frozen=True)
class Console:
    """The gateway, and somebody signed in who looks at it."""

    rig: Rig
    browser: aiohttp.ClientSession

    @property
    def token(self) -> str:
        """What the forms of this session carry."""
        return csrf_of(held_by(self.browser))

    async def look(
        self, path: str = "/console", status: int = 200, method: str = "GET", language: str = "vi"
    ) -> Document:
        """The page at a path, which must have the status."""
        url, spoken = self.rig.gateway.address + path, {"Accept-Language": language}
        async with self.browser.request(method, url, headers=spoken) as response:
            return await self._read(response, status)

    async def fill(self, path: str, status: int = 200, **fields: str) -> Document:
        """Send a form of ours, and follow to where it leads."""
        url, ours = self.rig.gateway.address + path, {"Sec-Fetch-Site": "same-origin", "Accept-Language": "vi"}
        data = {"csrf": self.token, **fields}
        async with self.browser.post(url, data=data, headers=ours) as response:
            return await self._read(response, status)

    @staticmethod
    async def _read(response: aiohttp.ClientResponse, status: int) -> Document:
        source = await response.text()
        assert response.status == status, source
        assert response.content_type == "text/html"
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Document(status, headers, source, read(source), str(response.url))

    async def crawl(self) -> dict[str, Document]:
        """Every page that links lead to from the board."""
        found: dict[str, Document] = {}
        ahead = ["/console"]
        while ahead:
            path = ahead.pop()
            if path in found:
                continue
            found[path] = await self.look(path)
            assert len(found) < 300
            for link in found[path].links:
                assert urlsplit(link).netloc == ""
                if link.startswith("/"):
                    ahead.append(urldefrag(link).url)
        return found


@asynccontextmanager
async def looking(folder: Path, portal: SimulatedPortal | None = None, **destination: Any) -> AsyncIterator[Console]:
    """A gateway with its console, a portal behind it, a sender and an administrator."""
    portal = portal or build(SimulatorSettings())
    async with portal.running() as url:
        settings = _doubting(settings_for(folder, url, **destination))
        async with (
            run_gateway(settings) as gateway,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as sender,
            a_browser() as browser,
        ):
            await a_user(gateway.ledger, "admin", "administrator")
            await sign_in(browser, gateway.address, "admin")
            yield Console(Rig(gateway, portal, sender), browser)


def _doubting(settings: Settings) -> Settings:
    """Progress of which nobody knows whether it was taken waits for a person, instead of being sent again."""
    portal = {**settings.adapters["national_portal"], "repeat_unclear_progress": "ask"}
    return settings.model_copy(update={"adapters": {**settings.adapters, "national_portal": portal}})


def a_browser() -> aiohttp.ClientSession:
    """It keeps cookies, of numbers too."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def sign_in(browser: aiohttp.ClientSession, address: str, name: str, password: str = PASSWORD) -> int:
    """Fill in the page; the status it is answered with."""
    ours, filled = {"Sec-Fetch-Site": "same-origin"}, {"name": name, "password": password}
    url = f"{address}/console/sign-in"
    async with browser.post(url, data=filled, headers=ours, allow_redirects=False) as response:
        return response.status


def held_by(browser: aiohttp.ClientSession) -> str:
    """The session a browser holds."""
    return next((one.value for one in browser.cookie_jar if one.key == "lienthong_session"), "")
