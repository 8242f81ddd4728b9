"""Cut-over over HTTP: a file of dossiers a destination has already; without a fingerprint it is only planned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.errors import NotFoundError
from gateway.intake import problem
from gateway.intake.commands import content_of, read_command, reason_required
from gateway.intake.views import json_response
from gateway.operations.cutover import CutoverOperations
from gateway.operations.cutover_rows import read_dossiers
from gateway.operations.refused import ContentRefused

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MOST_BYTES = 12 << 20
"""A file of 8 MiB in base64, and what stands around it."""


class CutoverViews:
    """Answers `/v1/cutover/import`."""

    def __init__(self, operations: CutoverOperations) -> None:
        self._operations = operations

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {"importCutover": self._import}

    async def _import(self, request: web.Request) -> web.Response:
        client, asked = await read_command(request, "importCutover", _MOST_BYTES)
        try:
            content = content_of(asked)
            dossiers = await asyncio.to_thread(read_dossiers, asked["file_name"], content, asked.get("sheet"))
            if "fingerprint" not in asked:
                return json_response(await self._operations.plan(asked["destination"], dossiers))
            if "reason" not in asked:
                raise reason_required()
            seen, reason = asked["fingerprint"], asked["reason"]
            done = await self._operations.load(asked["destination"], dossiers, seen, client.name, reason)
        except ContentRefused as exc:
            raise problem.invalid(exc.problems) from exc
        except NotFoundError as exc:
            vi, _, en = str(exc).partition(" / ")
            raise problem.refusal(404, "NOT_FOUND", vi, en) from exc
        return json_response({**done, "done": True})
