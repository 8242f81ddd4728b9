"""What a channel tells: one alert that opened or closed, Vietnamese first, English below it; no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mappings.convert import VIETNAM

_HEADS = {
    "opened": ("⚠", "Cảnh báo", "Alert"),
    "closed": ("✓", "Đã hết cảnh báo", "Alert over"),
    "test": ("•", "Thử kênh cảnh báo", "Test of an alert channel"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """The same every time it is tried: receivers know a repeat by `id`."""

    id: str
    event: Literal["opened", "closed", "test"]
    at: datetime
    vi: str
    en: str
    link: str
    kind: str = ""
    destination: str = ""
    alert_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """One line for a list of mails."""
        sign, head, _ = _HEADS[self.event]
        return f"[Liên Thông] {sign} {head}: {self.vi.partition('.')[0]}"

    @property
    def text(self) -> str:
        """The whole letter for people."""
        _, vi, en = _HEADS[self.event]
        at = self.at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
        lines = [f"{vi} · {at}", self.vi, f"Xem và xử lý: {self.link}", "---", f"{en} · {at}", self.en]
        lines.append(f"Look and act: {self.link}")
        return "\n\n".join(lines) + "\n"

    @property
    def document(self) -> dict[str, Any]:
        """The whole letter for programs."""
        return {
            "type": f"vn.lienthong.alert.{self.event}",
            "timestamp": self.at.astimezone(VIETNAM).isoformat(timespec="seconds"),
            "data": {
                "id": self.alert_id or self.id,
                "kind": self.kind,
                "destination": self.destination or None,
                "vi": self.vi,
                "en": self.en,
                "link": self.link,
                "details": dict(self.details),
            },
        }
