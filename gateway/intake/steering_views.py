"""Destinations over HTTP: how they stand, pause, resume, probe, maintenance. Viewers look, operators steer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from gateway.acceptance.codes import moment
from gateway.errors import NotFoundError
from gateway.intake import problem
from gateway.intake.commands import read_command
from gateway.intake.views import bad_query, json_response, known_query
from gateway.operations.steering import SteeringOperations

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SteeringViews:
    """Answers every route under `/v1/destinations` and `/v1/maintenance`."""

    def __init__(self, operations: SteeringOperations) -> None:
        self._operations = operations

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        found = {
            "listDestinations": self._destinations,
            "pauseDestination": self._pause,
            "resumeDestination": self._resume,
            "probeDestination": self._probe,
            "listMaintenance": self._maintenance,
            "addMaintenance": self._add,
            "cancelMaintenance": self._cancel,
        }
        return {name: _told(handle) for name, handle in found.items()}

    async def _destinations(self, _: web.Request) -> web.Response:
        return json_response({"items": await self._operations.destinations(), "next": None})

    async def _pause(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "pauseDestination")
        return json_response(await self._operations.pause(_name(request), client.name, command["reason"]))

    async def _resume(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "resumeDestination")
        return json_response(await self._operations.resume(_name(request), client.name, command["reason"]))

    async def _probe(self, request: web.Request) -> web.Response:
        """Answers within half a minute, whether or not somebody answered by then."""
        client, command = await read_command(request, "probeDestination")
        return json_response(await self._operations.probe(_name(request), client.name, command.get("reason", "")))

    async def _maintenance(self, request: web.Request) -> web.Response:
        past = known_query(request, ("past",)).get("past", "false")
        if past not in ("true", "false"):
            raise bad_query("past", "true hoặc false", "true or false")
        return json_response({"items": await self._operations.maintenance(past=past == "true"), "next": None})

    async def _add(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "addMaintenance")
        starts_at = _moment(command, "from") if "from" in command else None
        ends_at = _moment(command, "until")
        made = await self._operations.add_maintenance(
            command["destination"], starts_at, ends_at, client.name, command["reason"]
        )
        return json_response(made)

    async def _cancel(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "cancelMaintenance")
        window_id = request.match_info["id"]
        return json_response(await self._operations.cancel_maintenance(window_id, client.name, command["reason"]))


def _name(request: web.Request) -> str:
    return request.match_info["name"]


def _moment(command: dict[str, Any], key: str) -> datetime:
    found = moment.parse(command[key])
    if found is None:
        raise bad_query(key, "thời điểm như 2025-03-10T22:00:00+07:00", "a moment like 2025-03-10T22:00:00+07:00")
    return found


def _told(handle: Handle) -> Handle:
    """What is not there is said in the operation's own words: they name what there is."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except NotFoundError as exc:
            vi, _, en = str(exc).partition(" / ")
            raise problem.refusal(404, "NOT_FOUND", vi, en) from exc

    return answer
