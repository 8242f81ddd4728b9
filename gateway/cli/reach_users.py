"""Reaching users: over HTTP while a gateway serves, else on the ledger itself, as when a password was lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp

from gateway.cli import reach
from gateway.ledger.port import Ledger
from gateway.message import PersonRole
from gateway.operations.users import UserOperations
from gateway.settings import Settings


class UserReach(Protocol):
    """What commands do about users, however a gateway is reached."""

    async def users(self) -> list[dict[str, Any]]: ...

    async def add(self, name: str, role: PersonRole, password: str | None, reason: str) -> dict[str, Any]: ...

    async def set_password(self, name: str, password: str | None, reason: str) -> dict[str, Any]: ...

    async def set_role(self, name: str, role: PersonRole, reason: str) -> dict[str, Any]: ...

    async def set_disabled(self, name: str, reason: str, *, disabled: bool) -> dict[str, Any]: ...

    async def end_sessions(self, name: str, reason: str) -> int: ...


class HttpUsers:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def users(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._address}/v1/users") as response:
            items: list[dict[str, Any]] = (await reach.read(response))["items"]
            return items

    async def add(self, name: str, role: PersonRole, password: str | None, reason: str) -> dict[str, Any]:
        return await self._post("", {"name": name, "role": role, "reason": reason} | _given(password))

    async def set_password(self, name: str, password: str | None, reason: str) -> dict[str, Any]:
        return await self._post(f"/{name}/password", {"reason": reason} | _given(password))

    async def set_role(self, name: str, role: PersonRole, reason: str) -> dict[str, Any]:
        return await self._post(f"/{name}/role", {"role": role, "reason": reason})

    async def set_disabled(self, name: str, reason: str, *, disabled: bool) -> dict[str, Any]:
        return await self._post(f"/{name}/{'disable' if disabled else 'enable'}", {"reason": reason})

    async def end_sessions(self, name: str, reason: str) -> int:
        ended: int = (await self._post(f"/{name}/sessions/end", {"reason": reason}))["ended"]
        return ended

    async def _post(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        async with self._http.post(f"{self._address}/v1/users{path}", json=body) as response:
            return await reach.read(response)


class LocalUsers:
    """No gateway is running here: the same operations on the ledger."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._operations = UserOperations(ledger, frozenset(one.name for one in settings.clients))
        self._actor = reach.actor()

    async def users(self) -> list[dict[str, Any]]:
        return await self._operations.users()

    async def add(self, name: str, role: PersonRole, password: str | None, reason: str) -> dict[str, Any]:
        return await self._operations.add(name, role, self._actor, reason, password)

    async def set_password(self, name: str, password: str | None, reason: str) -> dict[str, Any]:
        return await self._operations.set_password(name, self._actor, reason, password)

    async def set_role(self, name: str, role: PersonRole, reason: str) -> dict[str, Any]:
        return await self._operations.set_role(name, role, self._actor, reason)

    async def set_disabled(self, name: str, reason: str, *, disabled: bool) -> dict[str, Any]:
        return await self._operations.set_disabled(name, self._actor, reason, disabled=disabled)

    async def end_sessions(self, name: str, reason: str) -> int:
        return await self._operations.end_sessions(name, self._actor, reason)


@asynccontextmanager
async def reach_users(settings: Settings) -> AsyncIterator[UserReach]:
    """The users of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpUsers(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        yield LocalUsers(ledger, settings)


def _given(password: str | None) -> dict[str, str]:
    return {"password": password} if password else {}
