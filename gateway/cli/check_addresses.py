"""Are the documents that dossiers point to reachable without a session? A national system has none of ours.

Looks at the newest stored dossiers. An address is named by its dossier and its place in it; it may say private things.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.ndxp.reach import reachable
from adapters.transport.http import Http
from adapters.transport.networks import Networks
from adapters.transport.settings import HttpSettings
from gateway.acceptance.canonical import document_of
from gateway.ledger.port import Ledger
from gateway.message import TYPE_PREFIX
from gateway.settings import Settings

_DOSSIER = TYPE_PREFIX + "dossier.recorded.v1"
_AT_ONCE = 8
_LISTS = ("documents", "results")
_CALM = {"timeout": timedelta(seconds=20), "connect_tries": 1, "max_answer_bytes": 64 << 10}


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a submitted document or a result: where it stands."""

    dossier: str
    pointer: str
    url: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """An address that cannot be fetched, and why, in both languages."""

    dossier: str
    pointer: str
    why: str


async def check_addresses(settings: Settings, ledger: Ledger, most: int) -> tuple[int, list[Blocked]]:
    """How many of the newest addresses were looked at, and those that nobody without a session can fetch.

    Raises `LedgerUnavailable`, `SealError`.
    """
    found = await _newest(ledger, most)
    room = asyncio.Semaphore(_AT_ONCE)
    reach = Networks("elsewhere" if settings.production else "allow")  # a message names them: this machine is no store
    async with Http(HttpSettings.model_validate(_CALM), reach) as http:

        async def one(address: Address) -> Blocked | None:
            async with room:
                wrong = await reachable(address.url, http)
            return Blocked(address.dossier, address.pointer, f"{wrong.vi} / {wrong.en}") if wrong else None

        looked = await asyncio.gather(*map(one, found))
    return len(found), [blocked for blocked in looked if blocked]


async def _newest(ledger: Ledger, most: int) -> list[Address]:
    """Distinct addresses of the newest dossiers."""
    found: dict[str, Address] = {}
    before: int | None = None
    while len(found) < most:
        page = await ledger.stored_messages(_DOSSIER, before, 200)
        for message in page.messages:
            for address in addresses(message.subject, document_of(message.open_body(), message.body_form)):
                if len(found) < most:
                    found.setdefault(address.url, address)
        before = page.next
        if before is None:
            break
    return list(found.values())


def addresses(dossier: str, data: Mapping[str, Any]) -> Iterator[Address]:
    """Every address in a dossier of something that is still there."""
    parts = [("", data)] + [(f"/supplements/{n}", one) for n, one in enumerate(data.get("supplements", ()))]
    for place, part in parts:
        for name in _LISTS:
            for number, row in enumerate(part.get(name, ())):
                if row.get("url") and not row.get("deleted"):
                    yield Address(dossier, f"{place}/{name}/{number}/url", row["url"])
