"""Clients and their keys over HTTP, for administrators: a new key is in the answer that made it and nowhere else."""

from __future__ import annotations

from aiohttp import hdrs, web

from gateway.intake.commands import read_command
from gateway.intake.credentials.directory import Directory
from gateway.intake.gate import Handle
from gateway.intake.problem import invalid
from gateway.intake.views import json_response
from gateway.ledger.clients.port import NewClient
from gateway.operations.clients import OLD_KEYS_FOR, ClientOperations
from gateway.operations.refused import ContentRefused
from gateway.sections import parse_duration


class ClientViews:
    """Answers every route under `/v1/clients`. What was changed counts at once in this process."""

    def __init__(self, operations: ClientOperations, directory: Directory) -> None:
        self._operations = operations
        self._directory = directory

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "listClients": self._list,
            "addClient": self._add,
            "rotateClient": self._rotate,
            "revokeClient": self._revoke,
        }

    async def _list(self, _: web.Request) -> web.Response:
        return json_response({"items": await self._operations.clients(), "next": None})

    async def _add(self, request: web.Request) -> web.Response:
        caller, command = await read_command(request, "addClient")
        client = NewClient(
            command["name"],
            tuple(command.get("sources", ())),
            tuple(command.get("agencies", ())),
            tuple(command.get("types", ())),
            rate=float(command.get("rate", 0)),
            burst=command.get("burst", 0),
            amqp_user=command.get("amqp_user", ""),
        )
        try:
            made = await self._operations.add(client, caller.name, command["reason"])
        except ContentRefused as exc:
            raise invalid(exc.problems) from exc
        return await self._told(made)

    async def _rotate(self, request: web.Request) -> web.Response:
        caller, command = await read_command(request, "rotateClient")
        keep = parse_duration(command["keep"]) if "keep" in command else OLD_KEYS_FOR
        return await self._told(await self._operations.rotate(_named(request), keep, caller.name, command["reason"]))

    async def _revoke(self, request: web.Request) -> web.Response:
        caller, command = await read_command(request, "revokeClient")
        key_id = command.get("key", "")
        return await self._told(await self._operations.revoke(_named(request), key_id, caller.name, command["reason"]))

    async def _told(self, answer: dict[str, object]) -> web.Response:
        await self._directory.refresh()
        response = json_response(answer)
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response


def _named(request: web.Request) -> str:
    return request.match_info["name"]
