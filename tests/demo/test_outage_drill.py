"""`lienthong drill outage`: hours of a portal that is away, in minutes; and that each of its claims can fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal.simulator import Effect
from adapters.onestop.simulator import SimulatedOneStop
from gateway.demo.outage import Plan, claims
from gateway.demo.outage.site import Office
from gateway.demo.outage.traffic import code, day_of_messages
from gateway.settings import DestinationSettings
from tests.architecture.tree import ROOT


@pytest.mark.timeout(400)
def test_three_hours_without_the_portal_lose_burn_and_reorder_nothing(tmp_path: Path) -> None:
    """The whole of it, 3,600 messages, 360 times as fast; with fewer dead ones to replay than by hand."""
    command = [
        sys.executable, "-m", "gateway", "drill", "outage", "--json",
        "--messages", "3600", "--factor", "360", "--dead", "300", "--rate", "0.3",
    ]  # fmt: skip
    environment = os.environ | {"LIENTHONG_DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout or "{}")
    assert report, done.stderr
    failed = [claim for claim in report["claims"] if not claim["good"]]
    assert failed == []
    assert done.returncode == 0
    assert [claim["name"] for claim in report["claims"]] == [
        "no_tries_burnt", "others_go_on", "one_client_holds_nobody", "password_expired", "nothing_dead", "in_order",
        "within_rate", "balance", "planned", "climbed", "stopped", "went_on", "balance_after_replay",
    ]  # fmt: skip
    assert "360" in done.stderr


def test_all_times_are_compressed_by_the_same_factor_but_those_for_answers() -> None:
    plan = Plan(messages=3600, factor=60, hours=3, rate=2)
    assert (plan.away, plan.expired, plan.compressed_rate, plan.dossiers) == (180, 10, 120, 1200)
    minutes = timedelta(minutes=1)
    real = DestinationSettings(retry_schedule=(minutes, 60 * minutes), timeout=minutes, breaker_pause=minutes / 2)
    fast = plan.destinations({"national_portal": real, "onestop": real})["national_portal"]
    assert fast["retry_schedule"] == ["1000ms", "60000ms"]
    assert (fast["breaker_pause"], fast["timeout"], fast["rate"]) == ("500ms", "5000ms", 120)
    assert plan.destinations({"onestop": real})["onestop"]["rate"] == 0


def test_offices_tell_each_dossier_in_order_and_ask_elsewhere_in_between() -> None:
    office = Office("a", SimulatedOneStop(), "")
    told = [event for _, event in day_of_messages(100, (office, office))]
    kinds = {event["id"].rpartition("/")[2] for event in told}
    assert kinds == {"hs", "b1", "b2", "tc"}
    own = [event["id"] for event in told if event["subject"] == code(7) and not event["id"].endswith("tc")]
    assert [one.rpartition("/")[2] for one in own] == ["hs", "b1", "b2"]
    assert len({event["id"] for event in told}) == len(told) == 300 + 15
    assert len({code(number) for number in range(1, 25_000)}) == 24_999


# ---- each claim can fail ---------------------------------------------------------------------------------------------


def an_effect(sequence: int, kind: Any, key: str = "H-1", step: str = "", at: str = "2025-06-12T08:00:00") -> Effect:
    return Effect(sequence, sequence, kind, key, "2", step, "", "", f"{at}+00:00")


WHOLE = [an_effect(1, "create"), an_effect(2, "progress", step="1"), an_effect(3, "progress", step="2")]


def test_a_whole_dossier_in_order_is_good() -> None:
    assert claims.in_order(WHOLE, 1).good


@pytest.mark.parametrize(
    "effects",
    [
        WHOLE[:2],
        [WHOLE[1], WHOLE[0], WHOLE[2]],
        [WHOLE[0], WHOLE[2], WHOLE[1]],
        [*WHOLE, an_effect(4, "update")],
        [],
    ],
    ids=["one lost", "before its record", "steps the wrong way round", "one too many", "nothing"],
)
def test_what_is_lost_doubled_or_out_of_order_is_found(effects: list[Effect]) -> None:
    assert not claims.in_order(effects, 1).good


def test_a_second_above_the_rate_is_found() -> None:
    at = [an_effect(n, "create", at=f"2025-06-12T08:00:00.{n:06}") for n in range(100)]
    assert claims.within_rate(at, rate=90, at_once=2).good
    assert not claims.within_rate(at, rate=80, at_once=2).good
    assert claims.most_in_a_second([0.0, 0.5, 0.99, 1.0, 1.49, 3.0]) == 4


def test_attempts_deaths_and_waiting_beyond_what_is_allowed_are_found() -> None:
    assert claims.few_attempts("x", "", "", 42, 42).good
    assert not claims.few_attempts("x", "", "", 43, 42).good
    assert not claims.healed(3, 42, 0).good and not claims.healed(43, 42, 5).good
    sheet = {"accepted": 3, "dead": 0, "refused": 0, "open": 0}
    assert claims.nothing_dead(sheet).good
    for name in ("dead", "refused", "open"):
        assert not claims.nothing_dead(sheet | {name: 1}).good
    assert claims.undisturbed("x", "", "", [0.1, 0.2], 2).good
    assert not claims.undisturbed("x", "", "", [0.1], 2).good
    assert not claims.undisturbed("x", "", "", [0.1, claims.WITHIN + 1], 2).good
    assert not claims.undisturbed("x", "", "", [], 0).good


def test_a_sheet_that_does_not_add_up_or_says_otherwise_than_the_senders_is_found() -> None:
    sheet = {"balance": 0, "open": 0, "dead": 0, "by": [{"destination": "ndxp", "accepted": 5}]}
    assert claims.balanced("x", sheet, {"ndxp": 5}).good
    assert not claims.balanced("x", sheet, {"ndxp": 6}).good
    assert not claims.balanced("x", sheet, {"ndxp": 5, "citizen_db": 1}).good
    assert not claims.balanced("x", sheet | {"balance": 1}, {"ndxp": 5}).good
