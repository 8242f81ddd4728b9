"""One box for everything: it recognises what was typed and goes there. What is typed never stands in an address."""

from __future__ import annotations

import re

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import dossier
from gateway.console.asking import Answer, Asked, Way, see
from gateway.console.finding import Finder
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.operations.searching import is_personal

_MOST = 100
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def ways(parts: Parts) -> tuple[Way, ...]:
    """The box."""
    return (Way("POST", "/search", _Search(parts).find), Way("GET", "/search", _nothing))


async def _nothing(_: Asked) -> Answer:
    return see(address())


class _Search:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._finder = Finder(parts)

    async def find(self, asked: Asked) -> Answer:
        """To the page of what was typed; where it names nothing, to what it may have meant."""
        text = asked.filled.get("q", "")[:200].replace("\0", "")
        if not text:
            return see(address())
        where = await self._named(text)
        if where is not None:
            return see(where)
        if is_personal(text):
            if not asked.visitor.has("operator"):
                return Page("problems/role.html", {"role": "operator"}, 403)
            return await self._person(text, asked)
        found = await self._finder.find(text, asked.language)
        if found:
            return Page("found.html", {"found": found, "sought": text})
        return Page("problems/nothing_found.html", {"sought": text}, 404)

    async def _person(self, number: str, asked: Asked) -> Page:
        """Messages that name whoever has this number; what for is asked first, and goes into the audit."""
        if not asked.filled.get("reason"):
            return Page("person/ask.html", {"number": number, "sought": number})
        purpose = asked.reason()
        found = await self._parts.searching.by_person(number, asked.visitor.name, purpose, None, _MOST)
        return Page("person/found.html", {"items": found["items"], "more": found["next"], "sought": number})

    async def _named(self, text: str) -> str | None:
        """The page of a thing with this name."""
        ledger, word = self._parts.ledger, text.lower()
        if _ID.fullmatch(word):
            if await ledger.message_view(word):
                return address("messages", word)
            delivery = await ledger.delivery_view(word)
            return f"{address('messages', delivery['message_id'])}#{word}" if delivery else None
        code = tidy_code(text)
        if dossier.parse(code):
            return address("dossiers", code)
        payment = await ledger.payment("payment", text)
        if payment is not None:
            return address("dossiers", payment.subject)
        sent = await ledger.messages_page({"q": text}, None, 2)
        if len(sent["items"]) == 1:
            return address("messages", sent["items"][0]["id"])
        known = await ledger.messages_page({"subject": code}, None, 1)
        return address("dossiers", code) if known["items"] else None
