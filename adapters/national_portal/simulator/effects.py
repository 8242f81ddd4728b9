"""What the simulated portal really did: a line per dossier written, per step, and per call made to the province.

See `adapters.simulation.log`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from adapters.simulation import log
from adapters.simulation.log import digest

__all__ = ["Effect", "EffectLog", "Kind", "content_digest", "digest"]

Kind = Literal["create", "update", "progress", "filed"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing done to one dossier. Holds codes, times and digests, no personal data.

    `call` numbers the HTTP call it came with; `digest` is SHA-256 over the whole record or step (JSON, keys sorted);
    `step_at` and `content` (SHA-256 of `NoiDungXuLy`) are a progress step's and empty otherwise. `filed` is a call made
    to the province, `status` its answer's `error_code`, empty where there was none.
    """

    sequence: int
    call: int
    kind: Kind
    key: str
    status: str
    step_at: str
    content: str
    digest: str
    received_at: str


def content_digest(text: object) -> str:
    """SHA-256 of a step's `NoiDungXuLy`."""
    return hashlib.sha256(str(text).encode()).hexdigest()


class EffectLog(log.EffectLog[Effect]):
    """The portal's effects in order, numbered from 1 without gaps."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, Effect)

    def add(self, call: int, kind: Kind, record: Mapping[str, Any]) -> Effect:
        """Record one effect; it is in the file, as far as the operating system, when this returns."""
        step = kind == "progress"

        def make(sequence: int) -> Effect:
            return Effect(
                sequence=sequence,
                call=call,
                kind=kind,
                key=str(record["MaHoSo"]),
                status=str(record.get("TrangThai" if step else "TrangThaiHoSo", "")),
                step_at=str(record.get("ThoiDiemXuLy", "")) if step else "",
                content=content_digest(record.get("NoiDungXuLy", "")) if step else "",
                digest=digest(record),
                received_at=log.now(),
            )

        return self.record(make)

    def add_filing(self, code: str, body: Mapping[str, Any], answered: int | None) -> Effect:
        """Record one call made to the province about a dossier."""
        status = "" if answered is None else str(answered)

        def make(sequence: int) -> Effect:
            return Effect(sequence, 0, "filed", code, status, "", "", digest(body), log.now())

        return self.record(make)
