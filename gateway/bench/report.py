"""What a benchmark says: figures with their spread, as JSON for machines and as a table for people."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from gateway.bench import dossiers
from gateway.bench.lookups import MOST_MORE, MOST_TIMES, LookupCost
from gateway.bench.mapping import MOST
from gateway.bench.rounds import CONNECTIONS, Outcome, Round

GOAL = 0.075
"""End to end over the bare POST limit: what the gateway must reach with everything on."""
REFERENCE = 0.15
"""What a hand-tuned embedded prototype without sealing, audit, logs and metrics reached."""

_NAME_WIDTH = 66


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of the rounds, with the lowest and the highest."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of all rounds. Rates are per second, CPU is microseconds per message (per row for `insert_cpu`)."""

    messages: int
    rounds: int
    message_bytes: int
    leaf_fields: int
    end_to_end: Figure
    accepted: Figure
    post: Figure
    insert: Figure
    ratio: Figure
    cpu_ratio: Figure
    gateway_cpu: Figure
    portal_cpu: Figure
    senders_cpu: Figure
    post_cpu: Figure
    insert_cpu: Figure
    gateway_cores: Figure
    post_cores: Figure
    post_senders_cores: Figure
    sync_ms: Figure
    peak_mib: Figure
    mapping: Figure
    mapping_by_hand: Figure
    mapping_ratio: Figure
    lookup_ms: Figure
    lookup_directly_ms: Figure
    outcome: Outcome

    @property
    def reached(self) -> bool:
        """Whether the goal was reached."""
        return self.ratio.median >= GOAL

    @property
    def mapping_reached(self) -> bool:
        """Whether a table costs no more than it may."""
        return self.mapping_ratio.median <= MOST

    @property
    def lookup_allowed_ms(self) -> float:
        """How long a look-up that waits may take at p50."""
        return LookupCost(self.lookup_directly_ms.median / 1e3, 0).allowed * 1e3

    @property
    def lookup_reached(self) -> bool:
        """Whether a look-up that waits takes no longer than it may."""
        return self.lookup_ms.median <= self.lookup_allowed_ms

    @property
    def sound(self) -> bool:
        """Whether every message arrived once and in order, by the portal's list and by the ledger."""
        return self.outcome.sound

    def as_dict(self) -> dict[str, Any]:
        """For machines: every figure under its own name, with what it was measured on."""
        return {
            **asdict(self),
            "connections": CONNECTIONS,
            "goal": GOAL,
            "reference": REFERENCE,
            "reached": self.reached,
            "mapping_most": MOST,
            "mapping_reached": self.mapping_reached,
            "lookup_allowed_ms": self.lookup_allowed_ms,
            "lookup_reached": self.lookup_reached,
            "sound": self.sound,
            "machine": {
                "cpus": os.cpu_count(),
                "system": f"{platform.system()} {platform.machine()}",
                "python": platform.python_version(),
                "aiohttp": version("aiohttp"),
            },
        }

    def as_text(self) -> str:
        """For people."""
        return "\n".join(_lines(self))


def report(messages: int, rounds: Sequence[Round]) -> Report:
    """The medians of at least one round of `messages` each."""

    def over(read: Callable[[Round], float]) -> Figure:
        values = [read(one) for one in rounds]
        return Figure(statistics.median(values), min(values), max(values))

    bodies = [len(sample.body) for script in dossiers.scripts(messages, CONNECTIONS) for sample in script]
    return Report(
        messages=messages,
        rounds=len(rounds),
        message_bytes=round(statistics.mean(bodies)),
        leaf_fields=dossiers.leaves(dossiers.recorded_document(dossiers.dossier_code(1), 1)),
        end_to_end=over(lambda one: one.end_to_end),
        accepted=over(lambda one: one.accepted),
        post=over(lambda one: one.post),
        insert=over(lambda one: one.insert),
        ratio=over(lambda one: one.ratio),
        cpu_ratio=over(lambda one: one.cpu_ratio),
        gateway_cpu=over(lambda one: one.gateway_cpu),
        portal_cpu=over(lambda one: one.portal_cpu),
        senders_cpu=over(lambda one: one.senders_cpu),
        post_cpu=over(lambda one: one.post_cpu),
        insert_cpu=over(lambda one: one.insert_cpu),
        gateway_cores=over(lambda one: one.gateway_cores),
        post_cores=over(lambda one: one.post_cores),
        post_senders_cores=over(lambda one: one.post_senders_cores),
        sync_ms=over(lambda one: one.sync * 1e3),
        peak_mib=over(lambda one: one.peak / 2**20),
        mapping=over(lambda one: one.mapping),
        mapping_by_hand=over(lambda one: one.mapping_by_hand),
        mapping_ratio=over(lambda one: one.mapping_ratio),
        lookup_ms=over(lambda one: one.lookup * 1e3),
        lookup_directly_ms=over(lambda one: one.lookup_directly * 1e3),
        outcome=_sum([one.outcome for one in rounds]),
    )


