"""How long the console's lists take when very much is stored: from the request until the last byte of the page.

Asked for over a kept connection on this machine, signed in as an operator, one page at a time: what the server takes.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gateway.bench.dossiers import DESTINATION, dossier_code
from gateway.bench.fill import fill, stored
from gateway.bench.latency import percentile
from gateway.bench.offices import PRODUCTION, Servers, office
from gateway.bench.process import BenchError, child
from gateway.bench.run import Tell, run
from gateway.bench.words import NAMES, mark, number
from gateway.ledger.address import sqlite_url
from gateway.message import TYPE_PREFIX

MOST = 0.3
"""Seconds that a page of a list may take, 99 times of 100."""
STORED = 1_000_000
_TEMPLATE = 1_000
_TIMES = 50
_NAME_WIDTH = 58


@dataclass(frozen=True, slots=True)
class Looked:
    """One page, opened so many times: seconds of the first, and at p50 and p99 of the others."""

    first: float
    p50: float
    p99: float
    bytes: int


@dataclass(frozen=True, slots=True)
class ScreensReport:
    """Every page beside so many stored messages."""

    stored: int
    times: int
    engines: Mapping[str, Mapping[str, Looked]]
    sound: bool = True

    def goals(self) -> dict[str, bool]:
        """Each engine, and whether all its lists stay below the goal, the first look at each included."""
        return {
            engine: all(max(one.first, one.p99) <= MOST for name, one in looked.items() if name in lists(0))
            for engine, looked in self.engines.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "goals": self.goals()}

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{number(self.stored)} thông điệp đã lưu / messages stored; mỗi trang / each page: {self.times} ×"
        for engine, looked in self.engines.items():
            yield NAMES[engine]
            for name, one in looked.items():
                yield (
                    f"  {name:<{_NAME_WIDTH}} đầu / first {number(one.first * 1e3)} ms, "
                    f"p50 {number(one.p50 * 1e3)}, p99 {number(one.p99 * 1e3)}; {number(one.bytes / 1024)} KiB"
                )
            yield f"  {mark(self.goals()[engine])}: tối đa / at most {MOST * 1e3:.0f} ms"


async def measure_screens(
    served: Servers,
    folder: Path,
    tell: Tell,
    *,
    count: int = STORED,
    template: int = _TEMPLATE,
    times: int = _TIMES,
    engines: Sequence[str] = (PRODUCTION,),
) -> ScreensReport:
    """Fill a ledger of each engine and look at its lists. Raises `BenchError`."""
    made, there = {}, 0
    for engine in engines:
        place: dict[str, Any] = {"data": str(folder / f"screens-{engine}")}
        url = sqlite_url(Path(place["data"]) / "ledger.db")
        if engine == PRODUCTION:
            url = place["database"] = await served.new_database()
        await run(engine, served, template, folder, tell, **place)
        await fill(url, count, await stored(url), 0, tell)
        there = await stored(url)
        tell(f"{engine}: xem các trang bên cạnh / looking at pages beside {there}")
        async with _console(engine, served, folder, place) as browser:
            made[engine] = {
                name: await _looked(browser, path, times) for name, path in (lists(there) | others()).items()
            }
    return ScreensReport(there, times, made)


def lists(there: int) -> dict[str, str]:
    """What the goal is about, by name."""
    messages, deliveries, dossier = "/console/messages", "/console/deliveries", dossier_code(1)
    return {
        "thông điệp, trang đầu / messages, first page": messages,
        "thông điệp, trang giữa / messages, in the middle": f"{messages}?cursor={there // 2}",
        "trang 200 dòng / a page of 200": f"{messages}?size=200",
        "một nơi nhận, đã giao / one destination, delivered": f"{messages}?destination={DESTINATION}&state=delivered",
        "một nơi nhận, đang chờ người / one destination, dead": f"{messages}?destination={DESTINATION}&state=dead",
        "một loại / one type": f"{messages}?type={TYPE_PREFIX}dossier.progressed.v1",
        "một ngày trống / an empty day": f"{messages}?since=2020-01-01&until=2020-01-02",
        "một hồ sơ / one dossier": f"{messages}?subject={dossier}",
        "tìm một mã / a code": f"{messages}?q={dossier}",
        "lượt gửi, trang đầu / deliveries, first page": deliveries,
        "lượt gửi từng lỗi / deliveries that failed once": f"{deliveries}?failed=true",
    }


def others() -> dict[str, str]:
    """What is opened as often; the board's first look counts the books, which is then remembered for a while."""
    return {
        "(hồ sơ, mọi bước / a dossier's passport)": f"/console/dossiers/{dossier_code(1)}",
        "(bảng chính / the board)": "/console",
    }


@asynccontextmanager
async def _console(
    engine: str, served: Servers, folder: Path, place: Mapping[str, Any]
) -> AsyncIterator[aiohttp.ClientSession]:
    """An operator's browser."""
    async with child("portal", {"expected": 1}, folder) as portal:
        port = (await portal.hear("port", 120))["port"]
        async with office(engine, served, port, 1, folder, **place) as tested:
            name, password = await an_operator(tested.port, Path(place["data"]))
            jar = aiohttp.CookieJar(unsafe=True)  # an address of digits, too, may give a cookie
            async with aiohttp.ClientSession(_address(tested.port), cookie_jar=jar) as browser:
                await _post(browser, "/v1/session", {"name": name, "password": password}, {})
                yield browser


async def an_operator(port: int, data: Path) -> tuple[str, str]:
    """Somebody who may sign in to the gateway at a port, whose folder `data` is: name and password."""
    token = await asyncio.to_thread((data / "admin.token").read_text, "utf-8")
    person = {"name": "bench", "role": "operator", "password": secrets.token_urlsafe(24), "reason": "bench"}
    async with aiohttp.ClientSession(_address(port)) as administrator:
        await _post(administrator, "/v1/users", person, {"Authorization": f"Bearer {token.strip()}"})
    return person["name"], person["password"]


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def _post(
    browser: aiohttp.ClientSession, path: str, document: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    async with browser.post(path, json=document, headers=headers) as answer:
        if answer.status not in (200, 201):
            raise BenchError(f"{path}: {answer.status} {await answer.text()}")


async def _looked(browser: aiohttp.ClientSession, path: str, times: int) -> Looked:
    taken, size = [], 0
    for _ in range(times + 1):
        began = time.monotonic()
        async with browser.get(path, allow_redirects=False) as answer:
            size = len(await answer.read())
            if answer.status != 200:
                raise BenchError(f"{path}: {answer.status}")
        taken.append(time.monotonic() - began)
    return Looked(taken[0], statistics.median(taken[1:]), percentile(taken[1:], 0.99), size)
