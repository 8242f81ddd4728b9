"""The locks say what pyproject.toml asks for, with hashes and without addresses; asked without a network."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PRODUCT = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]
ASKED = {
    "requirements.lock": PRODUCT,
    "requirements-otel.lock": PRODUCT + EXTRAS["otel"],
    "requirements-dev.lock": PRODUCT + GROUPS["dev"],
    "requirements-build.lock": GROUPS["build"],
    "requirements-node.lock": GROUPS["node"],
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)[^\n]*(?P<rest>(?:\n    [^\n]*)*)", re.MULTILINE)
HOW = "chạy / run: ./run lock"


def pins(lock: str) -> dict[str, tuple[str, str]]:
    text = (ROOT / lock).read_text("utf-8")
    return {canonicalize_name(pin["name"]): (pin["version"], pin["rest"]) for pin in PIN.finditer(text)}


@pytest.mark.parametrize("lock", ASKED)
def test_a_lock_holds_what_is_asked_for(lock: str) -> None:
    locked = pins(lock)
    for text in ASKED[lock]:
        asked = Requirement(text)
        version = locked.get(canonicalize_name(asked.name), ("nothing", ""))[0]
        assert version != "nothing" and asked.specifier.contains(version), f"{lock}: {text}, locked {version}; {HOW}"


@pytest.mark.parametrize("lock", ASKED)
def test_a_lock_holds_nothing_that_is_no_longer_asked_for(lock: str) -> None:
    asked = {canonicalize_name(Requirement(text).name) for text in ASKED[lock]}
    direct = {name for name, (_, rest) in pins(lock).items() if "lienthong (pyproject.toml" in rest}
    assert direct == asked, HOW


def test_the_lock_of_the_pages_holds_hashes_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    fetched = {name: one for name, one in packages.items() if name}
    assert fetched and all(one["integrity"].startswith("sha512-") for one in fetched.values())
    assert not any("resolved" in one for one in fetched.values())


@pytest.mark.parametrize("lock", ASKED)
def test_everything_locked_has_a_hash(lock: str) -> None:
    assert [name for name, (_, rest) in pins(lock).items() if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("lock", ASKED)
def test_a_lock_names_no_address_and_no_folder(lock: str) -> None:
    assert not re.search(r"://|^-|file:|@ ", (ROOT / lock).read_text("utf-8"), re.MULTILINE)


def test_the_locks_agree_with_each_other() -> None:
    dev = {name: version for name, (version, _) in pins("requirements-dev.lock").items()}
    for lock in ("requirements.lock", "requirements-build.lock", "requirements-otel.lock"):
        for name, (version, _) in pins(lock).items():
            assert dev.get(name, version) == version, f"{lock}: {name}; {HOW}"


def test_the_build_tools_are_the_ones_the_package_is_built_with() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(GROUPS["build"])
    assert f"uv{PROJECT['tool']['uv']['required-version']}" in GROUPS["build"]
