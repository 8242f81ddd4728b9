"""An administrator's browser as far as the tests need one: signed in, strict about markup, able to follow links."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit
from xml.etree import ElementTree as ET

import aiohttp

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, build
from gateway.bootstrap import run_gateway
from tests.e2e.rig import ADMIN, KEY, Rig, settings_for

PASSWORD = ADMIN


@dataclass(frozen=True)
class Document:
    """One answer of the console, read by a parser that forgives nothing."""

    status: int
    headers: dict[str, str]
    source: str
    root: ET.Element

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


def read(source: str) -> ET.Element:
    """A page, by a parser that forgives nothing."""
    return ET.fromstring(source)


def words(element: ET.Element) -> str:
    """The text of an element, blanks squeezed."""
    return " ".join("".join(element.itertext()).split())


@dataclass(frozen=True)
class Console:
    """The gateway, and somebody signed in who looks at it."""

    rig: Rig
    browser: aiohttp.ClientSession

    async def look(self, path: str = "/console", status: int = 200, method: str = "GET") -> Document:
        """The page at a path, which must have the status."""
        async with self.browser.request(method, self.rig.gateway.address + path) as response:
            source = await response.text()
            assert response.status == status, source
            assert response.content_type == "text/html"
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Document(status, headers, source, read(source))

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
        settings = settings_for(folder, url, **destination)
        async with (
            run_gateway(settings) as gateway,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as sender,
            aiohttp.ClientSession(headers=signed_in("admin", PASSWORD)) as browser,
        ):
            yield Console(Rig(gateway, portal, sender), browser)


def signed_in(name: str, password: str) -> dict[str, str]:
    """The header a browser sends after somebody typed a name and a password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
