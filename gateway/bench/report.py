"""What a benchmark says: figures with their spread, as JSON for machines and as a table for people."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from gateway.bench import dossiers
from gateway.bench.figures import (
    NOISE,
    P50_MOST,
    P99_MOST,
    LimitFigures,
    Ratio,
    Speed,
    Wait,
    limit_figures,
    ratios,
    speeds,
    waits,
)
from gateway.bench.latency import RATE, Latency
from gateway.bench.lookups import MOST_MORE, MOST_TIMES, LookupCost
from gateway.bench.mapping import MOST
from gateway.bench.offices import PEER
from gateway.bench.outcome import Outcome
from gateway.bench.rounds import Round
from gateway.bench.run import CONNECTIONS
from gateway.bench.words import NAMES, line, mark, number

GOAL = 0.075
"""The embedded engine's end to end over the bare POST limit: what it must reach with everything on."""


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of all rounds, by system. What was not measured is empty or None."""

    messages: int
    rounds: int
    message_bytes: int
    leaf_fields: int
    speed: Mapping[str, Speed]
    ratio: Mapping[str, Ratio]
    latency: Mapping[str, Wait]
    limits: LimitFigures | None

    @property
    def sound(self) -> bool:
        """Whether every message arrived: of the gateway once and in order, by the sink's list and by the ledger."""
        return all(one.sound for one in self.speed.values()) and all(one.sound for one in self.latency.values())

    def goals(self) -> dict[str, bool]:
        """Every goal by its name, and whether it was reached."""
        made = {f"{name} speed": one.reached for name, one in self.ratio.items()}
        made |= {f"{name} latency": one.reached for name, one in self.latency.items() if name != PEER}
        if self.limits is not None:
            made["post"] = self.limits.ratio.median >= GOAL
            made["mapping"] = self.limits.mapping_ratio.median <= MOST
            made["lookup"] = self.limits.lookup_ms <= _lookup_allowed_ms(self.limits)
        return made

    def as_dict(self) -> dict[str, Any]:
        """For machines: every figure under its own name, with what it was measured on."""
        return {
            **asdict(self),
            "connections": CONNECTIONS,
            "latency_rate": RATE,
            "goals": self.goals(),
            "sound": self.sound,
            "machine": {
                "cpus": os.cpu_count(),
                "system": f"{platform.system()} {platform.machine()}",
                "python": platform.python_version(),
                **{name: version(name) for name in ("aiohttp", "faststream", "aio-pika", "asyncpg")},
            },
        }

    def as_text(self) -> str:
        """For people."""
        return "\n".join(_lines(self))


def report(
    messages: int,
    rounds: Sequence[Round],
    latencies: Sequence[Mapping[str, Latency]] = (),
    lookup: LookupCost | None = None,
) -> Report:
    """The medians of what was measured; `rounds` of `messages` each."""
    bodies = [len(sample.body) for script in dossiers.scripts(messages, CONNECTIONS) for sample in script]
    return Report(
        messages=messages,
        rounds=len(rounds) or len(latencies),
        message_bytes=round(statistics.mean(bodies)),
        leaf_fields=dossiers.leaves(dossiers.recorded_document(dossiers.dossier_code(1), 1)),
        speed=speeds(rounds) if rounds else {},
        ratio=ratios(rounds) if rounds else {},
        latency=waits(latencies),
        limits=limit_figures(rounds, lookup) if lookup is not None else None,
    )


def _lookup_allowed_ms(limits: LimitFigures) -> float:
    return LookupCost(limits.lookup_directly_ms / 1e3, 0).allowed * 1e3


def _lines(made: Report) -> Iterator[str]:
    yield (
        f"{made.rounds} vòng × {made.messages} thông điệp ({made.leaf_fields} trường, trung bình {made.message_bytes} "
        f"byte), {CONNECTIONS} kết nối / {made.rounds} rounds × {made.messages} messages ({made.leaf_fields} fields, "
        f"{made.message_bytes} bytes on average), {CONNECTIONS} connections"
    )
    yield "Mỗi dòng: trung vị (thấp nhất – cao nhất) / each line: median (lowest – highest)"
    for system, speed in made.speed.items():
        yield ""
        yield from _speed(system, speed)
    if made.ratio:
        yield ""
        yield "So với FastStream trong cùng vòng / beside FastStream in the same round"
    for system, ratio in made.ratio.items():
        yield line(f"  {NAMES[system]}: trọn đường / end to end", ratio.throughput, " ×")
        yield line("    tính theo CPU mỗi thông điệp / by CPU per message", ratio.by_cpu, " ×")
        yield (
            f"    {mark(ratio.reached)}: đích / goal {ratio.must:g}, mong muốn / aim {ratio.aim:g}; gần đích dưới "
            f"{NOISE:.0%} thì CPU quyết định / within {NOISE:.0%} of the goal CPU decides"
        )
    if made.latency:
        yield ""
        yield from _latency(made.latency)
    if made.limits is not None:
        yield ""
        yield from _limits(made.limits)


