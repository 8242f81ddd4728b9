"""What the portal holds of one dossier: `TraCuuHoSo`, one code a question (§5).

A read without effect. Of a row only the code and the status leave this file: the rest may name a person, and nobody
asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.contract import Reply as Message
from adapters.contract import TransientError, UncertainError
from adapters.national_portal import codes
from adapters.national_portal.access import Access, Ask
from adapters.national_portal.catalogue import CATALOGUE
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.verdict import Subject, judge
from adapters.national_portal.wire import Reply

SERVICE = "TraCuuHoSo"
LOOKED_UP = "dossier.looked_up.v1"
_CODE, _STATUS = ("MaHoSo", "MAHOSO"), ("MaTrangThai", "MATRANGTHAI")
"""As a sister server spells them, and in the capitals of the portal's other reads (§4, hole 8)."""


async def look(code: str, deadline: float, access: Access, settings: PortalSettings) -> Message:
    """The portal's rows about a dossier, none where it knows no such code. Raises `DeliveryError`."""
    reply = await access.ask(Ask(SERVICE, {"mahoso": code}, deadline=deadline))
    rows = [_shown(row, code) for row in _rows(reply, settings) if _of(row, code)]
    return Message(LOOKED_UP, f"national_portal/{LOOKED_UP}", {"result": rows})


def _rows(reply: Reply, settings: PortalSettings) -> list[Mapping[str, Any]]:
    if reply.code != 0:
        return _refused(reply, settings)
    if reply.result is None or reply.result == "":
        return []
    if not isinstance(reply.result, list) or not all(isinstance(row, dict) for row in reply.result):
        raise CATALOGUE["ROWS_SHAPE"].error(UncertainError, answer=reply.raw)
    return reply.result


def _refused(reply: Reply, settings: PortalSettings) -> list[Mapping[str, Any]]:
    """An unknown code is answered with no rows (§5); should the portal say it in words, it means the same."""
    finding = codes.find(reply)
    if finding is not None and finding.code == "DOSSIER_UNKNOWN":
        return []
    judge(reply, Subject.CREATE, settings)
    # "đã tồn tại" is no answer to a question.
    entry, tries = CATALOGUE["unnamed"], settings.unnamed_tries
    raise entry.error(TransientError, fill={"portal_code": reply.code}, max_tries=tries, answer=reply.raw)


def _of(row: Mapping[str, Any], code: str) -> bool:
    """A row that names no dossier is about the one asked for."""
    return _first(row, _CODE) in ("", code)


def _shown(row: Mapping[str, Any], code: str) -> dict[str, str]:
    status = _first(row, _STATUS)
    return {"MaHoSo": code} | ({"MaTrangThai": status} if status else {})


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The value under one of these names as text: codes come as strings and as numbers."""
    found = (row.get(name) for name in names)
    return next((str(one).strip() for one in found if one not in (None, "")), "")
