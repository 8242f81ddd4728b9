"""Failure groups: what failed, who can mend it and how; owner, note, mute; and what waits for a person's word."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import cast

from aiohttp import web

from gateway.console.asking import Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.ledger.groups.port import Which

_WHICH = ("open", "closed", "all")
_MUTES = {"1h": timedelta(hours=1), "8h": timedelta(hours=8), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
_FINGERPRINT = re.compile(r"[0-9a-f]{1,64}")


def ways(parts: Parts) -> tuple[Way, ...]:
    """Lists, a group, and what is written on it."""
    groups = _Groups(parts)
    return (
        Way("GET", "/groups", groups.listed),
        Way("GET", "/groups/{fingerprint}", groups.one),
        Way("POST", "/groups/{fingerprint}/note", groups.note, "operator"),
        Way("POST", "/groups/{fingerprint}/owner", groups.owner, "operator"),
        Way("POST", "/groups/{fingerprint}/mute", groups.mute, "operator"),
        Way("POST", "/groups/{fingerprint}/unmute", groups.unmute, "operator"),
    )


class _Groups:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._groups = parts.troubles.groups

    async def listed(self, asked: Asked) -> Page:
        which = asked.query("state", "open")
        if which not in _WHICH:
            return Page("problems/bad_filter.html", status=422)
        return Page("groups/list.html", {"groups": await self._groups.listed(cast("Which", which)), "which": which})

    async def one(self, asked: Asked) -> Page:
        group = await self._groups.one(_fingerprint(asked))
        deliveries = await self._parts.ledger.deliveries_page({"group": group["fingerprint"]}, None, 20)
        return Page("groups/one.html", {"group": group, "page": deliveries, "mutes": list(_MUTES)})

    async def note(self, asked: Asked) -> web.Response:
        note = asked.filled.get("note", "")[:2000]
        await self._groups.note(_fingerprint(asked), asked.visitor.name, note)
        return _back(asked, "noted")

    async def owner(self, asked: Asked) -> web.Response:
        owner = asked.filled.get("owner", "")[:100]
        await self._groups.own(_fingerprint(asked), asked.visitor.name, owner)
        return _back(asked, "noted")

    async def mute(self, asked: Asked) -> web.Response:
        length = _MUTES.get(asked.filled.get("for", ""))
        if length is None:
            raise Unfit("Hãy chọn thời gian. / Choose for how long.")
        await self._groups.mute(_fingerprint(asked), asked.visitor.name, asked.now + length, asked.reason())
        return _back(asked, "noted")

    async def unmute(self, asked: Asked) -> web.Response:
        await self._groups.unmute(_fingerprint(asked), asked.visitor.name)
        return _back(asked, "noted")


def _fingerprint(asked: Asked) -> str:
    found = asked.part("fingerprint")
    return found if _FINGERPRINT.fullmatch(found) else "-"


def _back(asked: Asked, said: str) -> web.Response:
    return see(address("groups", _fingerprint(asked), said=said))
