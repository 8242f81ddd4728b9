"""Killed with SIGKILL at each named point, the gateway finishes by itself, and the portal's log shows nothing amiss."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.national_portal.simulator import Effect
from tests.crash.drill import Death, drilling
from tests.crash.history import Posted, examine
from tests.crash.processes import Portal, Victims
from tests.crash.sender import workload
from tests.crash.victim import POINTS
from tests.e2e.rig import progressed, recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOSSIERS, MESSAGES = 6, 6
LATEST = {"before_ack": 3}
"""Packs are few: a dossier's deliveries go out one after the other, those of all dossiers together."""
CLEAR = {"after_accept_commit", "before_first_byte", "after_settle"}
"""Points at which the portal has the message not at all, or for certain: no reason to send it twice."""


def done(message: Posted, effects: Sequence[Effect]) -> Counter[str]:
    """How often each record of a message was done."""
    digests = {digest for part in message.parts for digest in part}
    return Counter(effect.digest for effect in effects if effect.digest in digests)


def prove_that_the_point_was_hit(point: str, death: Death, posted: dict[str, Posted]) -> None:
    """The marker says so, and what ledger, portal and sender hold can only be so there."""
    assert death.marker["point"] == point
    if point == "before_ack":  # whatever the pack held was settled, or a newer snapshot had made it needless
        assert {death.states[one] for one in death.marker["deliveries"]} <= {"delivered", "superseded"}
        return
    message = posted[death.marker["message"]]
    state, found = death.states[message.key], done(message, death.effects)
    whole = len(found) == sum(map(len, message.parts))
    match point:
        case "after_accept_commit":
            assert state in {"pending", "held"} and message.key not in death.answered
        case "before_first_byte":
            assert state == "delivering" and not whole
        case "after_first_byte":  # the portal's answer lay in the socket, unread
            unread = death.marker["unread"]
            assert state == "delivering" and '"error_code"' in unread and (found or "đã tồn tại" in unread)
        case "after_answer":
            assert state == "delivering" and whole
        case "after_settle":
            assert state == "delivered" and whole


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_point_nothing_is_lost_swapped_or_doubled(
    point: str, seed: int, victims: Victims, strict_portal: Portal, tmp_path: Path
) -> None:
    occurrence = random.Random(f"{point} {seed}").randint(1, LATEST.get(point, 12))
    async with drilling(victims, strict_portal, tmp_path, workload(seed, DOSSIERS, MESSAGES)) as drill:
        drill.sender.allow(DOSSIERS * MESSAGES)
        death = await drill.die(point=point, occurrence=occurrence, within=10)
        prove_that_the_point_was_hit(point, death, drill.sender.posted)
        balance = await drill.finish()
        repeated = await drill.repeated()
    posted, effects = drill.sender.posted, drill.effects()
    assert examine(drill.sender.log, effects) == []
    assert (balance["balance"], balance["dead"], balance["refused"]) == (0, 0, 0)
    assert drill.sent_again(death) == set()
    if point == "after_accept_commit":
        assert drill.sender.answers[death.marker["message"]]["duplicate"]
    if point in CLEAR:
        assert set(done(posted[death.marker["message"]], effects).values()) <= {1}
    for attempts in repeated.values():
        assert any(one["may_repeat"] and "MAY_REPEAT" in {w["code"] for w in one["warnings"]} for one in attempts)


@pytest.mark.parametrize(("point", "times"), [("before_first_byte", 1), ("after_first_byte", 2)])
async def test_of_a_long_progress_only_the_part_in_flight_is_sent_again(
    point: str, times: int, victims: Victims, strict_portal: Portal, tmp_path: Path
) -> None:
    dossier = [recorded(1), progressed(2, count=24)]
    async with drilling(victims, strict_portal, tmp_path, [dossier]) as drill:
        drill.sender.allow(2)
        # The first call creates, the second carries the first part.
        death = await drill.die(point=point, occurrence=3, within=10)
        prove_that_the_point_was_hit(point, death, drill.sender.posted)
        await drill.finish()
    first, second, third = drill.sender.posted[dossier[1]["id"]].parts
    expected = [*first, *second * times, *third]
    assert [effect.digest for effect in drill.effects() if effect.kind == "progress"] == expected
