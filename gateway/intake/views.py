"""The reading side and the single operations over HTTP: clients see their own messages, people everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from aiohttp import web

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import moment
from gateway.errors import IntakeError
from gateway.intake.commands import read_command
from gateway.intake.gate import caller_of
from gateway.intake.problem import refusal
from gateway.intake.surface.messages import DELIVERY_FILTERS, MESSAGE_FILTERS
from gateway.ledger.port import MESSAGE_STATES, Ledger
from gateway.message import Client, DeliveryId, DeliveryState
from gateway.operations.deliveries import after_discard
from gateway.operations.searching import FREE_FILTERS, names_a_person
from gateway.reports import passport
from gateway.reports.balance import for_sender, with_lists

DEFAULT_LIMIT = 50
MOST_ITEMS = 200
_ROW = re.compile(r"[0-9]{1,18}")
_DELIVERY = re.compile(r"[0-9a-f-]{1,64}")


class Operations(Protocol):
    """What an operator may do to one delivery; each is audited."""

    async def replay(self, delivery_id: DeliveryId, actor: str, reason: str, *, as_then: bool = False) -> DeliveryId:
        """A new delivery in place of a dead one; its id. Raises `NotFoundError`, `StateError`."""

    async def discard(self, delivery_id: DeliveryId, actor: str, reason: str) -> DeliveryState:
        """Cancel a delivery; the state it had. Raises `NotFoundError`, `StateError`."""


class Views:
    """Answers questions about messages, deliveries and dossiers, and takes single operations."""

    def __init__(self, ledger: Ledger, operations: Operations) -> None:
        self._ledger = ledger
        self._operations = operations

    async def message(self, request: web.Request) -> web.Response:
        """One message with its deliveries, attempts, warnings and replies."""
        client = caller_of(request)
        view = await self._ledger.message_view(request.match_info["id"])
        if view is None or not _may_see(client, view):
            raise not_found()
        return json_response(view)

    async def messages(self, request: web.Request) -> web.Response:
        """Messages, newest first; `state` is the message's own or that of one of its deliveries."""
        client = caller_of(request)
        filters, cursor, limit = _query(request, MESSAGE_FILTERS, _ROW, (*MESSAGE_STATES, *DeliveryState))
        return json_response(await self._ledger.messages_page(_own(client, filters), cursor, limit))

    async def deliveries(self, request: web.Request) -> web.Response:
        """Deliveries, newest first."""
        client = caller_of(request)
        filters, cursor, limit = _query(request, DELIVERY_FILTERS, _DELIVERY, (*DeliveryState, "open"))
        return json_response(await self._ledger.deliveries_page(_own(client, filters), cursor, limit))

    async def dossier(self, request: web.Request) -> web.Response:
        """The passport of one dossier; a client sees what is its own."""
        client = caller_of(request)
        view = await self._ledger.dossier_view(tidy_code(request.match_info["code"]))
        if view is not None and not client.sees_all:
            view = passport.for_sender(view, client.name)
        if view is None:
            raise not_found()
        return json_response(view)

    async def balance(self, request: web.Request) -> web.Response:
        """Obligations by destination and state (of a day, by type too), which must add up, each with its list.

        A sending system reads of the others' answers in one line that names nobody.
        """
        client = caller_of(request)
        day = known_query(request, ("day",)).get("day")
        if day is not None:
            _need_day(day)
        sheet = with_lists(await self._ledger.balance(day))
        return json_response(sheet if client.sees_all else for_sender(sheet, client.name))

    async def replay(self, request: web.Request) -> web.Response:
        """A new delivery in place of a dead one."""
        client, command = await read_command(request, "replayDelivery")
        delivery_id, as_then = DeliveryId(request.match_info["id"]), command.get("mapping") == "then"
        new_id = await self._operations.replay(delivery_id, client.name, command["reason"], as_then=as_then)
        view = await self._ledger.delivery_view(new_id)
        return json_response({"id": new_id, "replay_of": delivery_id, "state": view["state"] if view else None})

    async def discard(self, request: web.Request) -> web.Response:
        """Cancel a delivery that is not under way."""
        client, command = await read_command(request, "discardDelivery")
        delivery_id = DeliveryId(request.match_info["id"])
        before = await self._operations.discard(delivery_id, client.name, command["reason"])
        return json_response({"id": delivery_id, "state": after_discard(before), "state_before": before})


