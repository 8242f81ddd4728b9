"""The image: what hadolint says of it, who it runs as, and that nothing enters it unchecked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.deploy.tree import DOCKER, dockerfile, image_command, image_environment

TEXT = (DOCKER / "Dockerfile").read_text("utf-8")


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    judged = subprocess.run([hadolint, DOCKER / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stdout) == (0, "")


def test_it_runs_as_a_number_that_is_not_root() -> None:
    [user] = dockerfile("USER")
    uid, _, gid = user.partition(":")
    assert int(uid) >= 10_000 and int(gid) >= 10_000
    assert f"-o {uid} -g {gid}" in TEXT  # the data folder is this account's


def test_its_health_is_the_gateways_own_answer() -> None:
    [check] = dockerfile("HEALTHCHECK")
    assert json.loads(check[check.index("CMD") + 4 :]) == ["lienthong", "health"]


def test_it_starts_the_gateway_and_is_stopped_as_the_gateway_wants_to_be() -> None:
    assert image_command("ENTRYPOINT") + image_command("CMD") == ["lienthong", "serve"]
    assert dockerfile("STOPSIGNAL") == ["SIGTERM"]


def test_its_data_lie_on_a_volume() -> None:
    assert dockerfile("VOLUME") == [image_environment()["LIENTHONG_DATA_DIR"]]


def test_every_library_is_checked_against_its_hash() -> None:
    installs = re.findall(r"pip .*?(?:install|wheel) .*?(?=&&|\n[A-Z])", TEXT.replace("\\\n", " "), re.DOTALL)
    assert len(installs) == 5
    assert [line for line in installs if "--require-hashes" not in line and "--no-index" not in line] == []


def test_without_a_network_wheels_are_looked_for_where_they_are_copied() -> None:
    """What COPY is given as a folder, it copies the contents of."""
    [laid] = re.findall(r"^COPY .*wheel\[s\]/ (\S+)$", TEXT, re.MULTILINE)
    [build] = re.findall(r"^WORKDIR (\S+)$", TEXT[: TEXT.rindex("\nFROM ")], re.MULTILINE)
    assert (laid, re.findall(r"PIP_FIND_LINKS=(\S+)", TEXT)) == ("./", [build])


def test_it_carries_the_labels_of_the_open_containers() -> None:
    labels = " ".join(dockerfile("LABEL"))
    for name in ("title", "description", "licenses", "version", "revision", "created"):
        assert f"org.opencontainers.image.{name}=" in labels


def test_everything_it_copies_is_in_its_context() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    wanted = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE)
        for word in line.split()[:-1]
        if "[" not in word
    }
    assert wanted <= allowed
    assert [name for name in wanted if not (ROOT / name).exists()] == []
