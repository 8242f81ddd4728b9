"""`lienthong demo` shows the real thing: every sample ends as it must, and the simulated portal's own log agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal.simulator import Effect
from gateway.acceptance.validation import Validator
from gateway.bootstrap import admin_token
from gateway.bootstrap.gateway import run_gateway
from gateway.cli.demo_words import one_more
from gateway.cli.rehearse import _overrides
from gateway.demo.rehearsal import rehearse, simulated
from gateway.demo.samples import NAMES, Sample, stories
from gateway.demo.sandbox import sandbox
from gateway.demo.verdict import surprises_at_the_portal
from gateway.intake.cloudevents import structured
from gateway.security.notes import open_signer
from gateway.security.receipts import read_proof
from gateway.settings import load_settings
from tests.architecture.tree import ROOT

STATUS = {"filed": "1", "received": "2", "refused": "3", "processing": "4", "supplement_requested": "5",
          "payment_requested": "6", "withdrawn": "7", "stopped": "8", "completed": "9", "returned": "10"}  # fmt: skip


class Demo:
    """One run of the command, and what it left behind."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"LIENTHONG_DATA_DIR": str(folder)}
        self.receipt = folder / "receipt.ndjson"
        command = [sys.executable, "-m", "gateway", "demo", "--json", "--receipt", str(self.receipt)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        self.report: dict[str, Any] = json.loads(done.stdout)
        self.folder = folder / "demo"
        lines = (self.folder / "sandbox" / "national_portal.ndjson").read_text("utf-8").splitlines()
        self.effects = [Effect(**json.loads(line)) for line in lines]
        self.spoken = done.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo"))


def test_the_counts_add_up_and_nothing_is_open(demo: Demo) -> None:
    report = demo.report
    ended = sum(report[name] for name in ("delivered", "refused", "dead", "superseded", "cancelled", "open"))
    assert (report["accepted"] - ended, report["open"], report["balance"]) == (0, 0, 0)
    assert (report["ledger"], report["broker"], report["surprises"]) == ("sqlite", "in-process", [])


def test_the_receipt_of_a_delivered_dossier_verifies(demo: Demo) -> None:
    [entry] = read_proof(demo.receipt.read_bytes(), open_signer(demo.folder / "signing.json").public).entries
    assert (entry["destination"], entry["outcome"]) == ("national_portal", "delivered")


def test_there_are_forty_dossiers_and_more_of_several_statuses_some_wrong_on_purpose(demo: Demo) -> None:
    assert len(stories()) >= 40
    assert sum(len({s.event["data"].get("status") for s in story.samples} - {None}) >= 2 for story in stories()) >= 35
    assert {sample.expect for story in stories() for sample in story.samples} == {
        "delivered", "superseded", "refused", "dead", "duplicate", "conflict", "rejected",
    }  # fmt: skip
    report = demo.report
    assert all(report[name] > 0 for name in ("delivered", "refused", "dead", "superseded", "rejected", "duplicates"))


def test_the_portal_did_exactly_what_the_stories_tell_step_by_step_in_order(demo: Demo) -> None:
    """Worked out here from the samples alone, without the code that judges for the command."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for story in stories():
        healed: list[str] = []
        for sample in story.samples:
            if sample.expect == "delivered":
                data = sample.event["data"]
                steps = [STATUS[step["status"]] for step in data.get("steps", [])] or [f"= {STATUS[data['status']]}"]
                if sample.heals:
                    healed = steps
                else:
                    wanted[sample.subject] += steps
        if healed:
            wanted[story.waves[0][0].subject][:0] = healed
    found: dict[str, list[str]] = defaultdict(list)
    digests: dict[str, str] = {}
    for effect in (one for one in demo.effects if one.kind != "filed"):
        record = effect.kind != "progress"
        if not (record and digests.get(effect.key) == effect.digest):  # a record whose answer was lost is sent again
            found[effect.key].append(f"= {effect.status}" if record else effect.status)
        if record:
            digests[effect.key] = effect.digest
    assert found == {subject: done for subject, done in wanted.items() if done}


def test_what_did_not_go_through_says_why_in_both_languages(demo: Demo) -> None:
    explained = demo.report["explained"]
    assert {one["state"] for one in explained} == {"refused", "dead", "HTTP 422", "HTTP 409"}
    assert all(one["vi"] and one["en"] and one["vi"] != one["en"] for one in explained)


def test_no_person_is_named_in_the_log_or_in_plain_text_in_the_ledger(demo: Demo) -> None:
    log = (demo.folder / "demo.log").read_text("utf-8")
    assert "delivery.settled" in log and "Traceback" not in log
    ledger = b"".join(path.read_bytes() for path in demo.folder.iterdir() if path.name.startswith("ledger.db"))
    assert b"H46-2503" in ledger  # the scan would find it
    for value in (*NAMES, "044999000001", "0900000001", "cong.dan.1@example.invalid", "Không Có Thật"):
        assert value not in log
        assert value not in demo.spoken
        assert value.encode() not in ledger


def test_the_one_more_dossier_a_newcomer_may_send_is_taken(tmp_path: Path) -> None:
    event = one_more()
    assert event["subject"] not in {sample.subject for story in stories() for sample in story.samples}
    validator = Validator(load_settings(environment={}).codes)
    reading = structured(json.dumps(event).encode(), validator.judge_envelope)
    assert validator.judge(reading.event, datetime.now(UTC)).errors == reading.problems == ()


async def test_told_a_second_time_everything_is_a_repeat_and_still_right(tmp_path: Path) -> None:
    for repeats in (1, 230):
        async with sandbox(tmp_path, simulated(tmp_path)) as simulators:
            settings = load_settings(environment={}, overrides=_overrides(simulators, tmp_path, 0))
            async with run_gateway(settings) as gateway:
                simulators.connect(gateway.address)
                report = await rehearse(simulators, gateway.address, admin_token(settings), lambda: None)
        assert report.good, report.surprises
        assert report.duplicates >= repeats


# ---- the judge itself ------------------------------------------------------------------------------------------------


@pytest.fixture
def samples() -> list[Sample]:
    return [sample for story in stories() for sample in story.samples]


def test_the_judge_finds_no_fault_in_a_right_history(demo: Demo, samples: list[Sample]) -> None:
    assert surprises_at_the_portal(samples, demo.effects) == []


@pytest.mark.parametrize("fault", ["lost", "swapped", "doubled", "stranger"])
def test_the_judge_finds_a_planted_fault(demo: Demo, samples: list[Sample], fault: str) -> None:
    effects = list(demo.effects)
    steps = [place for place, effect in enumerate(effects) if effect.kind == "progress"]
    first = steps[3]
    same = [place for place in steps if effects[place].key == effects[first].key and place != first]
    match fault:
        case "lost":
            del effects[first]
        case "swapped":
            effects[first], effects[same[-1]] = effects[same[-1]], effects[first]
        case "doubled":
            effects.append(effects[first])
        case _:
            turned_away = next(sample.subject for sample in samples if sample.expect == "rejected")
            effects.append(replace(effects[first], key=turned_away, kind="create"))
    found = [surprise.subject for surprise in surprises_at_the_portal(samples, effects)]
    assert found == ([effects[-1].key] if fault == "stranger" else [demo.effects[first].key])
