"""A document beside what the portal has of its dossier: `TraCuuHoSo`, a read without effect (§5).

Of what the portal answers only the status is looked at: the rest may name a person, and nobody asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.contract import Compared, DeliveryWarning, Outbound
from adapters.national_portal import codes
from adapters.national_portal.access import Access, Ask

SERVICE = "TraCuuHoSo"
_STATUS = ("MaTrangThai", "MATRANGTHAI")


async def compare(request: Outbound, access: Access) -> Compared:
    """Whether the portal has the dossier, and whether its status is the one this document would leave there."""
    ours = _status_of(request.document)
    if ours is None:
        return Compared("not_asked")
    reply = await access.ask(Ask(SERVICE, {"mahoso": request.subject}, deadline=request.deadline))
    finding = codes.find(reply)
    if reply.code != 0:
        code = finding.code if finding is not None else "unnamed"
        return Compared("absent") if code == "DOSSIER_UNKNOWN" else Compared("unknown", code)
    rows = [row for row in reply.result if isinstance(row, dict)] if isinstance(reply.result, list) else []
    return _beside(ours, _first(rows[0])) if rows else Compared("absent")


def _beside(ours: str, theirs: str) -> Compared:
    if not theirs:
        return Compared("unknown", "NO_STATUS")
    return Compared("same") if theirs == ours else Compared("differs", differences=(_difference(ours, theirs),))


def _status_of(document: Any) -> str | None:
    """The status a dossier record carries, or the one its last step leads to; None: this is no such document."""
    if not isinstance(document, dict):
        return None
    steps = document.get("data")
    if isinstance(steps, list) and steps and isinstance(steps[-1], dict):
        return str(max(steps, key=lambda step: str(step.get("ThoiDiemXuLy", ""))).get("TrangThai", ""))
    status = document.get("TrangThaiHoSo")
    return str(status) if status else None


def _first(row: Mapping[str, Any]) -> str:
    """Codes come as strings and as numbers."""
    return next((str(row[name]).strip() for name in _STATUS if row.get(name) not in (None, "")), "")


def _difference(ours: str, theirs: str) -> DeliveryWarning:
    return DeliveryWarning(
        "SHADOW_DIFFERS",
        "/data/status",
        f"Cổng DVCQG có hồ sơ này ở trạng thái {theirs[:4]}, bản này sẽ đưa về trạng thái {ours}",
        f"The portal has this dossier in status {theirs[:4]}; this document would make it {ours}",
    )
