"""Edit and resend: open with a purpose, correct, see what is said of it and what it changes, then send."""

from __future__ import annotations

import difflib
import json
from typing import Any

import orjson

from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.message import DeliveryId

_MOST = 1_000_000
_FORM = 8 << 20
"""Two such documents: as it was opened, and as it is corrected."""


def ways(parts: Parts) -> tuple[Way, ...]:
    """The steps of an edit; `{id}` is the delivery's."""
    edit = _Edit(parts)
    return (
        Way("GET", "/deliveries/{id}/edit", edit.ask, "operator"),
        Way("POST", "/deliveries/{id}/edit", edit.open, "operator"),
        Way("POST", "/deliveries/{id}/edit/check", edit.check, "operator", _FORM),
        Way("POST", "/deliveries/{id}/edit/send", edit.send, "operator", _FORM),
    )


class _Edit:
    def __init__(self, parts: Parts) -> None:
        self._edits = parts.troubles.edits

    async def ask(self, asked: Asked) -> Page:
        """What it is opened for."""
        return Page("edit/ask.html", {"id": asked.part("id")})

    async def open(self, asked: Asked) -> Page:
        found = await self._edits.editable(_delivery(asked), asked.visitor.name, asked.reason())
        text, before = _written(found["document"]), orjson.dumps(found["document"]).decode()
        return Page("edit/form.html", {"one": found, "text": text, "before": before})

    async def check(self, asked: Asked) -> Page:
        """What is said of it now, and the difference from what was opened; sends nothing.

        The form brings back what was opened: this page shows nothing of the ledger that its reader does not hold.
        """
        delivery = _delivery(asked)
        before, document = _document(asked, "before"), _document(asked)
        checked = await self._edits.check(delivery, asked.visitor.name, before, document, unlock=_unlocks(asked))
        values = {"id": delivery, "checked": checked, "rows": _difference(before, document), "unlock": _unlocks(asked)}
        return Page("edit/checked.html", values | {name: asked.filled[name] for name in ("before", "data")})

    async def send(self, asked: Asked) -> Answer:
        sent = await self._edits.edit(
            _delivery(asked), asked.visitor.name, asked.reason(), _document(asked), unlock=_unlocks(asked)
        )
        return see(address("messages", sent["id"], said="edited"))


def _delivery(asked: Asked) -> DeliveryId:
    return DeliveryId(asked.part("id"))


def _unlocks(asked: Asked) -> bool:
    """Fields of legal weight are an administrator's to open."""
    return asked.filled.get("unlock") == "true" and asked.visitor.has("administrator")


def _document(asked: Asked, field: str = "data") -> dict[str, Any]:
    text = asked.filled.get(field, "")
    try:
        document = orjson.loads(text) if len(text) <= _MOST else None
    except orjson.JSONDecodeError as exc:
        raise Unfit(
            f"Không phải JSON đúng cách: dòng {exc.lineno}, cột {exc.colno}. / This is not JSON: line {exc.lineno}, "
            f"column {exc.colno}."
        ) from exc
    if not isinstance(document, dict):
        raise Unfit("Tài liệu phải là một đối tượng JSON. / The document must be a JSON object.")
    return document


def _written(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _difference(before: Any, after: Any) -> list[tuple[str, str]]:
    """Lines that went or came, with a few around them: ("-", "+", " " or "@", the line)."""
    lines = difflib.unified_diff(_written(before).splitlines(), _written(after).splitlines(), lineterm="", n=2)
    return [(line[:1], line[1:]) for line in lines if not line.startswith(("---", "+++"))]
