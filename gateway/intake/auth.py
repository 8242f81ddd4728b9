"""What a client may speak for: grants by source, type and agency.

Grants are judged before content: a client learns nothing about documents it may not send.
"""

from __future__ import annotations

from functools import lru_cache

from gateway.acceptance.codes import agency, dossier
from gateway.errors import IntakeError, Problem
from gateway.intake.problem import title
from gateway.message import TYPE_PREFIX, Client, Event

_NAMED_ONLY = TYPE_PREFIX + "catalogue.refresh_requested.v1"
"""Asks much of the national portal and concerns no dossier: a grant of all types does not cover it."""


def authorise(client: Client, event: Event, prefix: str = "") -> None:
    """Raises `IntakeError` 403 when the event is not the client's to send. What cannot be read is left to judging."""
    if client.administrator:
        return
    refused = []
    if client.sources and event.source and event.source not in client.sources:
        refused.append(_not_granted(f"{prefix}/source", "SOURCE_NOT_GRANTED", "source này", "this source"))
    if event.type and not _granted_type(client, event.type):
        refused.append(_not_granted(f"{prefix}/type", "TYPE_NOT_GRANTED", "loại thông điệp này", "this message type"))
    if client.agencies:
        refused.extend(
            _not_granted(prefix + pointer, "AGENCY_NOT_GRANTED", "cơ quan này", "this agency")
            for pointer in _foreign_agencies(client, event)
        )
    if refused:
        detail = (
            "Khóa truy cập này không được gửi thông điệp này; hãy kiểm tra source, type và mã cơ quan, hoặc xin cấp "
            "quyền. / This API key may not send this message; check source, type and agency code, or ask for a grant."
        )
        raise IntakeError(403, title(403), detail, tuple(refused))


def _granted_type(client: Client, type_: str) -> bool:
    if not client.types:
        return type_ != _NAMED_ONLY
    return type_ in client.types or type_.removeprefix(TYPE_PREFIX) in client.types


def _foreign_agencies(client: Client, event: Event) -> list[str]:
    """Where the event names an agency outside the client's grants (a grant covers the units below)."""
    found = []
    grants = _units(client.agencies)
    part = event.data.get("agency")
    code = part.get("code") if isinstance(part, dict) else None
    for pointer, named in (("/data/agency/code", code), ("/data/agency_code", event.data.get("agency_code"))):
        if isinstance(named, str) and (unit := agency.parse(named)) and not _covered(grants, unit):
            found.append(pointer)
    for field in ("code", "dossier_code"):
        written = event.data.get(field)
        if isinstance(written, str) and (parsed := dossier.parse(written)) and not _covered(grants, parsed.agency):
            found.append(f"/data/{field}")
    return found


@lru_cache(maxsize=1024)
def _units(codes: tuple[str, ...]) -> tuple[agency.Agency, ...]:
    """What the grants of a client name; one that names nothing grants nothing."""
    return tuple(unit for code in codes if (unit := agency.parse(code)) is not None)


def _covered(grants: tuple[agency.Agency, ...], unit: agency.Agency) -> bool:
    return any(grant.covers(unit) for grant in grants)


def _not_granted(pointer: str, code: str, vi: str, en: str) -> Problem:
    return Problem(
        pointer,
        code,
        f"Khóa truy cập này không được dùng cho {vi}; hãy kiểm tra hoặc xin cấp quyền. / "
        f"This API key is not granted {en}; check it or ask for a grant.",
    )
