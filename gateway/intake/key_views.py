"""The key ring over HTTP, for administrators: what it holds, rotating, letting go of a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.intake.commands import read_command
from gateway.intake.problem import refusal
from gateway.intake.views import json_response
from gateway.operations.keys import KeyOperations, NoFileError
from gateway.security.key_file import KeySealsError, SealError, UnknownKeyError

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class KeyViews:
    """Answers every route under `/v1/keys`."""

    def __init__(self, operations: KeyOperations) -> None:
        self._operations = operations

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        found: dict[str, Handle] = {
            "listKeys": self._list,
            "rotateKeys": self._rotate,
            "rotateSearchKey": self._rotate_search,
            "addKey": self._add,
            "useKey": self._use,
            "dropKey": self._drop,
        }
        return {name: _told(handle) for name, handle in found.items()}

    async def _list(self, _: web.Request) -> web.Response:
        return json_response({"items": await self._operations.keys(), "next": None})

    async def _rotate(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "rotateKeys")
        return json_response(await self._operations.rotate(client.name, command["reason"]))

    async def _rotate_search(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "rotateSearchKey")
        return json_response(await self._operations.rotate_search(client.name, command["reason"]))

    async def _add(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "addKey")
        return json_response(await self._operations.add(client.name, command["reason"]))

    async def _use(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "useKey")
        return json_response(await self._operations.use(_named(request), client.name, command["reason"]))

    async def _drop(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "dropKey")
        return json_response(await self._operations.drop(_named(request), client.name, command["reason"]))


def _named(request: web.Request) -> str:
    return request.match_info["id"]


def _told(handle: Handle) -> Handle:
    """The handler, with what the ring refuses as the status it means."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except (SealError, NoFileError) as exc:
            vi, _, en = str(exc).partition(" / ")
            raise refusal(*_meaning(exc), vi, en) from exc

    return answer


def _meaning(exc: Exception) -> tuple[int, str]:
    match exc:
        case UnknownKeyError():
            return 404, "NOT_FOUND"
        case KeySealsError():
            return 409, "KEY_SEALS"
        case NoFileError():
            return 409, "STATE"
    return 503, "KEYS_UNREADABLE"
