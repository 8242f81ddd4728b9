"""A document beside what the portal has of its dossier: by the status, for the rest may name a person. Pure."""

from __future__ import annotations

from typing import Any

from adapters.contract import Compared, DeliveryWarning, Reply


def status_of(document: Any) -> str | None:
    """The status a dossier record carries, or the one its last step leads to; None: this is no such document."""
    if not isinstance(document, dict):
        return None
    steps = document.get("data")
    if isinstance(steps, list) and steps and all(isinstance(step, dict) for step in steps):
        return str(max(steps, key=lambda step: str(step.get("ThoiDiemXuLy", ""))).get("TrangThai", ""))
    status = document.get("TrangThaiHoSo")
    return str(status) if status else None


def beside(ours: str, looked_up: Reply) -> Compared:
    """Whether the portal has the dossier (`looking.look`), and whether in the status it would be left in."""
    rows = looked_up.record["result"] if isinstance(looked_up.record, dict) else []
    if not rows:
        return Compared("absent")
    theirs = rows[0].get("MaTrangThai")
    if not theirs:
        return Compared("unknown", "NO_STATUS")
    return Compared("same") if theirs == ours else Compared("differs", differences=(_difference(ours, theirs),))


def _difference(ours: str, theirs: str) -> DeliveryWarning:
    return DeliveryWarning(
        "SHADOW_DIFFERS",
        "/data/status",
        f"Cổng DVCQG có hồ sơ này ở trạng thái {theirs[:4]}, bản này sẽ đưa về trạng thái {ours}",
        f"The portal has this dossier in status {theirs[:4]}; this document would make it {ours}",
    )