def json_response(value: Any, status: int = 200) -> web.Response:
    """A JSON answer that nobody may cache."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return web.Response(status=status, body=orjson.dumps(value), headers=headers)


def not_found() -> IntakeError:
    """The 404 for what is not there, or not this client's to see."""
    return refusal(
        404,
        "NOT_FOUND",
        "Không có thông điệp, lượt gửi, hồ sơ hay địa chỉ này; hãy kiểm tra lại mã hoặc đường dẫn.",
        "There is no such message, delivery, dossier or address; check the id or the path.",
    )


def bad_query(name: str, vi: str, en: str) -> IntakeError:
    """The 422 for a query parameter that does not say anything."""
    return refusal(422, "QUERY_PARAMETER", f"Tham số {name} phải là {vi}.", f"The parameter {name} must be {en}.")


def _may_see(client: Client, view: Mapping[str, Any]) -> bool:
    return client.sees_all or view.get("client") == client.name


def _own(client: Client, filters: dict[str, str]) -> dict[str, str]:
    return filters if client.sees_all else {**filters, "client": client.name}


def known_query(request: web.Request, names: tuple[str, ...]) -> dict[str, str]:
    """The query parameters that say something. Raises `IntakeError` 422 for one that nobody reads, or that comes twice.

    Twice: a server in front may read the other one. Of people, no free text that may be somebody's number is taken.
    """
    for name in request.query:
        if len(request.query.getall(name)) > 1 and name in names:
            raise bad_query(name, "một giá trị, không phải nhiều", "one value, not several")
        if name not in names:
            known = ", ".join(names)
            raise refusal(
                422,
                "QUERY_PARAMETER",
                f"Có tham số không dùng ở đây; các tham số: {known}.",
                f"A parameter is not known here; the parameters: {known}.",
            )
    if any("\x00" in value for value in request.query.values()):
        raise refusal(422, "QUERY_PARAMETER", "Tham số chứa ký tự NUL; hãy bỏ đi.", "A parameter holds NUL; remove it.")
    for name in FREE_FILTERS:
        # A sending system's ids are its own, numbers too, and nothing keeps what it asks for.
        if name in names and names_a_person(request.query.get(name, "")) and caller_of(request).sees_all:
            raise _person_in_address(name)
    return {name: value for name, value in request.query.items() if value}


def _person_in_address(name: str) -> IntakeError:
    return refusal(
        422,
        "QUERY_PARAMETER",
        f"Tham số {name} không nhận số của người dân, vì địa chỉ bị ghi lại ở nhiều nơi; hãy tìm người bằng "
        'POST /v1/searches {"q": "…", "purpose": "…"}.',
        f"The parameter {name} takes no person's number, for addresses are written down in many places; look for a "
        'person by POST /v1/searches {"q": "…", "purpose": "…"}.',
    )


def _query(
    request: web.Request, names: tuple[str, ...], cursor_form: re.Pattern[str], states: tuple[str, ...]
) -> tuple[dict[str, str], str | None, int]:
    filters = known_query(request, (*names, "cursor", "limit"))
    cursor, limit = filters.pop("cursor", None), filters.pop("limit", str(DEFAULT_LIMIT))
    if cursor is not None and not cursor_form.fullmatch(cursor):
        raise bad_query("cursor", "giá trị next của trang trước", "the `next` of the page before")
    if not _ROW.fullmatch(limit) or not 1 <= int(limit) <= MOST_ITEMS:
        raise bad_query("limit", f"số từ 1 đến {MOST_ITEMS}", f"a number from 1 to {MOST_ITEMS}")
    if filters.get("state", states[0]) not in states:
        known = ", ".join(states)
        raise bad_query("state", f"một trong: {known}", f"one of: {known}")
    if "subject" in filters:
        filters["subject"] = tidy_code(filters["subject"])
    for name in ("since", "until"):
        if name in filters and not moment.says_when(filters[name]):
            raise bad_query(name, "thời điểm như 2025-03-10T00:00:00+07:00", "a moment like 2025-03-10T00:00:00+07:00")
    if "day" in filters:
        _need_day(filters["day"])
    for name in ("counted", "unbalanced"):
        if filters.get(name, "true") != "true":
            raise bad_query(name, "true", "true")
    return filters, cursor, int(limit)


def _need_day(day: str) -> None:
    if not moment.is_day(day):
        raise bad_query("day", "một ngày như 2025-03-10", "a day like 2025-03-10")