def _speed(system: str, speed: Speed) -> Iterator[str]:
    yield NAMES[system]
    yield line("  Trọn đường: từ POST đầu đến lượt gửi cuối / end to end", speed.end_to_end, "/s")
    yield line("  Nhận: 202 sau khi đã ghi chắc / accepted, 202 when it is safe", speed.accepted, "/s")
    yield line("  CPU mỗi thông điệp, tất cả / CPU per message, everything", speed.cpu, " µs")
    for process, used in speed.cpu_by_process.items():
        yield line(f"    {process}", used, " µs")
    yield line("  Số lõi dùng hết / cores in use", speed.cores, "")
    yield line("  Bộ nhớ cao nhất, tiến trình chính / peak memory, main process", speed.peak_mib, " MiB")
    yield f"  {_checked(speed.outcome, sound=speed.sound)}"


def _latency(latency: Mapping[str, Wait]) -> Iterator[str]:
    yield f"Độ trễ ở nhịp cố định {RATE}/s, tính từ lúc đến hẹn gửi / latency at {RATE}/s, from the moment due"
    for system, wait in latency.items():
        yield line(f"  {NAMES[system]}: đã giao / delivered, p50", wait.p50, " ms")
        yield line("    p99", wait.p99, " ms")
        yield line("    202, p50", wait.answered_p50, " ms")
        yield line("    202, p99", wait.answered_p99, " ms")
        if system == PEER:
            continue
        yield line("    so với FastStream, p50 / over FastStream's", wait.p50_ratio, " ×")
        yield line("    so với FastStream, p99 / over FastStream's", wait.p99_ratio, " ×")
        yield f"    {mark(wait.reached)}: tối đa / at most p50 {P50_MOST:g} ×, p99 {P99_MOST:g} ×"


def _limits(limits: LimitFigures) -> Iterator[str]:
    yield "Giới hạn của máy này / this machine's limits"
    yield line("  POST aiohttp trần / bare aiohttp POST", limits.post, "/s")
    yield line("    CPU máy chủ / CPU of the server", limits.post_cpu, " µs")
    yield line("  SQLite ghi theo nhóm, dòng 2 KB / grouped inserts of 2 KB", limits.insert, "/s")
    yield line("    CPU mỗi dòng / CPU a row", limits.insert_cpu, " µs")
    yield line("  Một lần ghi chắc 2 KB xuống đĩa / one synced write of 2 KB", limits.sync_ms, " ms")
    yield line("  Nhúng : POST trần / embedded : bare POST", limits.ratio, "")
    yield line("    tính theo CPU / by CPU", limits.cpu_ratio, "")
    yield f"    {mark(limits.ratio.median >= GOAL)}: đích / goal {GOAL}"
    yield line("  Dịch một hồ sơ qua bảng / a dossier through its table", limits.mapping, " µs")
    yield line("    cùng hồ sơ, mã viết tay / the same, hand-written code", limits.mapping_by_hand, " µs")
    yield line("    tỷ lệ / ratio", limits.mapping_ratio, "")
    yield f"    {mark(limits.mapping_ratio.median <= MOST)}: tối đa / at most {MOST:g}"
    allowed = _lookup_allowed_ms(limits)
    yield (
        f"  Tra cứu có chờ, p50 / a look-up that waits, p50: {number(limits.lookup_ms)} ms; "
        f"hỏi thẳng / asked directly: {number(limits.lookup_directly_ms)} ms"
    )
    yield (
        f"    {mark(limits.lookup_ms <= allowed)}: tối đa / at most {MOST_TIMES:g} × + {MOST_MORE * 1e3:g} ms = "
        f"{allowed:.0f} ms"
    )


def _checked(outcome: Outcome, *, sound: bool) -> str:
    return (
        f"{'✓' if sound else '✗'} gửi / sent {outcome.sent}, nơi nhận / sink took {outcome.received}, "
        f"sổ ghi đã giao / ledger says delivered {outcome.delivered}; mất / lost {outcome.lost}, "
        f"trùng / doubled {outcome.doubled}, sai thứ tự / out of order {outcome.out_of_order}, "
        f"lệch sổ / balance {outcome.balance}"
    )
