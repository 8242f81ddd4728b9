"""Changing a code list: a file or a row is planned, seen, then imported; what the portal changed; unmapped codes.

The same operations as `/v1/codelists`. A plan travels in its page, so that what is confirmed is what was seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web

from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.errors import NotFoundError
from gateway.operations.list_rows import ListRow, as_rows, read_rows
from gateway.operations.listing import lists

_MOST = 8 << 20
_FORM = 16 << 20
"""Such a file, or its rows as a page of ours carries them."""
_SHOWN = 200


def ways(parts: Parts) -> tuple[Way, ...]:
    """Unmapped codes, what the portal changed, a plan, and doing it."""
    changes = _Changes(parts)
    return (
        Way("GET", "/unmapped", changes.unmapped),
        Way("GET", "/codes/{name}/refreshed", changes.refreshed),
        Way("POST", "/codes/{name}/plan", changes.plan, "administrator", _FORM),
        Way("POST", "/codes/{name}/import", changes.apply, "administrator", _FORM),
    )


class _Changes:
    def __init__(self, parts: Parts) -> None:
        self._lists = parts.code_lists
        self._live = parts.catalogue

    async def unmapped(self, asked: Asked) -> Page:
        """Codes that dead deliveries wait for, the commonest first, with the nearest of their list."""
        wanted = asked.query("list") or None
        found = await self._lists.suggest(wanted)
        known = {one["name"]: one for one in lists(self._live.current)}
        return Page("codes/unmapped.html", {"found": found, "lists": known, "wanted": wanted or ""})

    async def refreshed(self, asked: Asked) -> Page:
        name = asked.part("name")
        try:
            found = await self._lists.refreshed(name)
        except NotFoundError as exc:
            if name not in {one["name"] for one in lists(self._live.current)}:
                raise
            return Page("codes/refreshed.html", {"name": name, "found": None, "told": str(exc)})
        return Page(
            "codes/refreshed.html", {"name": name, "found": found, "rows": orjson.dumps(found["rows"]).decode()}
        )

    async def plan(self, asked: Asked) -> Page:
        """What the file, the row or the rows would do; nothing is done."""
        return await self._planned(asked, await _rows(asked))

    async def apply(self, asked: Asked) -> Answer:
        name, rows, whole = asked.part("name"), _written_rows(asked), _whole(asked)
        fingerprint = asked.filled.get("fingerprint", "")
        await self._lists.apply(name, rows, fingerprint, asked.visitor.name, asked.reason(), whole=whole)
        return _done(name)

    async def _planned(self, asked: Asked, rows: Sequence[ListRow]) -> Page:
        name, whole = asked.part("name"), _whole(asked)
        made = await self._lists.plan(name, rows, whole=whole)
        values = {
            "name": name,
            "plan": made,
            "steps": made["steps"][:_SHOWN],
            "rows": orjson.dumps(as_rows(one.entry for one in rows)).decode(),
            "whole": whole,
        }
        return Page("codes/plan.html", values)


def _done(name: str) -> web.Response:
    return see(address("codes", name, said="imported"))


def _whole(asked: Asked) -> bool:
    return asked.filled.get("whole") == "true"


async def _rows(asked: Asked) -> list[ListRow]:
    """Out of a file, of rows that a page of ours proposed, or of one row that was typed."""
    given = asked.form.files.get("file")
    if given is not None:
        if len(given.content) > _MOST:
            raise Unfit("Tệp quá 8 MiB. / The file is larger than 8 MiB.")
        return await asyncio.to_thread(read_rows, given.name, given.content, asked.filled.get("sheet") or None)
    if "rows" in asked.filled:
        return _written_rows(asked)
    typed = {
        name: asked.filled[name] for name in ("canonical", "foreign", "vi", "valid_from") if asked.filled.get(name)
    }
    if not {"canonical", "foreign"} <= set(typed):
        raise Unfit("Hãy chọn một tệp, hoặc nhập cả hai mã. / Choose a file, or enter both codes.")
    return [ListRow.from_dict(1, typed)]


def _written_rows(asked: Asked) -> list[ListRow]:
    """Rows as a page of ours carries them."""
    try:
        told: Any = orjson.loads(asked.filled.get("rows", ""))
    except orjson.JSONDecodeError:
        told = None
    fits = isinstance(told, list) and all(
        isinstance(row, dict) and all(isinstance(value, str) for value in row.values()) for row in told
    )
    if not fits:
        raise Unfit("Hãy lập kế hoạch trước. / Make a plan first.")
    return [ListRow.from_dict(number, row) for number, row in enumerate(told, 1)]
