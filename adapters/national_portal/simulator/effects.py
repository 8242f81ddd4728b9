"""What the simulated portal really did, one line per effect, in the order it was done.

Tests compare this with what the gateway believes. With a file every effect is written out before the call is answered,
so it outlives a killed process, and a restarted simulator knows what it knew before.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

import orjson

Kind = Literal["create", "update", "progress"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing done to one dossier. Holds codes, times and digests, no personal data.

    `call` numbers the HTTP call it came with; `digest` is SHA-256 over the whole record or step (JSON, keys sorted);
    `step_at` and `content` (SHA-256 of `NoiDungXuLy`) are a progress step's and empty otherwise.
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


def digest(value: Any) -> str:
    """SHA-256 of a record as JSON with sorted keys: what `Effect.digest` holds, for those who compare."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def content_digest(text: object) -> str:
    """SHA-256 of a step's `NoiDungXuLy`."""
    return hashlib.sha256(str(text).encode()).hexdigest()


class EffectLog:
    """Effects in order, numbered from 1 without gaps. `reached` waits for them instead of polling."""

    def __init__(self, path: Path | None) -> None:
        self.effects: list[Effect] = []
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._file: BinaryIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self.effects = _read(path)
            self._file = path.open("ab", buffering=0)

    def add(self, call: int, kind: Kind, record: Mapping[str, Any]) -> Effect:
        """Record one effect; it is in the file, as far as the operating system, when this returns."""
        step = kind == "progress"
        effect = Effect(
            sequence=len(self.effects) + 1,
            call=call,
            kind=kind,
            key=str(record["MaHoSo"]),
            status=str(record.get("TrangThai" if step else "TrangThaiHoSo", "")),
            step_at=str(record.get("ThoiDiemXuLy", "")) if step else "",
            content=content_digest(record.get("NoiDungXuLy", "")) if step else "",
            digest=digest(record),
            received_at=datetime.now(UTC).isoformat(),
        )
        self.effects.append(effect)
        if self._file is not None:
            self._file.write(orjson.dumps(asdict(effect)) + b"\n")
        self._wake()
        return effect

    async def reached(self, count: int) -> None:
        """Return once there are `count` effects."""
        if len(self.effects) < count:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((count, future))
            await future

    def clear(self) -> None:
        """Forget everything, on file too; numbering starts again."""
        self.effects.clear()
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _wake(self) -> None:
        if not self._waiting:
            return
        still: list[tuple[int, asyncio.Future[None]]] = []
        for count, future in self._waiting:
            if future.done():
                continue
            if len(self.effects) >= count:
                future.set_result(None)
            else:
                still.append((count, future))
        self._waiting = still


def _read(path: Path) -> list[Effect]:
    """The effects of an earlier run; a last line cut by a crash was never answered and is dropped from the file."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    return [Effect(**orjson.loads(line)) for line in whole.splitlines()]
