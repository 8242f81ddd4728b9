"""Lists of messages and of deliveries, newest first: filters in the address, paged by key."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import moment
from gateway.console.asking import Asked, Unfit, Way
from gateway.console.parts import Parts
from gateway.console.rendering import Page
from gateway.console.words import TYPES
from gateway.ledger.port import MESSAGE_STATES
from gateway.message import DeliveryState
from gateway.operations.searching import FREE_FILTERS, names_a_person

SIZES = (50, 100, 200)
_TYPED = "•••"
_GROUP = re.compile(r"[0-9A-Za-z_.:-]{1,64}")
# No ledger holds these, and PostgreSQL refuses to be asked for them.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
Kind = Literal["messages", "deliveries"]
_CURSORS: Mapping[Kind, re.Pattern[str]] = {
    "messages": re.compile(r"[0-9]{1,18}"),
    "deliveries": re.compile(r"[0-9a-f-]{1,64}"),
}
FILTERS: Mapping[Kind, tuple[str, ...]] = {
    "messages": ("subject", "type", "state", "destination", "since", "until", "q"),
    "deliveries": ("subject", "type", "state", "destination", "code", "failed", "since", "until", "group", "day"),
}
STATE_CHOICES: Mapping[Kind, tuple[str, ...]] = {
    "messages": (*MESSAGE_STATES, *DeliveryState),
    "deliveries": ("open", *DeliveryState),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What a list is asked for; the same in the address, in saved views and in exports."""

    kind: Kind
    filters: Mapping[str, str]
    cursor: str | None = None
    size: int = SIZES[0]

    def parameters(self, **changes: object) -> dict[str, object]:
        """As questions of an address."""
        size = self.size if self.size != SIZES[0] else None
        return {**self.filters, "cursor": self.cursor, "size": size, **changes}

    @property
    def told(self) -> dict[str, str]:
        """As the audit has it: of what was typed freely, that it was."""
        return {name: _TYPED if name in FREE_FILTERS else value for name, value in self.filters.items()}

    def asked_of_ledger(self) -> dict[str, str]:
        """As the ledger understands it."""
        return dict(self.filters)


def ways(parts: Parts) -> tuple[Way, ...]:
    """Both lists."""
    lists = Lists(parts)
    return (
        Way("GET", "/messages", lists.messages),
        Way("GET", "/deliveries", lists.deliveries),
    )


class Lists:
    """Reads and shows lists."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def messages(self, asked: Asked) -> Page:
        return await self._show("messages", asked)

    async def deliveries(self, asked: Asked) -> Page:
        return await self._show("deliveries", asked)

    async def read(self, query: Query) -> dict[str, Any]:
        """One page."""
        ledger = self._parts.ledger
        ask = ledger.messages_page if query.kind == "messages" else ledger.deliveries_page
        return await ask(query.asked_of_ledger(), query.cursor, query.size)

    async def _show(self, kind: Kind, asked: Asked) -> Page:
        query = read_query(kind, asked.request.query)
        if query is None:
            return Page("problems/bad_filter.html", status=422)
        page, views = await asyncio.gather(
            self.read(query), self._parts.ledger.saved_views(asked.visitor.name, query.kind)
        )
        values = {
            "query": query,
            "f": {name: query.filters.get(name, "") for name in FILTERS[kind]},
            "page": page,
            "views": views,
            "first": query.cursor is None,
            "destinations": choices(self._parts.destinations(), query.filters.get("destination")),
            "types": choices(tuple(TYPES), query.filters.get("type")),
            "states": STATE_CHOICES[kind],
            "sizes": SIZES,
            "next": dict(replace(query, cursor=page["next"]).parameters()) if page["next"] else None,
        }
        return Page(f"lists/{kind}.html", values)


def choices(known: Sequence[str], chosen: str | None) -> list[str]:
    """What may be chosen, and what is although nobody offers it any more."""
    return list(dict.fromkeys([*known, *([chosen] if chosen else [])]))


def refuse_people(filters: Mapping[str, str]) -> None:
    """Raises `Unfit` where a filter of free text may be somebody's number: saved views and addresses would keep it."""
    if any(names_a_person(filters.get(name, "")) for name in FREE_FILTERS):
        raise Unfit(
            "Bộ lọc không nhận số của người dân, vì địa chỉ và bộ lọc đã lưu giữ lại điều đã gõ. Hãy gõ số vào ô tìm "
            "ở đầu trang: ô ấy hỏi mục đích và không lưu số. / Filters take no person's number, for addresses and "
            "saved views keep what was typed. Type it into the search box at the top: it asks what for, and keeps "
            "no number."
        )


def read_query(kind: Kind, told: Mapping[str, str]) -> Query | None:
    """What the address asks for; None where that cannot be. Raises `Unfit` for a person's number."""
    filters = {name: told[name].strip() for name in FILTERS[kind] if told.get(name, "").strip()}
    refuse_people(filters)
    cursor, size = told.get("cursor") or None, told.get("size") or str(SIZES[0])
    fits = (
        not any(_UNSTORABLE.search(value) or len(value) > 200 for value in filters.values()),
        filters.get("state", "dead") in STATE_CHOICES[kind],
        cursor is None or _CURSORS[kind].fullmatch(cursor),
        size in map(str, SIZES),
        filters.get("failed", "true") == "true",
        _GROUP.fullmatch(filters.get("group", "x")),
        moment.is_day(filters.get("day", "2025-01-01")),
        all(moment.says_when_here(filters[name]) for name in ("since", "until") if name in filters),
    )
    if not all(fits):
        return None
    if "subject" in filters:
        filters["subject"] = tidy_code(filters["subject"])
    return Query(kind, filters, cursor, int(size))
