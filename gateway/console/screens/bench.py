"""The mappings bench: sample and table side by side, the output as one types; a trial on what is stored; publish."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date
from typing import Any

from aiohttp import web

from gateway.console.asking import Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.errors import NotFoundError
from gateway.operations.listing import listing, source
from gateway.operations.preview import Wanted, preview
from gateway.operations.refused import ContentRefused
from gateway.security.key_file import SealError
from mappings.catalogue import HOME

_MESSAGE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRIAL = 200
_MOST = 500_000
_FORM = 10 << 20
"""A table and a sample, of which a form makes three bytes a byte."""


def ways(parts: Parts) -> tuple[Way, ...]:
    """The bench and its three buttons."""
    bench = _Bench(parts)
    return (
        Way("GET", "/bench", bench.show, "operator"),
        Way("POST", "/bench/preview", bench.preview, "operator", _FORM),
        Way("POST", "/bench/trial", bench.trial, "administrator", _FORM),
        Way("POST", "/bench/publish", bench.publish, "administrator", _FORM),
    )


class _Bench:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, asked: Asked) -> Page:
        """A mapping with its text in force and a sample: an example of the catalogue, or a stored message, masked."""
        catalogue = self._parts.catalogue.current
        names = [one["name"] for one in listing(catalogue)]
        name = asked.query("name") or names[0]
        table = source(catalogue, name)["text"]
        sample, told = await self._sample(name, asked.query("message"))
        values = {"names": names, "name": name, "table": table, "sample": sample}
        return Page("bench/page.html", values | {"told": told, "message": asked.query("message")})

    async def preview(self, asked: Asked) -> Page:
        """What the sample becomes; nothing is sent or stored."""
        return Page("bench/output.html", await self._previewed(asked))

    async def trial(self, asked: Asked) -> Page:
        """The candidate beside the version before it, on the newest stored messages of its type; why is audited."""
        text, reason = _text(asked, "table"), asked.reason()
        found = await self._parts.mappings.trial_page(text, asked.visitor.name, reason, None, _TRIAL)
        return Page("bench/trial.html", {"trial": found, "table": text, "name": _name(asked), "reason": reason})

    async def publish(self, asked: Asked) -> web.Response:
        day = asked.filled.get("effective_from", "")
        try:
            begins = date.fromisoformat(day) if day else None
        except ValueError as exc:
            raise Unfit("Ngày phải như 2025-03-10. / A day must read like 2025-03-10.") from exc
        await self._parts.mappings.publish(
            _text(asked, "table"), asked.visitor.name, asked.reason(), effective_from=begins,
            accept_failures=asked.filled.get("accept") == "true",
        )  # fmt: skip
        return see(address("mappings", said="published"))

    async def _previewed(self, asked: Asked) -> dict[str, Any]:
        table, sample, back = _text(asked, "table"), _text(asked, "sample"), asked.filled.get("back") == "true"
        wanted = Wanted(_name(asked), candidate=table or None)
        catalogue, judge = self._parts.catalogue.current, self._parts.judge
        try:
            made = await asyncio.to_thread(preview, catalogue, judge, wanted, sample, back=back)
        except ContentRefused as exc:
            return {"made": None, "problems": exc.problems}
        return {"made": made, "problems": ()}

    async def _sample(self, name: str, message_id: str) -> tuple[str, str]:
        """A document to begin with, and what is to be said of it."""
        if message_id:
            if not _MESSAGE_ID.fullmatch(message_id):
                raise NotFoundError("Không có thông điệp này. / There is no such message.")
            try:
                document = (await self._parts.bodies.masked(message_id))["document"]
            except SealError as exc:
                return "", str(exc)
            told = (
                "Đây là bản đã che: giá trị cá nhân không thật, nên lược đồ có thể chê chúng. / This is the masked "
                "form: personal values are not real, so the schema may object to them."
            )
            return json.dumps(document, ensure_ascii=False, indent=2), told
        folder = HOME / "catalog" / name / "examples"
        found = await asyncio.to_thread(lambda: sorted(folder.glob("full.in.*")) + sorted(folder.glob("*.in.*")))
        return (await asyncio.to_thread(found[0].read_text, "utf-8") if found else ""), ""


def _text(asked: Asked, field: str) -> str:
    text = asked.filled.get(field, "")
    if len(text) > _MOST:
        raise Unfit("Văn bản quá dài. / The text is too long.")
    return text.replace("\r\n", "\n")


def _name(asked: Asked) -> str:
    return asked.filled.get("name", "")
