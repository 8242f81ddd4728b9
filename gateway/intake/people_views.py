"""Bodies and people over HTTP: masked without a purpose, whole with one; numbers come in bodies, never in addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gateway.errors import IntakeError
from gateway.intake.commands import read_command
from gateway.intake.gate import require
from gateway.intake.problem import refusal
from gateway.intake.views import DEFAULT_LIMIT, json_response
from gateway.operations.bodies import BodyOperations
from gateway.operations.searching import SearchOperations, is_personal

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PeopleViews:
    """Answers the routes of `gateway.intake.surface.people`."""

    def __init__(self, bodies: BodyOperations, searching: SearchOperations) -> None:
        self._bodies = bodies
        self._searching = searching

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "search": self._search,
            "getMaskedBody": self._masked,
            "openBody": self._open,
            "whoSaw": self._who_saw,
        }

    async def _search(self, request: web.Request) -> web.Response:
        client, asked = await read_command(request, "search")
        text, page = asked["q"], _page(asked)
        if not is_personal(text):
            return json_response(await self._searching.by_code(text, *page))
        require(client, "operator")
        return json_response(await self._searching.by_person(text, client.name, _purpose(asked), *page))

    async def _masked(self, request: web.Request) -> web.Response:
        return json_response(await self._bodies.masked(request.match_info["id"]))

    async def _open(self, request: web.Request) -> web.Response:
        client, asked = await read_command(request, "openBody")
        return json_response(await self._bodies.opened(request.match_info["id"], client.name, _purpose(asked)))

    async def _who_saw(self, request: web.Request) -> web.Response:
        client, asked = await read_command(request, "whoSaw")
        found = await self._searching.who_saw(asked["q"], client.name, _purpose(asked), *_page(asked))
        return json_response(found)


def _purpose(asked: dict[str, Any]) -> str:
    """Raises `IntakeError` 422 where none is said."""
    purpose = str(asked.get("purpose", "")).strip()
    if not purpose:
        raise purpose_required()
    return purpose


def purpose_required() -> IntakeError:
    """The 422 for looking at a person without saying what for."""
    return refusal(
        422,
        "PURPOSE_REQUIRED",
        'Cần nói để làm gì: {"purpose": "…"}; mục đích được ghi vào nhật ký kiểm toán.',
        'Say what for: {"purpose": "…"}; it goes into the audit.',
        "/purpose",
    )


def _page(asked: dict[str, Any]) -> tuple[str | None, int]:
    return asked.get("cursor"), asked.get("limit", DEFAULT_LIMIT)
