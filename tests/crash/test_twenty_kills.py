"""Twenty kills, at points and at moments drawn by lot, in one history of five hundred messages."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal.simulator import Effect
from tests.crash import plant
from tests.crash.drill import Drill, drilling
from tests.crash.history import examine
from tests.crash.processes import Portal, Victims
from tests.crash.sender import workload
from tests.crash.victim import MOMENT, POINTS

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOSSIERS, MESSAGES = 20, 25
KILLS = 20
SHARE = DOSSIERS * MESSAGES // (KILLS + 1)
"""Messages let out in each life, so that every kill meets work."""


def a_life(chance: random.Random) -> dict[str, Any]:
    """Half of the lives end at a point, half at a time: from before the start is over to the middle of the work."""
    if chance.random() < 0.5:
        return {"within": chance.uniform(0.01, 0.25)}
    point = chance.choice(POINTS)
    return {"point": point, "occurrence": chance.randint(1, 3 if point == "before_ack" else 12), "within": 2}


async def killed_twenty_times(drill: Drill, seed: int) -> None:
    """The whole history: twenty violent ends, then a life that finishes what all of them left."""
    chance = random.Random(seed)
    deaths = []
    for _ in range(KILLS):
        drill.sender.allow(SHARE)
        deaths.append(await drill.die(**a_life(chance)))
    balance = await drill.finish()
    assert (balance["balance"], balance["dead"], balance["refused"]) == (0, 0, 0)
    assert not any(drill.sent_again(death) for death in deaths)
    assert len(drill.sender.answers) == DOSSIERS * MESSAGES
    points = {death.marker["point"] for death in deaths}
    assert MOMENT in points and len(points) > 1


async def test_after_twenty_kills_nothing_is_lost_swapped_or_doubled(
    victims: Victims, strict_portal: Portal, tmp_path: Path
) -> None:
    async with drilling(victims, strict_portal, tmp_path, workload(20, DOSSIERS, MESSAGES)) as drill:
        await killed_twenty_times(drill, 20)
        repeated = await drill.repeated()
    log, effects = drill.sender.log, drill.effects()
    assert examine(log, effects) == []
    assert all(any(one["may_repeat"] for one in attempts) for attempts in repeated.values())
    # The judge was awake: what is planted in this very history is found.
    place = a_step_done_once_with_more_to_come(effects)
    for fault, kind in ((plant.lose, "lost"), (plant.swap, "order"), (plant.double, "doubled")):
        found = examine(log, fault(effects, place))
        assert kind in {one.kind for one in found if one.subject == effects[place].key}


def a_step_done_once_with_more_to_come(effects: Sequence[Effect]) -> int:
    """Index of an effect in the middle of the history at which any fault is one."""
    times = Counter(effect.digest for effect in effects)
    for place, effect in enumerate(effects[len(effects) // 2 :], len(effects) // 2):
        following = plant.next_of_dossier(effects, place)
        if effect.kind == "progress" and following and times[effect.digest] == times[effects[following].digest] == 1:
            return place
    raise AssertionError("no such step: the history is too short to plant anything in it")


async def test_a_portal_that_ignores_steps_it_knows_shows_none_twice(
    victims: Victims, forgiving_portal: Portal, tmp_path: Path
) -> None:
    async with drilling(victims, forgiving_portal, tmp_path, workload(21, DOSSIERS, MESSAGES)) as drill:
        await killed_twenty_times(drill, 21)
        assert await drill.repeated() == {}
    assert examine(drill.sender.log, drill.effects()) == []
