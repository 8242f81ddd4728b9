"""A bounded campaign on each engine; and one on a gateway with faults planted in it, which the judge must find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.campaign import Plan, campaign
from tests.chaos.site import embedded, production

pytestmark = pytest.mark.timeout(400)


async def test_the_embedded_gateway_loses_nothing_swaps_nothing_doubles_nothing(tmp_path: Path) -> None:
    async with embedded(tmp_path) as site:
        verdict = await campaign(site, Plan(seed=46, seconds=15, rate=40, pause=0.2))
    assert verdict.findings == []
    assert len(verdict.evidence.log.answered_at) > 100 and sum(verdict.faults.values()) >= 4


async def test_six_processes_on_servers_that_fail_lose_nothing_swap_nothing_double_nothing(tmp_path: Path) -> None:
    async with production(tmp_path) as site:
        verdict = await campaign(site, Plan(seed=46, seconds=30, rate=40, pause=0.2))
    assert verdict.findings == []
    assert len(verdict.evidence.log.answered_at) > 200 and sum(verdict.faults.values()) >= 5


async def test_faults_planted_in_the_gateway_are_found_by_what_came_of_them(tmp_path: Path) -> None:
    async with embedded(tmp_path, planted="lose reorder double") as site:
        verdict = await campaign(site, Plan(seed=1, seconds=10, rate=100, only=["line to door cut"]))
    assert {"lost", "order", "doubled"} <= {one.kind for one in verdict.findings}
    doubled = [one.text for one in verdict.findings if one.kind == "doubled"]
    assert any("INIT was done 2 times" in text for text in doubled)