def _sum(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(**{name: sum(getattr(one, name) for one in outcomes) for name in Outcome.__slots__})


def _lines(made: Report) -> Iterator[str]:
    yield (
        f"{made.rounds} vòng × {made.messages} thông điệp ({made.leaf_fields} trường, trung bình {made.message_bytes} "
        f"byte), {CONNECTIONS} kết nối, SQLite WAL FULL"
    )
    yield (
        f"/ {made.rounds} rounds × {made.messages} messages ({made.leaf_fields} fields, {made.message_bytes} bytes on "
        f"average), {CONNECTIONS} connections, SQLite WAL FULL"
    )
    yield ""
    yield f"{'':<{_NAME_WIDTH}} trung vị (thấp nhất – cao nhất) / median (lowest – highest)"
    for name, figure, unit in (
        ("Trọn đường: từ POST đầu đến lượt gửi cuối / end to end", made.end_to_end, "/s"),
        ("Nhận: 202 sau khi đã ghi chắc / accepted, 202 after the commit", made.accepted, "/s"),
        ("Giới hạn: POST aiohttp trần / limit: bare aiohttp POST", made.post, "/s"),
        ("Giới hạn: SQLite ghi theo nhóm, dòng 2 KB / limit: bare inserts", made.insert, "/s"),
        ("Bộ nhớ cao nhất của trục / gateway, peak memory", made.peak_mib, " MiB"),
        ("Một lần ghi chắc 2 KB xuống đĩa / one synced write of 2 KB", made.sync_ms, " ms"),
    ):
        yield _line(name, figure, unit)
    yield "CPU mỗi thông điệp / CPU per message"
    for name, figure, unit in (
        ("  trục / gateway", made.gateway_cpu, " µs"),
        ("  cổng giả lập / portal responder", made.portal_cpu, " µs"),
        ("  phía gửi / senders", made.senders_cpu, " µs"),
        ("  POST trần, máy chủ / bare POST, server", made.post_cpu, " µs"),
        ("  một dòng SQLite trần / a bare SQLite row", made.insert_cpu, " µs"),
    ):
        yield _line(name, figure, unit)
    yield "Số lõi dùng hết / cores in use"
    yield _line("  trục / gateway", made.gateway_cores, "")
    yield _line("  POST trần, máy chủ / bare POST, server", made.post_cores, "")
    yield _line("  POST trần, phía gửi / bare POST, senders", made.post_senders_cores, "")
    yield ""
    yield _line("Tỷ lệ trọn đường : POST trần / ratio end to end : bare POST", made.ratio, "")
    yield _line("  cùng tỷ lệ tính theo CPU, vững hơn khi máy bận / by CPU, steadier", made.cpu_ratio, "")
    yield _verdict(made)
    yield _line("Dịch một hồ sơ qua bảng / a dossier through its table", made.mapping, " µs")
    yield _line("  cùng hồ sơ, mã viết tay / the same, hand-written code", made.mapping_by_hand, " µs")
    yield _line("  tỷ lệ bảng : viết tay / ratio table : by hand", made.mapping_ratio, "")
    mark = "✓ đạt / reached" if made.mapping_reached else "✗ chưa đạt / not reached"
    yield f"{mark}: tối đa / at most {MOST:g}"
    yield _line("Tra cứu có chờ, p50 / a look-up with Prefer: wait, p50", made.lookup_ms, " ms")
    yield _line(
        "  hỏi thẳng hệ thống mô phỏng, p50 / asking the simulator directly, p50", made.lookup_directly_ms, " ms"
    )
    mark = "✓ đạt / reached" if made.lookup_reached else "✗ chưa đạt / not reached"
    yield f"{mark}: tối đa / at most {MOST_TIMES:g} × + {MOST_MORE * 1e3:g} ms = {made.lookup_allowed_ms:.0f} ms"
    yield _checked(made.outcome)


def _line(name: str, figure: Figure, unit: str) -> str:
    spread = f"({_number(figure.low)} – {_number(figure.high)})"
    return f"{name:<{_NAME_WIDTH}} {_number(figure.median)}{unit} {spread}"


def _number(value: float) -> str:
    """Three figures or more, thousands apart by a space, which both languages read the same."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}".replace(",", " ")


def _verdict(made: Report) -> str:
    mark = "✓ đạt / reached" if made.reached else "✗ chưa đạt / not reached"
    return f"{mark}: đích / goal {GOAL}, mốc tham chiếu / reference {REFERENCE}"


def _checked(outcome: Outcome) -> str:
    mark = "✓" if outcome.sound else "✗"
    return (
        f"{mark} gửi / sent {outcome.sent}, cổng nhận / portal took {outcome.received}, "
        f"sổ ghi đã giao / ledger says delivered {outcome.delivered}; mất / lost {outcome.lost}, "
        f"trùng / doubled {outcome.doubled}, sai thứ tự / out of order {outcome.out_of_order}, "
        f"lệch sổ / balance {outcome.balance}"
    )
