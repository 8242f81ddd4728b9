"""What a simulated system really did, one line per effect, in the order it was done.

Tests compare this with what the gateway believes. With a file every effect is written out before the call is answered,
so it outlives a killed process, and a restarted simulator knows what it knew before.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

import orjson


class Numbered(Protocol):
    """An effect: a frozen dataclass with its place in the log."""

    @property
    def sequence(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing done. Holds codes, times and digests, no personal data. `call` numbers the call it came with."""

    sequence: int
    call: int
    kind: str
    key: str
    digest: str
    received_at: str
    details: Mapping[str, str] = field(default_factory=dict)


def digest(value: Any) -> str:
    """SHA-256 of a record as JSON with sorted keys, for those who compare."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def now() -> str:
    """The moment, as effects carry it."""
    return datetime.now(UTC).isoformat()


E = TypeVar("E", bound=Numbered)


class EffectLog(Generic[E]):
    """Effects in order, numbered from 1 without gaps. `reached` waits for them instead of polling."""

    def __init__(self, path: Path | None, kind: Callable[..., E]) -> None:
        self.effects: list[E] = []
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._file: BinaryIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self.effects = _read(path, kind)
            self._file = path.open("ab", buffering=0)

    def record(self, make: Callable[[int], E]) -> E:
        """Record what `make` gives for the next number; on return it is in the file, as far as the OS."""
        effect = make(len(self.effects) + 1)
        self.effects.append(effect)
        if self._file is not None:
            self._file.write(orjson.dumps(asdict(effect)) + b"\n")  # type: ignore[call-overload]
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


def _read(path: Path, kind: Callable[..., E]) -> list[E]:
    """The effects of an earlier run; a last line cut by a crash was never answered and is dropped from the file."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    return [kind(**orjson.loads(line)) for line in whole.splitlines()]
