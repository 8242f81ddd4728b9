"""Rules and dashboards speak of what `/metrics` really says, and every alarm fires when it should."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from adapters.registry import ADAPTERS
from tests.deploy.expressions import SCRAPED, read
from tests.deploy.programs import promtool
from tests.deploy.tree import DOCKER
from tests.e2e.rig import eventually, recorded, running

RULES = DOCKER / "prometheus" / "rules" / "lienthong.yml"
CASES = DOCKER / "prometheus" / "tests" / "lienthong.test.yml"
BOARDS = sorted((DOCKER / "grafana" / "dashboards").glob("*.json"))
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
]

PROMISED = {
    "lienthong_messages_accepted_total": {"type", "source"},
    "lienthong_intake_rejected_total": {"reason"},
    "lienthong_deliveries": {"destination", "state"},
    "lienthong_attempts_total": {"destination", "outcome"},
    "lienthong_attempt_seconds_bucket": {"destination", "le"},
    "lienthong_delivery_latency_seconds_bucket": {"destination", "le"},
    "lienthong_oldest_open_seconds": {"destination"},
    "lienthong_breaker_state": {"destination"},
    "lienthong_lanes_held": {"destination"},
    "lienthong_outbox_pending": set(),
    "lienthong_build_info": {"version"},
    "lienthong_delivery_warnings_total": {"destination", "code"},
    "lienthong_events_dropped_total": set(),
    "lienthong_broker_dead_letters": set(),
    "lienthong_ledger_up": set(),
    "lienthong_broker_up": set(),
    "lienthong_ledger_commit_seconds_bucket": {"le"},
    "lienthong_ledger_commit_items_bucket": {"le"},
    "lienthong_data_free_bytes": set(),
    "lienthong_data_size_bytes": set(),
    "lienthong_last_backup_timestamp_seconds": set(),
    "lienthong_scheduler_leads": set(),
}
"""Names and labels that dashboards and alarms outside may rest on."""


@pytest.fixture(scope="module")
def exposition(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every sample of a gateway that has worked: its name and its labels."""
    return asyncio.run(_worked(tmp_path_factory.mktemp("data")))


async def _worked(folder: Path) -> dict[str, set[str]]:
    """One dossier that was delivered, one that was refused at the door, one warning."""
    async with running(folder) as rig:
        rig.gateway.metrics.warned("national_portal", "EXISTED_ELSEWHERE")
        await rig.send(recorded(1))
        await rig.send(recorded(2, code="not-a-code"), status=422)
        await rig.settled()
        text = ""

        async def looked() -> bool:
            """The gauges that are read from the ledger every two seconds have been."""
            nonlocal text
            async with rig.http.get(f"{rig.gateway.address}/metrics") as answer:
                text = await answer.text()
            return 'lienthong_deliveries{destination="national_portal",state="delivered"} 1.0' in text

        await eventually(looked)
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _expressions() -> Iterator[tuple[str, str]]:
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for path in BOARDS:
        board = json.loads(path.read_text("utf-8"))
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]
        for variable in board["templating"]["list"]:
            yield f"{path.stem}: ${variable['name']}", variable["query"]["query"]


def test_what_is_promised_stands_in_the_metrics(exposition: dict[str, set[str]]) -> None:
    assert {name: exposition.get(name) for name in PROMISED} == PROMISED


def test_no_metric_carries_an_id(exposition: dict[str, set[str]]) -> None:
    labels = set().union(*(names for name, names in exposition.items() if name.startswith("lienthong_")))
    assert labels == {"type", "source", "reason", "destination", "state", "outcome", "code", "version", "le"}


def test_what_a_rule_is_alarmed_of_by_its_code_is_counted_from_the_start() -> None:
    """A count that begins with its first event has no increase."""
    told = {code for rule in ALERTS for code in re.findall(r'warnings_total\{code="(\w+)"', rule["expr"])}
    assert told and told <= set().union(*(spec.alarms for spec in ADAPTERS.values()))


def test_rules_and_dashboards_read_what_there_is(exposition: dict[str, set[str]]) -> None:
    missing = []
    for place, expression in _expressions():
        names, labels = read(expression)
        there = set().union(*(exposition.get(name, set()) for name in names)) | SCRAPED
        missing += [(place, name) for name in names if name not in exposition and name != "up"]
        missing += [(place, label) for label in labels - there]
    assert missing == []


@pytest.mark.parametrize(
    ("expression", "names", "labels"),
    [
        ('max by (destination) (lienthong_gone{state="x"})', {"lienthong_gone"}, {"destination", "state"}),
        ("histogram_quantile(0.9, sum by (le) (rate(lienthong_x_bucket[5m])))", {"lienthong_x_bucket"}, {"le"}),
    ],
)
def test_a_planted_name_is_seen(expression: str, names: set[str], labels: set[str]) -> None:
    assert read(expression) == (names, labels)


def test_every_expression_is_one_by_prometheus_itself(tmp_path: Path) -> None:
    """Dashboards' expressions are put into rules, which promtool reads."""
    plain = [expr.replace("$destination", ".*") for place, expr in _expressions() if not expr.startswith("label_")]
    rules = [{"record": f"lienthong:{n}", "expr": expr} for n, expr in enumerate(plain)]
    (tmp_path / "all.yml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}), "utf-8")
    judged = _promtool("check", "rules", str(tmp_path / "all.yml"))
    assert judged.returncode == 0, judged.stderr


def test_prometheus_takes_its_configuration() -> None:
    judged = _promtool("check", "config", str(DOCKER / "prometheus" / "prometheus.yml"))
    assert judged.returncode == 0, judged.stderr


def test_every_alarm_fires_when_it_should_and_none_when_all_is_well() -> None:
    judged = _promtool("test", "rules", str(CASES))
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_every_alarm_has_its_test_and_says_what_is_wrong_in_both_languages() -> None:
    cases = yaml.safe_load(CASES.read_text("utf-8"))["tests"]
    names = [rule["alert"] for rule in ALERTS]
    fired = [case["name"] for case in cases if any(one["exp_alerts"] for one in case["alert_rule_test"])]
    quiet = [one["alertname"] for case in cases for one in case["alert_rule_test"] if not one["exp_alerts"]]
    assert (fired, quiet) == (names, names)
    assert all(set(rule["annotations"]) == {"summary", "summary_en", "runbook"} for rule in ALERTS)


def test_grafana_finds_its_data_and_its_boards() -> None:
    provisioning = DOCKER / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    boards = [json.loads(path.read_text("utf-8")) for path in BOARDS]
    assert len({board["uid"] for board in boards}) == len(boards) == 2
    for board in boards:
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
        assert all(re.search(" / |^CPU$", panel["title"]) for panel in board["panels"])


def _promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool(), *words], capture_output=True, text=True, check=False)
