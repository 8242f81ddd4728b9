"""People who sign in to a gateway of the tests, and their browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
from argon2 import PasswordHasher

from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.users.port import User
from gateway.message import PersonRole

PASSWORD = "mat-khau-thu-nghiem"


@cache
def quick_hash(password: str = PASSWORD) -> str:
    """A hash that costs a test little; its parameters stand in it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


async def a_user(ledger: Ledger, name: str, role: PersonRole, **more: Any) -> None:
    """Somebody who signs in with `PASSWORD`."""
    user = User(name, role, **{"password": quick_hash(), **more})
    await ledger.add_user(user, AuditEntry("test", "user.add", name, ""))


@dataclass
class Person:
    """A browser, perhaps with somebody in front of it who is signed in."""

    address: str
    http: aiohttp.ClientSession
    csrf: str = ""

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """What a page of ours would send; the status and the answer."""
        sent = {"X-CSRF-Token": self.csrf} if self.csrf and method != "GET" else {}
        kind = {"json": body} if body is not None else {}
        async with self.http.request(method, self.address + path, headers=sent | (headers or {}), **kind) as response:
            raw = await response.read()
            told = await response.json(content_type=None) if response.content_type.endswith("json") else raw.decode()
            return response.status, told

    async def sign_in(self, name: str, password: str = PASSWORD) -> tuple[int, Any]:
        status, told = await self.call("POST", "/v1/session", {"name": name, "password": password})
        if status == 200:
            self.csrf = told["csrf"]
        return status, told

    @property
    def cookie(self) -> str:
        """What the browser holds."""
        return next((one.value for one in self.http.cookie_jar if "session" in one.key), "")


@asynccontextmanager
async def at_a_browser(address: str) -> AsyncIterator[Person]:
    """Nobody is signed in yet."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Person(address, http)
