"""systemd units: what systemd itself says of them, and that they give the gateway the time and the place it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.bootstrap.gateway import _DRAIN_SECONDS
from gateway.door.keeper import _STOP_SECONDS
from gateway.health import main as health
from tests.deploy.programs import systemd_analyze
from tests.deploy.tree import UNITS, unit

SERVED = ["lienthong.service", "lienthong@.service"]
UNIT_FILES = sorted(path.name for path in UNITS.iterdir() if path.suffix in (".service", ".target", ".timer"))
PROGRAM = "/srv/lienthong/.venv/bin/lienthong"
MOST_EXPOSED = "25"
"""systemd's own scale from 0 (safe) to 100; an unconfined service has about 96."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as on a machine where our program is a real one: systemd looks whether it can be executed."""
    folder = tmp_path_factory.mktemp("units")
    for path in UNITS.iterdir():
        (folder / path.name).write_text(path.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    return folder


def test_systemd_has_nothing_to_say(installed: Path) -> None:
    names = [name.replace("@.", "@worker.") for name in UNIT_FILES]
    judged = subprocess.run(
        [systemd_analyze(), "verify", "--man=no", *(f"./{name}" for name in names)],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (judged.returncode, judged.stderr.replace("\n", "")) == (0, "")


@pytest.mark.parametrize("name", [name for name in UNIT_FILES if name.endswith(".service")])
def test_a_service_is_shut_in(installed: Path, name: str) -> None:
    judged = subprocess.run(
        [systemd_analyze(), "security", "--offline=true", f"--threshold={MOST_EXPOSED}", f"./{name}"],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-300:]


@pytest.mark.parametrize("name", SERVED)
def test_whoever_is_stopped_has_the_time_to_finish(name: str) -> None:
    found = unit(name)
    assert float(found["TimeoutStopSec"][0]) > _DRAIN_SECONDS + _STOP_SECONDS
    assert found["KillMode"] == ["mixed"]  # the gateway ends its doors itself


@pytest.mark.parametrize("name", SERVED)
def test_systemd_hears_from_the_gateway(name: str) -> None:
    assert unit(name)["Type"] == ["notify"]
    assert float(unit(name)["WatchdogSec"][0]) > 0


@pytest.mark.parametrize("name", [name for name in UNIT_FILES if name.endswith(".service")])
def test_a_service_starts_our_program(name: str) -> None:
    assert unit(name)["ExecStart"][0].split()[0] == PROGRAM


def test_making_the_tables_comes_before_the_roles_and_never_stops_them() -> None:
    """What `Requires=` names takes down with it, stopped or restarted, whoever requires it."""
    found = unit("lienthong@.service")
    assert "lienthong-migrate.service" in " ".join(found["Wants"]).split()
    assert "lienthong-migrate.service" in found["After"][0].split()
    assert found.keys().isdisjoint({"Requires", "Requisite", "BindsTo"})


def test_the_command_for_people_is_plain_shell() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    judged = subprocess.run([shellcheck, UNITS / "lienthong"], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout


def test_health_is_misused_by_other_words() -> None:
    assert health(["--everything"]) == 2
