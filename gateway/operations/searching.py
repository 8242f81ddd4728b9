"""Finding what is known under a code or a person's number, and who saw that person's data.

A person's number is hashed here and goes no further: not into the ledger, the audit, a log or an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import dossier
from gateway.acceptance.people import normal
from gateway.ledger.port import AuditEntry, Ledger
from gateway.security.masking import masked
from gateway.security.seek import SearchKeys

_PERSONAL = re.compile(r"[0-9]{9,13}|[A-Z]{1,2}[0-9]{6,8}|[^@\s]+@[^@\s]+")
"""Citizen and identity-card numbers, passports, tax codes, telephones, e-mail; in their normal form."""
_WORDS = re.compile(r"[\s,;]+")
_PAYMENT = "payment"
FREE_FILTERS = ("subject", "q")
"""Filters of lists that take any text: they stand in addresses, and saved views keep them."""

SearchKeysOf = Callable[[], SearchKeys]


def is_personal(text: str) -> bool:
    """Whether this may be somebody's number: then it is looked for by its hash, with a purpose."""
    return _PERSONAL.fullmatch(normal(text)) is not None


def names_a_person(text: str) -> bool:
    """Whether this may be somebody's number, or holds one: a filter that stands in an address must not."""
    return is_personal(text) or any(map(is_personal, _WORDS.split(text)))


class SearchOperations:
    """Looks things up for people who work here."""

    def __init__(self, ledger: Ledger, keys: SearchKeysOf) -> None:
        """`keys` gives the search keys as they are now."""
        self._ledger = ledger
        self._keys = keys

    async def by_code(self, text: str, cursor: str | None, limit: int) -> dict[str, Any]:
        """Messages known under a dossier code, an id of a message or delivery, a sender's id, a payment's reference."""
        code = tidy_code(text)
        if dossier.parse(code):
            return {"kind": "dossier", **await self._ledger.messages_page({"subject": code}, cursor, limit)}
        payment = await self._ledger.payment(_PAYMENT, text.strip())
        if payment is not None:
            page = await self._ledger.messages_page({"subject": payment.subject}, cursor, limit)
            return {"kind": "payment", **page}
        delivery = await self._ledger.delivery_view(text.strip())
        word = delivery["message_id"] if delivery else text.strip()
        page = await self._ledger.messages_page({"q": word}, cursor, limit)
        return {"kind": "delivery" if delivery else "message", **page}

    async def by_person(self, number: str, actor: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]:
        """Messages that name whoever has this number; who looked and what for is audited first."""
        await self._audit("search.person", number, actor, purpose)
        page = await self._ledger.messages_about(self._keys().all_of(normal(number)), cursor, limit)
        return {"kind": "person", **page}

    async def who_saw(self, number: str, actor: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]:
        """Audit entries about whoever has this number, newest first; that somebody asked is the newest of the next."""
        page = await self._ledger.who_saw(self._keys().all_of(normal(number)), cursor, limit)
        await self._audit("audit.who_saw", number, actor, purpose)
        return page

    async def _audit(self, action: str, number: str, actor: str, purpose: str) -> None:
        people = self._keys().of([normal(number)])
        await self._ledger.record_audit(AuditEntry(actor, action, masked(normal(number)), purpose, people=people))
