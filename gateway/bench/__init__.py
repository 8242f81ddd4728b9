"""The benchmark: how fast this machine carries messages end to end, beside limits measured in the same run.

Three processes as in an office: senders, the gateway with everything on, and a minimal portal. Only ratios and CPU per
message compare between machines. The dossiers are in `dossiers`, what is measured in `rounds`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.bench.process import BenchError
from gateway.bench.report import Figure, Report, report
from gateway.bench.rounds import measure

__all__ = ["BenchError", "Figure", "Report", "bench"]


async def bench(messages: int, rounds: int, tell: Callable[[str], None], folder: Path | None = None) -> Report:
    """Measure `rounds` rounds of `messages` messages each; `tell` hears in a line what is going on.

    Needs only this machine: every address is 127.0.0.1, every file lies in a folder under `folder` (None: the system's
    temporary one) that is gone afterwards, every process is ended. Raises `BenchError`.
    """
    measured = []
    for number in range(1, rounds + 1):
        prefix = f"Vòng / round {number}/{rounds}: "
        measured.append(await measure(messages, folder, lambda text, prefix=prefix: tell(prefix + text)))  # type: ignore[misc]
    return report(messages, measured)
