"""`./run bundle`: what it packs is the same each time; a script with wheels beside it asks no index for anything.

The whole way (made, unpacked elsewhere, installed without a network, run) is a drill: `tests/run/offline_bundle.sh`.
"""

from __future__ import annotations

import hashlib
import platform
import runpy
import tarfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.run.workshop import Workshop

BUNDLE = runpy.run_path(str(ROOT / "bundle.py"))
HERE = f"{platform.system()} {platform.machine()}"


@pytest.fixture
def machine(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path).with_python()


def bring_along(machine: Workshop, python: str = "3.11") -> None:
    (machine.project / "wheels").mkdir()
    (machine.project / "wheels/made-for").write_text(f"{python} {HERE}\n")


# ---- installing from one --------------------------------------------------------------------------------------------


def test_with_wheels_beside_it_the_script_asks_no_index(machine: Workshop) -> None:
    bring_along(machine)
    there = {
        "PIP_INDEX_URL": "https://mirror.example.invalid/simple",
        "UV_FIND_LINKS": "https://mirror.example.invalid",
    }
    assert machine.run("balance", **there).returncode == 0
    tools, ours = [line for line in machine.done("python") if " install " in line]
    assert tools.endswith(" from wheels") and ours.endswith(" from wheels")
    [libraries] = machine.done("uv")
    assert " --no-index " in libraries and " from wheels through" in libraries


def test_without_wheels_the_index_is_asked(machine: Workshop) -> None:
    machine.run("balance")
    assert not any(" from wheels" in line or "--no-index --python" in line for line in machine.installs)


def test_what_the_pages_are_made_with_is_not_fetched_when_it_was_brought_along(machine: Workshop) -> None:
    machine.run("balance")
    bring_along(machine)
    (machine.project / ".cache/assets").rename(machine.project / "wheels/assets")
    machine.run("balance")
    assert not any("hatch_build" in line for line in machine.done("python"))
    (machine.project / "package-lock.json").write_text("locked anew\n")
    machine.run("balance")
    assert any("hatch_build" in line for line in machine.done("python"))


def test_a_machine_with_another_python_is_told_which_one_the_wheels_are_for(machine: Workshop) -> None:
    bring_along(machine, python="3.13")
    refused = machine.run("install")
    assert refused.returncode == 1 and machine.installs == []
    assert f"Gói này dành cho Python 3.13 {HERE}" in refused.stderr and "./run bundle" in refused.stderr


def test_the_tools_of_the_tests_still_come_from_an_index(machine: Workshop) -> None:
    bring_along(machine)
    machine.run("test")
    assert not any(" from wheels" in line or "--no-index --python" in line for line in machine.installs)


@pytest.mark.parametrize(("told", "asked"), [("1", True), ("true", True), ("0", False)])
def test_a_machine_told_to_ask_no_index_asks_none(machine: Workshop, told: str, asked: bool) -> None:
    machine.run("balance", PIP_NO_INDEX=told, PIP_FIND_LINKS="/srv/wheels")
    [libraries] = machine.done("uv")
    assert (" --no-index " in libraries) is asked and " from /srv/wheels through" in libraries


def test_outside_a_checkout_no_bundle_is_made(machine: Workshop) -> None:
    machine.tool("git", "exit 128")
    refused = machine.run("bundle")
    assert refused.returncode == 1 and "git" in refused.stderr and refused.stdout == ""


def test_what_the_wheel_was_made_with_is_not_packed(machine: Workshop) -> None:
    """Where this folder's package-lock.json is not the commit's, the wheel's hook runs npm in the tree to be packed."""
    machine.tool("git", "case $1 in log) echo 1790000000 ;; rev-parse) echo abc ;; esac")
    machine.tool("tr", "cat")
    laid = 'mkdir -p "$last/gateway/console" && cp package-lock.json hatch_build.py "$last"'
    machine.tool("tar", f"for last; do :; done; {laid}")
    packed = machine.run("bundle", "out.tar.gz")
    assert packed.returncode == 0, packed.stderr
    assert machine.done("packed") == ["packed gateway hatch_build.py package-lock.json wheels"]


# ---- what is packed -------------------------------------------------------------------------------------------------


def a_tree(folder: Path) -> Path:
    tree = folder / "lienthong-0.1.0"
    (tree / "wheels").mkdir(parents=True)
    (tree / "wheels/made-for").write_text("3.11 Linux x86_64\n")
    (tree / "wheels/lxml-6-cp311-cp311-manylinux_2_26_x86_64.manylinux_2_28_x86_64.whl").write_bytes(b"wheel")
    (tree / "wheels/lienthong-0.1.0-py3-none-any.whl").write_bytes(b"ours")
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    return tree


def test_the_same_tree_is_the_same_bytes_whenever_it_is_packed(tmp_path: Path) -> None:
    packed = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        BUNDLE["main"](a_tree(tmp_path / name), tmp_path / name / "out/bundle.tar.gz", 1_790_000_000)
        packed.append((tmp_path / name / "out/bundle.tar.gz").read_bytes())
        assert [path.name for path in (tmp_path / name / "out").iterdir()] == ["bundle.tar.gz"]
    assert packed[0] == packed[1]
    assert (tmp_path / "one/sum").read_text().startswith(hashlib.sha256(packed[0]).hexdigest() + "  ")


def test_the_archive_sums_each_of_its_files_and_says_how_to_install(tmp_path: Path) -> None:
    tree = a_tree(tmp_path)
    BUNDLE["main"](tree, tmp_path / "bundle.tar.gz", 1_790_000_000)
    with tarfile.open(tmp_path / "bundle.tar.gz") as tar:
        members = {member.name.partition("/")[2]: member for member in tar.getmembers()}
    summed = dict(line.split("  ")[::-1] for line in (tree / "SHA256SUMS").read_text().splitlines())
    assert set(summed) | {"SHA256SUMS"} == set(members)
    assert summed["run"] == hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    assert {(one.mtime, one.uid, one.uname) for one in members.values()} == {(1_790_000_000, 0, "")}
    assert members["run"].mode == 0o755
    said = (tree / "OFFLINE.md").read_text("utf-8")
    assert "**Python 3.11, Linux x86_64**, glibc ≥ 2.26" in said and "./run install" in said


def test_the_glibc_that_is_needed_is_that_of_the_wheel_that_needs_most() -> None:
    names = ["a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", "b-1-py3-none-any.whl"]
    assert BUNDLE["glibc_needed"](names) == (2, 17)
    assert BUNDLE["glibc_needed"]([*names, "c-1-cp311-abi3-manylinux_2_34_x86_64.whl"]) == (2, 34)
    assert BUNDLE["glibc_needed"](names[1:]) is None
