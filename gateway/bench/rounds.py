"""One round: the two limits, then the gateway from the first POST to the last delivery, checked message by message."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.bench import senders
from gateway.bench.dossiers import DESTINATION, Sample, scripts
from gateway.bench.lookups import measure_lookups
from gateway.bench.mapping import measure_mapping
from gateway.bench.process import BenchError, Child, Facts, child

CONNECTIONS = 32
"""Kept connections of the senders, as in the reference measurement."""
_LIMIT_COPIES = 4
"""The limits are so much faster that they get so many times the work, or they would be over before they run evenly."""
_START_WITHIN = 60.0
_LOOK_EVERY = 0.05

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round measured. Rates are per second, CPU is microseconds per message, times are seconds."""

    end_to_end: float
    accepted: float
    post: float
    insert: float
    gateway_cpu: float
    portal_cpu: float
    senders_cpu: float
    post_cpu: float
    insert_cpu: float
    gateway_cores: float
    post_cores: float
    post_senders_cores: float
    sync: float
    peak: float
    mapping: float
    mapping_by_hand: float
    lookup: float
    lookup_directly: float
    outcome: Outcome

    @property
    def mapping_ratio(self) -> float:
        """What the portal's dossier costs through its table, over the same document built by hand."""
        return self.mapping / self.mapping_by_hand

    @property
    def ratio(self) -> float:
        return self.end_to_end / self.post

    @property
    def cpu_ratio(self) -> float:
        """The same judged by CPU: what a bare POST costs over what a whole message costs."""
        return self.post_cpu / self.gateway_cpu


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where every message of a round ended. `received` is the portal's own count, `delivered` the ledger's."""

    sent: int
    received: int
    delivered: int
    lost: int
    doubled: int
    out_of_order: int
    balance: int

    @property
    def sound(self) -> bool:
        """Everything arrived once and in order, and both sides say so."""
        wrong = self.lost or self.doubled or self.out_of_order or self.balance
        return not wrong and self.sent == self.received == self.delivered


async def measure(messages: int, folder: Path | None, tell: Tell) -> Round:
    """Run one round in a folder of its own under `folder` (None: the system's), which is gone afterwards.

    Raises `BenchError` when a part does not start, refuses a message or does not finish in time.
    """
    with TemporaryDirectory(prefix="lienthong-bench-", dir=folder) as name:
        here = Path(name)
        tell("giới hạn: máy chủ aiohttp trần / limit: a bare aiohttp server")
        post, post_usage = await _post(messages, here)
        tell("giới hạn: SQLite ghi theo nhóm / limit: SQLite in group commits")
        rows = messages * _LIMIT_COPIES
        insert = await _insert(rows, here)
        tell("bảng dịch cạnh mã viết tay / the mapping table beside hand-written code")
        cost = measure_mapping()
        tell("tra cứu có chờ, cạnh hỏi thẳng / look-ups that wait, beside asking directly")
        lookups = await measure_lookups(here)
        tell("cả trục, mọi thứ đều bật / the whole gateway, everything on")
        run = await _gateway(messages, here, tell)
    seconds = run.settled_at - run.sent["first"]
    posts = messages * _LIMIT_COPIES
    post_seconds = post["last"] - post["first"]
    return Round(
        end_to_end=messages / (run.delivered_at - run.sent["first"]),
        accepted=messages / (run.sent["last"] - run.sent["first"]),
        post=posts / post_seconds,
        insert=rows / insert["seconds"],
        gateway_cpu=_micro(run.gateway_cpu, messages),
        portal_cpu=_micro(run.portal_cpu, messages),
        senders_cpu=_micro(run.sent["cpu"], messages),
        post_cpu=_micro(post_usage, posts),
        insert_cpu=_micro(insert["cpu"], rows),
        gateway_cores=run.gateway_cpu / seconds,
        post_cores=post_usage / post_seconds,
        post_senders_cores=post["cpu"] / post_seconds,
        sync=insert["sync"],
        peak=run.peak,
        mapping=cost.engine,
        mapping_by_hand=cost.by_hand,
        lookup=lookups.gateway,
        lookup_directly=lookups.system,
        outcome=run.outcome,
    )


def _micro(seconds: float, count: int) -> float:
    return seconds * 1e6 / count


def _bound(messages: int) -> float:
    """Seconds that a part may take before it is given up: far slower than anything seen."""
    return 60 + messages / 20


async def _post(messages: int, folder: Path) -> tuple[Facts, float]:
    """The bare server under the same senders: what they tell, and the server's CPU seconds."""
    async with child("post", {}, folder) as server:
        port = (await server.hear("port", _START_WITHIN))["port"]
        orders = senders.orders(port, "lt_bench", messages, CONNECTIONS, _LIMIT_COPIES)
        async with child("senders", orders, folder) as sending:
            await sending.hear("ready", _START_WITHIN)
            before = await server.ask("usage")
            sent = all_accepted(await sending.ask("go", _bound(messages)), messages * _LIMIT_COPIES, by=server)
            after = await server.ask("usage")
    return sent, after["usage"]["cpu"] - before["usage"]["cpu"]


async def _insert(rows: int, folder: Path) -> Facts:
    async with child("insert", {"folder": str(folder), "rows": rows}, folder) as writer:
        return await writer.hear("seconds", _START_WITHIN + _bound(rows))


@dataclass(frozen=True, slots=True)
class _Run:
    """The gateway's part of a round."""

    sent: Facts
    delivered_at: float
    settled_at: float
    gateway_cpu: float
    portal_cpu: float
    peak: float
    outcome: Outcome


async def _gateway(messages: int, folder: Path, tell: Tell) -> _Run:
    key = "lt_" + secrets.token_urlsafe(24)
    async with AsyncExitStack() as stack:
        portal = await stack.enter_async_context(child("portal", {"expected": messages}, folder))
        port = (await portal.hear("port", _START_WITHIN))["port"]
        config = {"folder": str(folder / "data"), "portal": port, "key": key, "messages": messages}
        gateway = await stack.enter_async_context(child("gateway", config, folder))
        address = (await gateway.hear("address", _START_WITHIN))["address"]
        orders = senders.orders(int(address.rsplit(":", 1)[1]), key, messages, CONNECTIONS)
        sending = await stack.enter_async_context(child("senders", orders, folder))
        await sending.hear("ready", _START_WITHIN)
        before = [await one.ask("usage") for one in (gateway, portal)]
        sent, delivered_at = await _carry(sending, gateway, portal, messages, tell)
        balance = await _settled(gateway, _bound(messages))
        settled_at = time.monotonic()
        after = [await one.ask("usage") for one in (gateway, portal)]
        effects = (await portal.ask("effects"))["effects"]
    used = [late["usage"]["cpu"] - early["usage"]["cpu"] for early, late in zip(before, after, strict=True)]
    outcome = judge(scripts(messages, CONNECTIONS), effects, balance)
    return _Run(sent, delivered_at, settled_at, used[0], used[1], after[0]["usage"]["peak"], outcome)


async def _carry(sending: Child, gateway: Child, portal: Child, messages: int, tell: Tell) -> tuple[Facts, float]:
    """Let the senders go; what they tell, and when the portal had the last message."""
    within = _bound(messages)

    async def go() -> Facts:
        return all_accepted(await sending.ask("go", within), messages, by=gateway)

    async def arrive() -> float:
        while "at" not in (facts := await portal.hear("count", within)):
            tell(f"đã giao / delivered: {facts['count']} / {messages}")
        return float(facts["at"])

    try:
        async with asyncio.TaskGroup() as tasks:
            gone, arriving = tasks.create_task(go()), tasks.create_task(arrive())
    except* BenchError as failed:
        raise failed.exceptions[0] from None
    return gone.result(), arriving.result()


def all_accepted(sent: Facts, messages: int, *, by: Child) -> Facts:
    """What the senders tell, if every answer was a 202. Raises `BenchError` about the process that answered."""
    statuses = sent["statuses"]
    if statuses != {senders.ACCEPTED: messages}:
        raise by.failed(f"không nhận mọi thông điệp: {statuses}", f"did not accept every message: {statuses}")
    return sent


async def _settled(gateway: Child, within: float) -> dict[str, Any]:
    """The balance once the ledger, too, knows the outcome of everything."""
    give_up_at = time.monotonic() + within
    while True:
        balance: dict[str, Any] = (await gateway.ask("balance"))["balance"]
        if balance["open"] == 0 or time.monotonic() > give_up_at:
            return balance
        await asyncio.sleep(_LOOK_EVERY)


def judge(sent: Iterable[Iterable[Sample]], effects: Iterable[str], balance: Mapping[str, Any]) -> Outcome:
    """Compare what was sent, what the portal lists and what the ledger counts."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for script in sent:
        for sample in script:
            wanted[sample.dossier].append(sample.effect)
    seen: dict[str, list[str]] = defaultdict(list)
    for one in effects:
        seen[one.split(" ")[1]].append(one)
    delivered = {row["destination"]: row["delivered"] for row in balance["by"]}
    return Outcome(
        sent=sum(map(len, wanted.values())),
        received=sum(map(len, seen.values())),
        delivered=delivered.get(DESTINATION, 0),
        lost=sum(len(set(due) - set(seen[dossier])) for dossier, due in wanted.items()),
        doubled=sum(len(had) - len(set(had)) for had in seen.values()),
        out_of_order=sum(not _in_order(seen[dossier], due) for dossier, due in wanted.items()),
        balance=balance["balance"],
    )


def _in_order(seen: list[str], due: list[str]) -> bool:
    """Whether the first arrivals of a dossier's effects keep the order in which they were sent."""
    places = [due.index(one) for one in dict.fromkeys(seen) if one in due]
    return places == sorted(places)
