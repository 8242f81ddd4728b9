"""Troubles over HTTP: failure groups, doubts, superseding, skipping, editing. For operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, cast

from aiohttp import web

from gateway.acceptance.codes import moment
from gateway.intake import commands, problem
from gateway.intake.gate import caller_of, require
from gateway.intake.purpose import purpose_of
from gateway.intake.views import bad_query, json_response, known_query
from gateway.ledger.groups.port import Which
from gateway.message import Client, DeliveryId
from gateway.operations.doubts import Choice
from gateway.operations.refused import ContentRefused
from gateway.operations.troubles import Troubles

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
_WHICH = ("open", "closed", "all")


class TroubleViews:
    """Answers `/v1/groups…` and what a person does to one delivery beside replay and discard."""

    def __init__(self, troubles: Troubles, max_event_bytes: int) -> None:
        self._troubles = troubles
        self._most = max_event_bytes

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        found: dict[str, Handle] = {
            "listGroups": self._list_groups,
            "getGroup": self._group,
            "noteGroup": self._note,
            "ownGroup": self._own,
            "nameGroup": self._name,
            "muteGroup": self._mute,
            "unmuteGroup": self._unmute,
            "getDecision": self._doubt,
            "decideDelivery": self._decide,
            "supersedeDelivery": self._supersede,
            "skipDelivery": self._skip,
            "hurryDelivery": self._hurry,
            "getEdit": self._editable,
            "editDelivery": self._edit,
        }
        return {name: _told(handle) for name, handle in found.items()}

    async def _list_groups(self, request: web.Request) -> web.Response:
        """All on one page, for causes are few."""
        which = known_query(request, ("state",)).get("state", "open")
        if which not in _WHICH:
            raise bad_query("state", f"một trong: {', '.join(_WHICH)}", f"one of: {', '.join(_WHICH)}")
        return json_response({"items": await self._troubles.groups.listed(cast("Which", which)), "next": None})

    async def _group(self, request: web.Request) -> web.Response:
        return json_response(await self._troubles.groups.one(_fingerprint(request)))

    async def _note(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "noteGroup")
        change = self._troubles.groups.note(_fingerprint(request), client.name, told["note"], told.get("reason", ""))
        return json_response(await change)

    async def _own(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "ownGroup")
        change = self._troubles.groups.own(_fingerprint(request), client.name, told["owner"], told.get("reason", ""))
        return json_response(await change)

    async def _name(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "nameGroup")
        words = told["vi"], told["en"], told.get("reason", "")
        return json_response(await self._troubles.groups.name(_fingerprint(request), client.name, *words))

    async def _mute(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "muteGroup")
        until = _moment(told["until"])
        change = self._troubles.groups.mute(_fingerprint(request), client.name, until, told["reason"])
        return json_response(await change)

    async def _unmute(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "unmuteGroup")
        change = self._troubles.groups.unmute(_fingerprint(request), client.name, told.get("reason", ""))
        return json_response(await change)

    async def _doubt(self, request: web.Request) -> web.Response:
        """What each choice would lead to."""
        return json_response(await self._troubles.doubts.show(_delivery(request)))

    async def _decide(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "decideDelivery")
        choice = cast("Choice", told["choice"])
        deciding = self._troubles.doubts.decide(
            _delivery(request), choice, client.name, told["reason"], told.get("attempt")
        )
        return json_response(await deciding)

    async def _supersede(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "supersedeDelivery")
        by = DeliveryId(told["by"]) if "by" in told else None
        before = await self._troubles.by_hand.supersede(_delivery(request), client.name, told["reason"], by)
        return json_response({"id": _delivery(request), "state": "superseded", "state_before": before})

    async def _skip(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "skipDelivery")
        state = await self._troubles.by_hand.skip(_delivery(request), client.name, told["reason"])
        return json_response({"id": _delivery(request), "state": state, "holds_lane": False})

    async def _hurry(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "hurryDelivery")
        await self._troubles.by_hand.hurry(_delivery(request), client.name, told["reason"])
        return json_response({"id": _delivery(request), "state": "pending", "state_before": "waiting"})

    async def _editable(self, request: web.Request) -> web.Response:
        """The document, and what of it is locked; whoever opens it says what for."""
        client = caller_of(request)
        purpose = purpose_of(known_query(request, ("purpose",)))
        return json_response(await self._troubles.edits.editable(_delivery(request), client.name, purpose))

    async def _edit(self, request: web.Request) -> web.Response:
        client, told = await self._command(request, "editDelivery", self._most + commands.MOST_BYTES)
        unlock = bool(told.get("unlock"))
        if unlock:
            require(client, "administrator")
        edited = await self._troubles.edits.edit(
            _delivery(request), client.name, told["reason"], told["data"], unlock=unlock
        )
        return json_response(edited)

    async def _command(
        self, request: web.Request, name: str, most: int = commands.MOST_BYTES
    ) -> tuple[Client, dict[str, Any]]:
        return await commands.read_command(request, name, most)


def _fingerprint(request: web.Request) -> str:
    return request.match_info["fingerprint"]


def _delivery(request: web.Request) -> DeliveryId:
    return DeliveryId(request.match_info["id"])


def _moment(text: str) -> datetime:
    found = moment.parse(text)
    if found is None:
        raise problem.refusal(
            422,
            "DATE_FORMAT",
            "Thời điểm phải như 2025-03-10T17:00:00+07:00.",
            "A moment must read like 2025-03-10T17:00:00+07:00.",
            "/until",
        )
    return found


def _told(handle: Handle) -> Handle:
    """The handler, with what an operation refuses as the 422 it means."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except ContentRefused as exc:
            raise problem.invalid(exc.problems) from exc

    return answer
