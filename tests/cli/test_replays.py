"""Replaying many on the command line: planned, watched, steered; and a gateway killed in the middle of it."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, Served, data_of, refused_with, start, stop
from tests.cli.test_commands import event, write

REASON = ("--reason", "cổng đã sửa")
GAP = "LIENTHONG_DESTINATIONS__NATIONAL_PORTAL__UNCLEAR_GAP"
"""How long a dossier is left alone after a call without a clear answer; a minute where nobody says otherwise."""
DEAD = ("--destination", "national_portal", "--code", "HTTP_400")


@pytest.fixture
def own_gateway(tmp_path: Path) -> Iterator[Served]:
    running = start(tmp_path / "data")
    yield running
    if running.process.poll() is None:
        stop(running)


def upset(served: Served, **fault: Any) -> None:
    """Tell the simulated portal what is to go wrong."""
    addresses = json.loads((served.data_dir / "sandbox" / "addresses.json").read_bytes())
    url = f"{addresses['national_portal']}/_panel/faults"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(fault).encode())) as answer:
        assert answer.status == 200


def die(run: Run, served: Served, folder: Path, count: int) -> None:
    """So many dossiers that the portal takes for broken."""
    upset(served, fault="http_status", status=400, times=count)
    lines = "\n".join(json.dumps(event(1, number)) for number in range(1, count + 1))
    data_of(run("send", write(folder / "many.ndjson", lines), "--json", on=served.data_dir))
    for _ in range(400):
        sheet = data_of(run("balance", "--json", on=served.data_dir))
        if sheet["dead"] == count:
            return
    raise AssertionError(sheet)


def test_many_are_replayed_as_a_job_that_is_watched_to_its_end(run: Run, own_gateway: Served, tmp_path: Path) -> None:
    on = own_gateway.data_dir
    die(run, own_gateway, tmp_path, 8)
    planned = run("replay", *DEAD, *REASON, "--json", on=on)
    assert planned.exit_code == 2 and json.loads(planned.stdout)["to_send"] == 8
    assert "--yes" in planned.stderr
    job = data_of(run("replay", *DEAD, *REASON, "--yes", "--json", on=on))
    assert (job["state"], job["counts"]["passed"]) == ("finished", 8)
    [listed] = data_of(run("replays", "list", "--json", on=on))["items"]
    assert listed["id"] == job["id"] and job["id"] in run("replays", "list", on=on).stdout
    shown = data_of(run("replays", "show", job["id"], "--state", "passed", "--json", on=on))
    assert len(shown["items"]) == 8
    assert "finished" in run("replays", "show", job["id"], on=on).stdout
    assert run("replay", *DEAD, *REASON, "--yes", on=on).exit_code == 1  # nothing is left


def test_one_that_stops_says_why_and_goes_on_when_told(run: Run, own_gateway: Served, tmp_path: Path) -> None:
    on = own_gateway.data_dir
    die(run, own_gateway, tmp_path, 3)
    [group] = data_of(run("dead", "groups", "--json", on=on))
    upset(own_gateway, fault="http_status", status=400, times=1)
    stopped = run("replay", "--group", group["fingerprint"], *REASON, "--yes", "--json", on=on)
    job = json.loads(stopped.stdout)
    assert (stopped.exit_code, job["state"], job["counts"]["failed"]) == (1, "stopped", 1)
    assert "HTTP_400" in run("replays", "show", job["id"], on=on).stdout
    assert run("replays", "continue", job["id"], on=on).exit_code == 2
    data_of(run("replays", "continue", job["id"], *REASON, "--json", on=on))
    assert until(run, on, job["id"], "finished")["counts"]["passed"] == 2
    again = data_of(run("replay", "--failed-of", job["id"], *REASON, "--yes", "--json", on=on))
    assert (again["state"], again["total"]) == ("finished", 1)


def test_without_a_gateway_the_job_is_stored_and_runs_when_one_serves(
    run: Run, own_gateway: Served, tmp_path: Path
) -> None:
    on = own_gateway.data_dir
    die(run, own_gateway, tmp_path, 3)
    stop(own_gateway)
    stored = run("replay", *DEAD, *REASON, "--yes", "--json", on=on)
    job = data_of(stored)
    assert job["state"] == "running" and "serve" in stored.stderr
    data_of(run("replays", "pause", job["id"], *REASON, "--json", on=on))
    data_of(run("replays", "continue", job["id"], *REASON, "--json", on=on))
    again = start(on)
    try:
        assert until(run, on, job["id"], "finished")["counts"]["passed"] == 3
    finally:
        stop(again)


def test_a_gateway_killed_in_the_middle_goes_on_where_it_was_and_sends_nothing_twice(
    run: Run, own_gateway: Served, tmp_path: Path
) -> None:
    on = own_gateway.data_dir
    die(run, own_gateway, tmp_path, 40)
    upset(own_gateway, fault="latency", seconds=0.05, times=1000)
    job = data_of(run("replay", *DEAD, *REASON, "--yes", "--no-wait", "--json", on=on))
    for _ in range(400):
        if 0 < data_of(run("replays", "show", job["id"], "--json", on=on))["counts"]["passed"] < 40:
            break
    own_gateway.process.kill()
    own_gateway.process.communicate()
    again = start(on, **{GAP: "2s"})
    try:
        finished = until(run, on, job["id"], "finished")
        assert finished["counts"]["passed"] == finished["total"] == 40
        assert data_of(run("balance", "--json", on=on))["balance"] == 0
    finally:
        stop(again)
    lines = (on / "sandbox" / "national_portal.ndjson").read_text().splitlines()
    effects = [json.loads(line) for line in lines]
    assert sorted({one["key"] for one in effects if one["kind"] == "create"}) == sorted(
        event(1, number)["subject"] for number in range(1, 41)
    )


def until(run: Run, on: Path, job_id: str, state: str) -> dict[str, Any]:
    """The job once it is in a state; a bound, not a pause."""
    give_up_at = time.monotonic() + 90
    while (job := data_of(run("replays", "show", job_id, "--json", on=on)))["state"] != state:
        assert time.monotonic() < give_up_at, job
    return job


def test_what_is_misused_is_said(run: Run) -> None:
    for words in (
        ("replay", *REASON),
        ("replay", "--since", "2h", *REASON),
        ("replay", "--destination", "x"),
        ("replays", "show", "x", "--state", "y"),
        ("replays", "cancel", "x"),
    ):
        assert run(*words).exit_code == 2, words
    assert "x" in refused_with(run("replays", "cancel", "x", *REASON))
