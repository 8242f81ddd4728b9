"""What sealing, digests, receipts and their log cost: pairs of runs with and without them, one after the other.

The door is in the gateway's own process in both of a pair, so that it can be switched in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gateway.bench.figures import Figure, figure
from gateway.bench.offices import EMBEDDED, PRODUCTION, Servers
from gateway.bench.run import Run, Tell, run
from gateway.bench.words import NAMES, line, mark

MOST = 0.15
"""How much of a message's CPU it may cost."""


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU per message in microseconds: of the gateway and its ledger and broker, senders and sink left out."""

    proven: float
    bare: float

    @property
    def share(self) -> float:
        """What is on top, over what it stands on."""
        return self.proven / self.bare - 1


@dataclass(frozen=True, slots=True)
class ProofReport:
    """Every engine's pairs."""

    messages: int
    engines: Mapping[str, Sequence[Pair]]
    sound: bool

    def shares(self) -> dict[str, Figure]:
        """The median of the pairs with its spread."""
        return {name: figure([pair.share for pair in pairs]) for name, pairs in self.engines.items()}

    def goals(self) -> dict[str, bool]:
        """Each engine, and whether it stays below the goal."""
        return {name: share.median <= MOST for name, share in self.shares().items()}

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        shares = {name: asdict(share) for name, share in self.shares().items()}
        return {**asdict(self), "shares": shares, "goals": self.goals()}

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for name, pairs in self.engines.items():
            share = self.shares()[name]
            yield f"{NAMES[name]}: {len(pairs)} cặp × {self.messages} / pairs"
            yield line("  CPU mỗi thông điệp / CPU per message", figure([pair.proven for pair in pairs]), " µs")
            yield line("    không niêm phong, không biên nhận / bare", figure([pair.bare for pair in pairs]), " µs")
            percent = Figure(*(100 * value for value in (share.median, share.low, share.high)))
            yield line("    thêm / on top", percent, " %")
            yield f"    {mark(share.median <= MOST)}: tối đa / at most {MOST:.0%}"


async def measure_proof(
    served: Servers,
    messages: int,
    pairs: int,
    folder: Path,
    tell: Tell,
    engines: Sequence[str] = (EMBEDDED, PRODUCTION),
) -> ProofReport:
    """Measure `pairs` pairs of each engine; who goes first changes from pair to pair. Raises `BenchError`."""
    made: dict[str, list[Pair]] = {engine: [] for engine in engines}
    sound = True
    for number in range(pairs):
        for engine in engines:
            runs = {}
            for bare in (True, False) if number % 2 else (False, True):
                said = partial(_told, tell, f"{number + 1}/{pairs} {engine}{' (bare)' if bare else ''}")
                more = {"one_process": True, "bare": bare}
                runs[bare] = await run(engine, served, messages, folder, said, **more)
            made[engine].append(Pair(_own(runs[False]), _own(runs[True])))
            sound = sound and all(one.sound for one in runs.values())
    return ProofReport(messages, made, sound)


def _told(tell: Tell, what: str, text: str) -> None:
    tell(f"{what}: {text}")


def _own(one: Run) -> float:
    return sum(micro for part, micro in one.cpu.items() if part not in ("senders", "sink"))
