"""Everything that is done to an installation, each thing one function that leaves it whole again.

A fault ends with what it broke standing (though maybe not yet recovered): killed processes live, lines are healed.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.chaos.programs import Program
from tests.chaos.proxy import Way
from tests.chaos.settings import LEASE, TIMEOUT
from tests.chaos.simulated import Target
from tests.chaos.site import Site

Act = Callable[[Random], Awaitable[None]]
_WITH_DOOR = ("serve", "intake")
_MEETS_WITHIN = 12.0
"""Seconds that faults of a system wait for calls to meet; what is left then meets the next ones."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is what is counted, `place` what it is done to: two faults at one place exclude each other.

    `alone` names the one system it touches, when it touches nothing else (P6).
    """

    kind: str
    place: str
    act: Act
    alone: str = ""


def faults_of(site: Site) -> list[Fault]:
    """All that can be done to this installation."""
    found = [Fault("disk full", "ledger", partial(_disk_full, site))]
    for name, role in site.roles.items():
        found += _faults_of_process(site, name, role)
    for name in site.lines:
        found += _faults_of_line(site, name)
    for target in (site.portal, site.payment):
        found += _faults_of_target(target)
    if site.database is not None:
        server = site.database.program
        found += [
            Fault("postgres restarted", "ledger", partial(_restart, server, signal.SIGINT)),
            Fault("postgres crashed", "ledger", partial(_restart, server, signal.SIGQUIT)),
        ]
    if site.queues is not None:
        found += [
            Fault("broker killed", "broker", partial(_broker_killed, site, wipe=False)),
            Fault("broker killed, disk wiped", "broker", partial(_broker_killed, site, wipe=True)),
            Fault("broker paused", "broker", partial(_frozen, site.queues.program, 1, 9)),
        ]
    return found


def _faults_of_process(site: Site, name: str, role: Program) -> list[Fault]:
    """A worker is also frozen for longer than its leases live."""
    longest = LEASE + 4 if name.startswith(("worker", "serve")) else 4
    kind = name.partition("-")[0]
    found = [Fault(f"kill -9 {kind}'s door", name, partial(_door_killed, role))] if name in _WITH_DOOR else []
    return [
        *found,
        Fault(f"kill -9 {kind}", name, partial(_killed, role)),
        Fault(f"{kind} stopped", name, partial(_restart, role, signal.SIGTERM)),
        Fault(f"{kind} frozen", name, partial(_frozen, role, 0.5, longest)),
        Fault(f"clock of {kind} wrong", name, partial(_clock_wrong, site, name)),
    ]


def _faults_of_line(site: Site, name: str) -> list[Fault]:
    what = name.rpartition(">")[2]
    line = site.lines[name]
    alone = what if what in (site.portal.name, site.payment.name) else ""
    # A system whose line holds bytes back must get them before the unclear gap is over.
    longest = 2.5 if alone else 5.0

    async def cut(chance: Random) -> None:
        for _ in range(chance.randint(1, 4)):
            line.cut()
            await asyncio.sleep(chance.uniform(0, 0.3))

    async def refused(chance: Random) -> None:
        await line.refuse()
        line.cut()
        await asyncio.sleep(chance.uniform(0.5, 4))
        await line.heal()

    async def stalled(chance: Random) -> None:
        line.stall(_ways(chance))
        await asyncio.sleep(chance.uniform(0.3, longest))
        await line.heal()

    async def half_open(chance: Random) -> None:
        line.swallow(_ways(chance))
        await asyncio.sleep(chance.uniform(0.5, longest))
        await line.heal()

    async def slow(chance: Random) -> None:
        line.delay(chance.uniform(0.01, 0.15))
        await asyncio.sleep(chance.uniform(1, 4))
        await line.heal()

    return [
        Fault(f"line to {what} {kind}", name, act, alone)
        for kind, act in (
            ("cut", cut), ("refused", refused), ("stalled", stalled), ("half-open", half_open), ("slow", slow),
        )
    ]  # fmt: skip


def _faults_of_target(target: Target[Any]) -> list[Fault]:
    kinds: Sequence[tuple[str, dict[str, object]]] = [
        ("cut_after_commit", {}),
        ("cut_before_commit", {}),
        ("cut_in_answer", {}),
        ("http_status", {"status": 503}),
        ("latency", {"seconds": 1.0}),
        ("latency", {"seconds": TIMEOUT + 0.6}),
        ("html", {}),
    ]

    def upset(name: str, words: dict[str, object]) -> Act:
        async def act(chance: Random) -> None:
            await target.upset(name, chance.randint(2, 10), **words)
            with suppress(TimeoutError):
                async with asyncio.timeout(_MEETS_WITHIN):
                    while (await target.ask("faults"))["waiting"]:
                        await asyncio.sleep(0.1)

        return act

    return [
        Fault(f"{target.name}: {name}", f"{target.name} itself", upset(name, words), target.name)
        for name, words in kinds
    ]


def _ways(chance: Random) -> frozenset[Way]:
    return chance.choice([frozenset(Way), frozenset({Way.UP}), frozenset({Way.DOWN})])


async def _killed(program: Program, chance: Random) -> None:
    await program.kill()
    await asyncio.sleep(chance.uniform(0, 1.5))
    await program.start()


async def _door_killed(program: Program, chance: Random) -> None:
    """Only the process that reads and judges what is sent; the gateway starts another."""
    for _ in range(chance.randint(1, 2)):
        program.kill_children()
        await asyncio.sleep(chance.uniform(0.2, 2))


async def _restart(program: Program, with_: signal.Signals, chance: Random) -> None:
    await program.stop(with_)
    await asyncio.sleep(chance.uniform(0, 1))
    await program.start()


async def _frozen(program: Program, shortest: float, longest: float, chance: Random) -> None:
    program.freeze()
    try:
        await asyncio.sleep(chance.choice([shortest, longest, chance.uniform(shortest, longest)]))
    finally:
        program.thaw()


async def _clock_wrong(site: Site, name: str, chance: Random) -> None:
    # SQLite has no clock of its own: what is due tomorrow by a wrong clock is due tomorrow.
    ahead = [30] if site.embedded else [30, 3_600, 86_400]
    site.set_clock(name, chance.choice([-86_400, -3_600, -30, *ahead]))
    await asyncio.sleep(chance.uniform(1, 5))
    site.set_clock(name, 0)


async def _disk_full(site: Site, chance: Random) -> None:
    site.fill_disk()
    try:
        await asyncio.sleep(chance.uniform(0.5, 4))
    finally:
        site.free_disk()


async def _broker_killed(site: Site, chance: Random, *, wipe: bool) -> None:
    assert site.queues is not None
    await site.queues.program.kill()
    if wipe:
        site.queues.wipe()
    await asyncio.sleep(chance.uniform(0, 2))
    await site.queues.program.start()
