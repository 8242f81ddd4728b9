"""One round: the limits of this machine, then every system at full speed, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.bench import senders
from gateway.bench.mapping import measure_mapping
from gateway.bench.offices import START_WITHIN, Servers
from gateway.bench.process import Facts, child
from gateway.bench.run import CONNECTIONS, Run, Tell, all_accepted, bound, micro, run

_LIMIT_COPIES = 4
"""The limits are so much faster that they get so many times the work, or they would be over before they run evenly."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What this machine can do at best. Rates are per second, CPU is microseconds per message, `sync` is seconds."""

    post: float
    post_cpu: float
    post_cores: float
    post_senders_cores: float
    insert: float
    insert_cpu: float
    sync: float
    mapping: float
    mapping_by_hand: float

    @property
    def mapping_ratio(self) -> float:
        """What the portal's dossier costs through its table, over the same document built by hand."""
        return self.mapping / self.mapping_by_hand


@dataclass(frozen=True, slots=True)
class Round:
    """What was measured side by side."""

    limits: Limits
    runs: Mapping[str, Run]


async def measure(served: Servers, systems: Sequence[str], messages: int, folder: Path, tell: Tell) -> Round:
    """Measure one round. Raises `BenchError` when a part does not start, refuses a message or takes too long."""
    limits = await _limits(messages, folder, tell)
    runs: dict[str, Run] = {}
    for system in systems:
        tell(system)
        runs[system] = await run(system, served, messages, folder, partial(_told, tell, system))
    return Round(limits, runs)


def _told(tell: Tell, system: str, text: str) -> None:
    tell(f"{system}: {text}")


async def _limits(messages: int, folder: Path, tell: Tell) -> Limits:
    tell("giới hạn: máy chủ aiohttp trần / limit: a bare aiohttp server")
    post, post_usage = await _post(messages, folder)
    tell("giới hạn: SQLite ghi theo nhóm / limit: SQLite in group commits")
    rows = posts = messages * _LIMIT_COPIES
    insert = await _insert(rows, folder)
    tell("bảng dịch cạnh mã viết tay / the mapping table beside hand-written code")
    cost = measure_mapping()
    seconds = post["last"] - post["first"]
    return Limits(
        post=posts / seconds,
        post_cpu=micro(post_usage, posts),
        post_cores=post_usage / seconds,
        post_senders_cores=post["cpu"] / seconds,
        insert=rows / insert["seconds"],
        insert_cpu=micro(insert["cpu"], rows),
        sync=insert["sync"],
        mapping=cost.engine,
        mapping_by_hand=cost.by_hand,
    )


async def _post(messages: int, folder: Path) -> tuple[Facts, float]:
    """The bare server under the same senders: what they tell, and the server's CPU seconds."""
    async with child("post", {}, folder) as server:
        port = (await server.hear("port", START_WITHIN))["port"]
        orders = senders.orders(port, "lt_bench", messages, CONNECTIONS, _LIMIT_COPIES)
        async with child("senders", orders, folder) as sending:
            await sending.hear("ready", START_WITHIN)
            before = await server.ask("usage")
            sent = all_accepted(await sending.ask("go", bound(messages)), messages * _LIMIT_COPIES, by=server)
            after = await server.ask("usage")
    return sent, after["usage"]["cpu"] - before["usage"]["cpu"]


async def _insert(rows: int, folder: Path) -> Facts:
    async with child("insert", {"folder": str(folder), "rows": rows}, folder) as writer:
        return await writer.hear("seconds", START_WITHIN + bound(rows))
