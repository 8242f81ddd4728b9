"""Mappings and code lists over HTTP: what is in force, previews, trials, publishing, imports.

Whoever has a key may look and preview documents of its own; changing, and trying on stored messages, is for
administrators.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from aiohttp import web

from gateway.errors import NotFoundError
from gateway.intake import commands, problem
from gateway.intake.gate import caller_of, require
from gateway.intake.views import bad_query, json_response, known_query
from gateway.operations import listing
from gateway.operations.code_lists import CodeListOperations, NewList
from gateway.operations.judge import Judge
from gateway.operations.list_rows import ListRow, as_rows, read_rows
from gateway.operations.live import LiveCatalogue
from gateway.operations.mappings import PAGE, TRIAL_MESSAGES, MappingOperations
from gateway.operations.preview import Wanted, preview
from gateway.operations.refused import ContentRefused, flaw

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MOST_TABLE_BYTES = 2 << 20
_MOST_IMPORT_BYTES = 12 << 20
"""A file of 8 MiB in base64, and what stands around it."""


class CatalogueViews:
    """Answers every route under `/v1/mappings` and `/v1/codelists`."""

    def __init__(
        self,
        live: LiveCatalogue,
        mappings: MappingOperations,
        code_lists: CodeListOperations,
        judge: Judge,
    ) -> None:
        self._live = live
        self._mappings = mappings
        self._code_lists = code_lists
        self._judge = judge

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        found = {
            "listMappings": self._list_mappings,
            "getMapping": self._mapping,
            "previewMapping": self._preview,
            "tryMapping": self._try,
            "publishMapping": self._publish,
            "withdrawMapping": self._withdraw,
            "listCodeLists": self._list_code_lists,
            "getCodeList": self._code_list,
            "importCodeList": self._import,
            "getRefreshed": self._refreshed,
            "getSuggestions": self._suggestions,
        }
        return {name: _told(handle) for name, handle in found.items()}

    async def _list_mappings(self, _: web.Request) -> web.Response:
        return json_response({"items": listing.listing(self._live.current), "next": None})

    async def _mapping(self, request: web.Request) -> web.Response:
        version = known_query(request, ("version",)).get("version")
        return json_response(await asyncio.to_thread(listing.source, self._live.current, _name(request), version))

    async def _preview(self, request: web.Request) -> web.Response:
        client = caller_of(request)
        asked = await commands.read_request(request, "previewMapping", _MOST_TABLE_BYTES)
        if "table" in asked:
            require(client, "administrator")
        if ("document" in asked) == ("text" in asked):
            raise _refused("/document", "DOCUMENT_REQUIRED", "Cần document hoặc text.", "Give document or text.")
        wanted = Wanted(_name(request), _day(asked, "on"), asked.get("version"), asked.get("table"))
        content = asked["document"] if "document" in asked else asked["text"]
        how = {"back": asked.get("back", False)}
        made = await asyncio.to_thread(preview, self._live.current, self._judge, wanted, content, **how)
        return json_response(made)

    async def _try(self, request: web.Request) -> web.Response:
        client, asked = await commands.read_command(request, "tryMapping", _MOST_TABLE_BYTES)
        how = (asked.get("before"), asked.get("limit", PAGE))
        page = await self._mappings.trial_page(asked["table"], client.name, asked["reason"], *how)
        return json_response(page)

    async def _publish(self, request: web.Request) -> web.Response:
        client, asked = await commands.read_command(request, "publishMapping", _MOST_TABLE_BYTES)
        done = await self._mappings.publish(
            asked["table"],
            client.name,
            asked["reason"],
            effective_from=_day(asked, "effective_from"),
            accept_failures=asked.get("accept_failures", False),
            last=asked.get("last", TRIAL_MESSAGES),
        )
        return json_response(done)

    async def _withdraw(self, request: web.Request) -> web.Response:
        client, asked = await commands.read_command(request, "withdrawMapping")
        done = await self._mappings.withdraw(_name(request), asked["version"], client.name, asked["reason"])
        return json_response(done)

    async def _list_code_lists(self, _: web.Request) -> web.Response:
        return json_response({"items": listing.lists(self._live.current), "next": None})

    async def _code_list(self, request: web.Request) -> web.Response:
        found = listing.find_list(self._live.current, request.match_info["name"])
        return json_response({**listing.list_described(found), "entries": as_rows(found.entries)})

    async def _import(self, request: web.Request) -> web.Response:
        client, asked = await commands.read_command(request, "importCodeList", _MOST_IMPORT_BYTES)
        name, rows = request.match_info["name"], await _rows(asked)
        how: dict[str, Any] = {
            "whole": asked.get("whole", False),
            "new": NewList(**asked["new"]) if "new" in asked else None,
        }
        if "fingerprint" not in asked:
            return json_response(await self._code_lists.plan(name, rows, **how))
        if "reason" not in asked:
            raise commands.reason_required()
        done = await self._code_lists.apply(name, rows, asked["fingerprint"], client.name, asked["reason"], **how)
        return json_response({**done, "done": True})

    async def _refreshed(self, request: web.Request) -> web.Response:
        return json_response(await self._code_lists.refreshed(request.match_info["name"]))

    async def _suggestions(self, request: web.Request) -> web.Response:
        return json_response(await self._code_lists.suggest(known_query(request, ("list",)).get("list")))


def _told(handle: Handle) -> Handle:
    """What an operation says, as a problem document."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except ContentRefused as exc:
            raise problem.invalid(exc.problems) from exc
        except NotFoundError as exc:
            vi, _, en = str(exc).partition(" / ")
            raise problem.refusal(404, "NOT_FOUND", vi, en) from exc

    return answer


def _name(request: web.Request) -> str:
    return f"{request.match_info['system']}/{request.match_info['type']}"


def _day(asked: dict[str, Any], key: str) -> date | None:
    if key not in asked:
        return None
    try:
        return date.fromisoformat(asked[key])
    except ValueError:
        raise bad_query(key, "một ngày có thật như 2025-03-10", "a real day like 2025-03-10") from None


async def _rows(asked: dict[str, Any]) -> list[ListRow]:
    """The rows that stand in the command, or in the file it carries."""
    if "rows" in asked and "content" not in asked:
        return [ListRow.from_dict(number, row) for number, row in enumerate(asked["rows"], 1)]
    if "content" not in asked or "file_name" not in asked or "rows" in asked:
        raise _refused("/content", "FILE_REQUIRED", "Cần rows, hoặc content và file_name.", "Give rows, or a file.")
    return await asyncio.to_thread(read_rows, asked["file_name"], commands.content_of(asked), asked.get("sheet"))


def _refused(pointer: str, code: str, vi: str, en: str) -> ContentRefused:
    return ContentRefused([flaw(pointer, code, vi, en)])
