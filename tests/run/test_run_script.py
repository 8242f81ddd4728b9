"""`./run` sets up what is missing, says what it cannot do, and is quiet when there is nothing to do."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.run.workshop import SHELL, Workshop

SCRIPTS = ["run", ".ci/run", "tests/run/bare_machine.sh", "tests/run/offline_bundle.sh"]


@pytest.fixture
def machine(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


# ---- the script as a text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_has_nothing_to_say(script: str) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    judged = subprocess.run([shellcheck, ROOT / script], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout


def test_the_script_is_plain_posix_shell() -> None:
    assert (ROOT / "run").read_text("utf-8").startswith("#!/bin/sh\n")
    subprocess.run([SHELL, "-n", ROOT / "run"], check=True)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_may_be_executed(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


# ---- on a machine without anything ----------------------------------------------------------------------------------


def test_help_needs_nothing(machine: Workshop) -> None:
    helped = machine.run("help")
    assert helped.returncode == 0
    assert "./run test" in helped.stdout and "cài đặt" in helped.stdout


def test_without_python_one_line_to_run_is_said(machine: Workshop) -> None:
    machine.tool("apt-get", "exit 0")
    refused = machine.run()
    assert refused.returncode == 1
    assert "    sudo apt-get update && sudo apt-get install -y python3 python3-venv" in refused.stderr.splitlines()
    assert machine.done("apt-get") == []


def test_without_python_and_apt_the_message_says_what_is_needed(machine: Workshop) -> None:
    refused = machine.run()
    assert refused.returncode == 1
    assert "Python ≥ 3.11" in refused.stderr and "PYTHON=" in refused.stderr


def test_root_gets_python_through_apt(machine: Workshop) -> None:
    machine.tool("id", "echo 0")
    machine.tool("apt-get", 'case "$*" in *install*) cp "$TOOLS/spare" "$TOOLS/python3" ;; esac')
    machine.with_python()
    (machine.tools / "python3").rename(machine.tools / "spare")
    assert machine.run("balance", TOOLS=str(machine.tools)).returncode == 0
    assert [line.split()[-1] for line in machine.done("apt-get")] == ["update", "python3-venv"]


def test_a_python_that_is_too_old_is_not_taken(machine: Workshop) -> None:
    machine.tool("python3", "exit 1")
    machine.tool("apt-get", "exit 0")
    assert "python3 python3-venv" in machine.run().stderr


def test_without_venv_one_line_to_run_is_said(machine: Workshop) -> None:
    machine.with_python().tool("apt-get", "exit 0")
    refused = machine.run(LACKING="ensurepip")
    assert refused.returncode == 1
    assert "    sudo apt-get update && sudo apt-get install -y python3.11-venv" in refused.stderr.splitlines()
    assert not (machine.project / ".venv").exists()


def test_root_gets_venv_through_apt(machine: Workshop) -> None:
    machine.with_python().tool("apt-get", "exit 0")
    machine.tool("id", "echo 0")
    machine.run(LACKING="ensurepip")
    assert [line.split()[-1] for line in machine.done("apt-get")] == ["update", "python3.11-venv"]


# ---- setting up -----------------------------------------------------------------------------------------------------


def test_the_first_run_installs_and_the_second_is_silent(machine: Workshop) -> None:
    first = machine.with_python().run("balance")
    assert first.returncode == 0
    assert len(machine.installs) == 3  # the installer, the locked libraries, ourselves
    second = machine.run("balance")
    assert (second.returncode, second.stderr, machine.installs) == (0, "", [])


def test_everything_installed_is_checked_by_hash(machine: Workshop) -> None:
    machine.with_python().run("balance")
    fetched = [line for line in machine.installs if "--editable" not in line]
    assert len(fetched) == 2
    assert all("--require-hashes" in line and "--only-binary :all:" in line for line in fetched)


def test_what_the_pages_are_made_with_is_fetched_once_by_the_machines_npm(machine: Workshop) -> None:
    machine.with_python().run("balance")
    assert machine.done("python")[-1] == "python hatch_build.py npm "
    machine.run("balance")
    assert [line for line in machine.done("python") if "hatch_build" in line] == []
    (machine.project / "package-lock.json").write_text("locked anew\n")
    machine.run("balance")
    assert any("hatch_build" in line for line in machine.done("python"))


@pytest.mark.parametrize("version", ["exit 127", "echo 6.14.0"])
def test_where_the_machine_has_no_fit_npm_it_comes_by_hash_from_the_python_index(
    machine: Workshop, version: str
) -> None:
    machine.tool("npm", version)
    machine.with_python().run("balance")
    [fetched] = [line for line in machine.installs if "requirements-node.lock" in line]
    assert "--require-hashes" in fetched
    assert machine.done("python")[-1].endswith("/.venv/bin/npm ")


def test_set_up_messages_stay_out_of_the_data(machine: Workshop) -> None:
    assert re.fullmatch(
        r"process \d+ in \S+ got balance --json\n", machine.with_python().run("balance", "--json").stdout
    )


def test_without_arguments_the_demo_runs_and_stays(machine: Workshop) -> None:
    machine.with_python().run()
    assert machine.done("lienthong") == ["lienthong demo --keep"]


@pytest.mark.parametrize("changed", ["requirements.lock", "requirements-build.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed(machine: Workshop, changed: str) -> None:
    machine.with_python().run("balance")
    (machine.project / changed).write_text("locked anew\n")
    assert machine.run("balance").returncode == 0
    assert len(machine.installs) == 3


def test_tests_install_the_development_set_which_also_serves_the_product(machine: Workshop) -> None:
    machine.with_python().run("test")
    assert any("requirements-dev.lock" in line for line in machine.installs)
    assert machine.done("python")[-1] == "python -m pytest -n 2 --dist worksteal"
    machine.run("balance")
    assert machine.installs == []


def test_the_product_set_does_not_pass_for_the_development_set(machine: Workshop) -> None:
    machine.with_python().run("balance")
    machine.run("test")
    assert any("requirements-dev.lock" in line for line in machine.installs)


def test_who_asked_for_tracing_once_keeps_it(machine: Workshop) -> None:
    machine.with_python().run("install")
    assert machine.run("install", "--otel").returncode == 0
    assert any("requirements-otel.lock" in line for line in machine.installs)
    assert (machine.run("balance").stderr, machine.installs) == ("", [])
    (machine.project / "pyproject.toml").write_text("a newer version\n")
    machine.run("balance")
    assert any("requirements-otel.lock" in line for line in machine.installs)


def test_a_set_up_that_fails_half_way_forgets_no_wish_for_tracing(machine: Workshop) -> None:
    machine.with_python().run("install", "--otel")
    (machine.project / "pyproject.toml").write_text("a newer version\n")
    assert machine.run("balance", NO_NETWORK="1").returncode == 1
    assert machine.run("balance").returncode == 0
    assert any("requirements-otel.lock" in line for line in machine.installs)


def test_a_wish_for_tracing_that_failed_at_first_is_kept_too(machine: Workshop) -> None:
    assert machine.with_python().run("install", "--otel", NO_NETWORK="1").returncode == 1
    assert machine.run("balance").returncode == 0
    assert any("requirements-otel.lock" in line for line in machine.installs)


def test_a_moved_folder_gets_an_environment_of_its_own(machine: Workshop) -> None:
    machine.with_python().run("balance")
    machine.move_project()
    assert machine.run("balance").returncode == 0
    assert any("-m venv" in line for line in machine.done("python"))


def test_a_failed_set_up_says_so_and_is_taken_up_again(machine: Workshop) -> None:
    failed = machine.with_python().run("balance", NO_NETWORK="1")
    assert failed.returncode == 1
    assert "no way out" in failed.stderr and "uv" in failed.stderr.splitlines()[-1]
    assert machine.run("balance").returncode == 0


def test_where_uv_cannot_pip_does_it(machine: Workshop) -> None:
    assert machine.with_python().run("balance", UV_FAILS="2").returncode == 0
    assert any("--require-hashes" in line and "requirements.lock" in line for line in machine.done("python"))


def test_uv_asks_the_index_that_pip_was_told(machine: Workshop) -> None:
    machine.with_python().run("balance", PIP_INDEX_URL="https://mirror.example.invalid/simple")
    assert [line.split()[-1] for line in machine.done("uv")] == ["https://mirror.example.invalid/simple"]


def test_uv_goes_through_the_proxy_that_pip_was_told_and_the_environments_reaches_everybody(machine: Workshop) -> None:
    told = {"PIP_PROXY": "http://proxy.example.invalid:3128", "HTTPS_PROXY": "http://other.example.invalid:3128"}
    machine.tool("npm", 'echo "npm through $HTTPS_PROXY" >> "$DIARY"; echo 11.0.0')
    machine.with_python().run("balance", **told)
    [libraries] = machine.done("uv")
    assert " through http://proxy.example.invalid:3128 " in libraries
    assert "npm through http://other.example.invalid:3128" in machine.done("npm")


# ---- doing what was asked -------------------------------------------------------------------------------------------


def test_the_command_takes_the_place_of_the_script_so_that_signals_reach_it(machine: Workshop) -> None:
    machine.with_python().run("balance")
    lienthong = machine.project / ".venv/bin/lienthong"
    lienthong.write_text("#!/bin/sh\ntrap 'echo drained; exit 3' TERM\necho ready\nwhile :; do :; done\n")
    with subprocess.Popen(
        [SHELL, machine.project / "run", "serve"],
        env={"PATH": str(machine.tools), "DIARY": str(machine.diary), "LACKING": ""},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "drained\n"
        assert process.wait(timeout=10) == 3


def test_a_file_is_meant_from_where_the_caller_stands(machine: Workshop, tmp_path: Path) -> None:
    (tmp_path / "dossier.json").write_text("{}")
    machine.with_python().run("send", "dossier.json", "--json", "unknown.json", cwd=tmp_path)
    assert machine.done("lienthong") == [f"lienthong send {tmp_path}/dossier.json --json unknown.json"]


def test_doctor_changes_nothing_and_names_what_is_missing(machine: Workshop) -> None:
    machine.with_python()
    before = sorted(machine.project.iterdir())
    sick = machine.run("doctor", LACKING="ensurepip")
    assert sick.returncode == 1
    assert "python3.11-venv" in sick.stderr
    assert sorted(machine.project.iterdir()) == before
    assert machine.run("doctor").returncode == 0


def test_check_shows_only_what_failed_and_fails(machine: Workshop) -> None:
    machine.with_python().run("test")
    for tool in ("mypy", "vulture", "shellcheck"):
        shutil.copy(machine.tools / "id", machine.project / ".venv/bin" / tool)
    ruff = machine.project / ".venv/bin/ruff"
    ruff.write_text('#!/bin/sh\n[ "$1" = format ] || { echo "run:1:1 something is wrong"; exit 1; }\n')
    ruff.chmod(0o755)
    judged = machine.run("check")
    assert judged.returncode == 1
    assert "something is wrong" in judged.stderr and "✓ format" in judged.stderr and "✗ lint" in judged.stderr
    ruff.write_text("#!/bin/sh\nexit 0\n")
    assert machine.run("check").returncode == 0
