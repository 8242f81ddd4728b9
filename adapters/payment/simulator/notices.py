"""Notifications of the simulated platform: sent until answered 00, by an assumed policy (sheet §4).

Nothing is sent while nobody serves the platform or nobody listens; what waits then goes out later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from adapters.payment.lookup import LOOK_UP
from adapters.payment.notice import NOTIFY
from adapters.payment.simulator.attempts import Attempt, Attempts
from adapters.payment.simulator.faults import NoticeFault
from adapters.payment.simulator.messages import notice
from adapters.payment.simulator.settings import SimulatorSettings

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Due:
    """One notification on its way, and how it was upset."""

    reference: str
    body: Mapping[str, Any]
    fault: NoticeFault


class Notices:
    """Sends. `callbacks` is where the province listens; it may be set while serving."""

    def __init__(self, settings: SimulatorSettings, attempts: Attempts, sleep: Sleep = asyncio.sleep) -> None:
        self.callbacks = settings.callbacks
        self._settings = settings
        self._attempts = attempts
        self._sleep = sleep
        self._waiting: list[Due] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None
        self._queried: dict[str, asyncio.Event] = {}
        self._next_sent = asyncio.Event()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Send while inside; on leaving, what is under way is dropped."""
        async with aiohttp.ClientSession() as http:
            self._http = http
            for due in self._waiting:
                self._start(due)
            self._waiting.clear()
            try:
                yield
            finally:
                self._http = None
                self.forget()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def forget(self) -> None:
        """Drop what waits or is under way."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    def post(self, attempt: Attempt, fault: NoticeFault) -> None:
        """Notify of the end of an attempt."""
        body = fault.change(notice(attempt, self._settings), self._settings)
        due = Due(attempt.reference, body, fault)
        if self._http is None:
            self._waiting.append(due)
        else:
            self._start(due)

    def queried(self, reference: str) -> None:
        """Somebody has asked about this attempt."""
        self._queried.setdefault(reference, asyncio.Event()).set()

    async def look_up(self, dossier: str) -> Any:
        """Ask the province what is due for a dossier; its whole answer (§7)."""
        return orjson.loads((await self._call(LOOK_UP, {"MaHoSo": dossier}))[1])

    def _start(self, due: Due) -> None:
        task = asyncio.create_task(self._deliver(due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, due: Due) -> None:
        fault = due.fault
        if fault.wait_for == "query":
            await self._queried.setdefault(due.reference, asyncio.Event()).wait()
        if fault.wait_for == "next":
            await self._next_sent.wait()
        for copy in range(fault.copies - 1):
            await self._send(due, copy + 1)
        for number in range(1, self._settings.notice_at_most + 1):
            if await self._send(due, number + fault.copies - 1) == "00":
                return
            if number > len(self._settings.notice_pauses):
                return
            await self._sleep(self._settings.notice_pauses[number - 1])

    async def _send(self, due: Due, number: int) -> str:
        """One send; `MaLoi` of the acknowledgement. All that provinces answer is borne (§4): what is not 00 is a no."""
        try:
            status, answer = await self._call(NOTIFY, due.body)
        except (aiohttp.ClientError, TimeoutError):
            status, answer = 0, b""
        code = _code(answer) if status == 200 else ""
        details = {"number": str(number), "said": str(due.body["MaLoi"]), "status": str(status), "answer": code}
        self._attempts.note(0, "notice", due.reference, details)
        if due.fault.wait_for != "next":
            self._next_sent.set()
        return code

    async def _call(self, operation: str, body: Mapping[str, Any]) -> tuple[int, bytes]:
        if self._http is None or not self.callbacks:
            return 0, b"null"
        url = f"{self.callbacks}/{operation}"
        headers = {"Content-Type": "application/json"}
        async with self._http.post(url, data=orjson.dumps(body), headers=headers, allow_redirects=False) as response:
            return response.status, await response.read()


def _code(answer: bytes) -> str:
    try:
        tree = orjson.loads(answer)
    except ValueError:
        return ""
    return str(tree.get("MaLoi", "")) if isinstance(tree, dict) else ""
