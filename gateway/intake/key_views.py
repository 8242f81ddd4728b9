"""The key ring over HTTP, for administrators: what it holds, rotating, letting go of a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from gateway.errors import NotFoundError
from gateway.intake.auth import Authenticator, require_administrator
from gateway.intake.commands import read_command
from gateway.intake.views import json_response
from gateway.operations.keys import KeyOperations
from gateway.security.key_file import SealError

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class KeyViews:
    """Answers every route under `/v1/keys`."""

    def __init__(self, operations: KeyOperations, authenticator: Authenticator) -> None:
        self._operations = operations
        self._authenticator = authenticator

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "listKeys": self._list,
            "rotateKeys": self._rotate,
            "addKey": self._add,
            "useKey": self._use,
            "dropKey": self._drop,
        }

    async def _list(self, request: web.Request) -> web.Response:
        require_administrator(self._authenticator.authenticate(request.headers.get(hdrs.AUTHORIZATION)))
        return json_response({"items": await self._operations.keys(), "next": None})

    async def _rotate(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, self._authenticator, "rotateKeys")
        return json_response(await self._operations.rotate(client.name, command["reason"]))

    async def _add(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, self._authenticator, "addKey")
        return json_response(await self._operations.add(client.name, command["reason"]))

    async def _use(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, self._authenticator, "useKey")
        try:
            return json_response(await self._operations.use(_named(request), client.name, command["reason"]))
        except SealError as exc:
            raise NotFoundError(str(exc)) from exc

    async def _drop(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, self._authenticator, "dropKey")
        try:
            return json_response(await self._operations.drop(_named(request), client.name, command["reason"]))
        except SealError as exc:
            raise NotFoundError(str(exc)) from exc


def _named(request: web.Request) -> str:
    return request.match_info["id"]
