"""Saved views of lists: filters under a name, one's own or everybody's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import get_args
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.screens.lists import Kind, read_query
from gateway.operations.saved_views import SavedViewOperations


def ways(parts: Parts) -> tuple[Way, ...]:
    """Saving and dropping, for both lists. Everybody may keep their own; the views of all are an operator's."""
    views = SavedViewOperations(parts.ledger)

    def saving(kind: Kind) -> Callable[[Asked], Awaitable[Answer]]:
        async def save(asked: Asked) -> Answer:
            query = read_query(kind, asked.filled)
            if query is None:
                return Page("problems/bad_filter.html", status=422)
            asked_for = urlencode({name: value for name, value in query.parameters(cursor=None).items() if value})
            name = asked.filled.get("name", "")
            await views.save(asked.visitor.name, kind, name, asked_for, shared=_shared(asked))
            return see(address(kind, **query.parameters(cursor=None, said="saved")))

        return save

    def dropping(kind: Kind) -> Callable[[Asked], Awaitable[web.Response]]:
        async def drop(asked: Asked) -> web.Response:
            await views.drop(asked.visitor.name, kind, asked.filled.get("name", ""), shared=_shared(asked))
            return see(address(kind, said="dropped"))

        return drop

    kinds: tuple[Kind, ...] = get_args(Kind)
    return (
        *(Way("POST", f"/{kind}/views", saving(kind)) for kind in kinds),
        *(Way("POST", f"/{kind}/views/drop", dropping(kind)) for kind in kinds),
    )


def _shared(asked: Asked) -> bool:
    shared = asked.filled.get("shared") == "true"
    if shared and not asked.visitor.has("operator"):
        raise Unfit("Bộ lọc chung do người vận hành giữ. / Views of everybody are kept by operators.")
    return shared
