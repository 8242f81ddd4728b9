"""Steering from the command line: the same words on a running gateway and on a ledger alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.national_portal.simulator import adapter_settings
from tests.cli.conftest import Run, Served, data_of, refused_with
from tests.toml_text import toml_text

PORTAL = "national_portal"
WHY = ("--reason", "Cổng DVCQG báo nâng cấp")


def state(run: Run, **where: Any) -> dict[str, Any]:
    items = data_of(run("destinations", "--json", **where))["items"]
    return next(dict(one) for one in items if one["name"] == PORTAL)


def test_a_destination_is_paused_shown_and_resumed(run: Run, served: Served) -> None:
    on = {"on": served.data_dir}
    assert (state(run, **on)["state"], state(run, **on)["mode"]) == ("running", "sandbox")
    assert data_of(run("pause", PORTAL, *WHY, "--json", **on))["state"] == "paused"
    shown = run("destinations", **on).stdout
    assert "tạm dừng / paused" in shown and "nâng cấp" in shown
    assert "administrator" in refused_with(run("pause", PORTAL, *WHY, **on))  # who has paused it
    assert data_of(run("resume", PORTAL, *WHY, "--json", **on))["state"] == "running"


def test_a_probe_says_what_the_target_said(run: Run, served: Served) -> None:
    assert data_of(run("probe", PORTAL, "--json", on=served.data_dir))["ok"] is True


def test_maintenance_is_announced_listed_and_cancelled_in_vietnamese_time(run: Run, served: Served) -> None:
    on = {"on": served.data_dir}
    when = ("--from", "2099-03-10T22:00", "--until", "2099-03-11T02:00")
    made = data_of(run("maintenance", "add", PORTAL, *when, *WHY, "--json", **on))
    assert made["starts_at"] == "2099-03-10T22:00:00.000+07:00"
    assert [one["id"] for one in data_of(run("maintenance", "list", "--json", **on))["items"]] == [made["id"]]
    assert "2099-03-10T22:00" in run("maintenance", "list", **on).stdout
    gone = data_of(run("maintenance", "cancel", made["id"], *WHY, "--json", **on))
    assert gone["cancelled_by"] == "administrator"
    assert data_of(run("maintenance", "list", "--json", **on))["items"] == []


def test_what_is_misused_is_said_before_anything_is_done(run: Run) -> None:
    assert run("pause", PORTAL).exit_code == 2
    assert run("maintenance", "add", PORTAL, "--until", "tối nay", *WHY).exit_code == 2
    assert run("cutover", "import", "nothing.csv", "--destination", PORTAL, *WHY).exit_code == 2


def a_config(folder: Path) -> dict[str, str]:
    """An installation with a portal that nobody serves just now."""
    file = folder / "lienthong.toml"
    file.write_text(toml_text({"adapters": {PORTAL: adapter_settings("http://127.0.0.1:9")}}), "utf-8")
    return {"LIENTHONG_CONFIG": str(file)}


def test_without_a_gateway_the_ledger_is_steered_and_only_a_probe_needs_one(run: Run, tmp_path: Path) -> None:
    there = a_config(tmp_path)
    paused = data_of(run("pause", PORTAL, *WHY, "--json", **there))
    assert paused["pause"]["by"].startswith("cli:")
    assert state(run, **there)["state"] == "paused"
    assert "./run serve" in refused_with(run("probe", PORTAL, **there))
    assert "national_portal" in refused_with(run("resume", "nowhere", *WHY, **there))


def test_dossiers_are_imported_after_their_plan_was_seen(run: Run, tmp_path: Path) -> None:
    there = a_config(tmp_path)
    file = tmp_path / "ho-so.csv"
    file.write_text("mã hồ sơ,trạng thái,thời điểm\n000.00.16.H46-250612-0001,4,12/06/2025 08:15\n", "utf-8")
    words = ("cutover", "import", file, "--destination", PORTAL, *WHY)
    planned = run(*words, **there)
    assert planned.exit_code == 2 and "processing" in planned.stdout and "--yes" in planned.stderr
    done = data_of(run(*words, "--yes", "--json", **there))
    assert (done["new"], done["known"]) == (1, 0)
    assert data_of(run(*words, "--yes", "--json", **there))["imported_before"] == 1
