"""The files of an installation, read as what they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.architecture.tree import ROOT

DOCKER = ROOT / "docker"
UNITS = ROOT / "systemd"


def compose() -> dict[str, Any]:
    """`docker/compose.yaml` with its anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
    return found


def gateway_services() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: one for name, one in compose()["services"].items() if one["image"].startswith("lienthong:")}


def dockerfile(word: str) -> list[str]:
    """What follows an instruction of the last stage, continued lines joined."""
    text = (DOCKER / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    last = text[text.rindex("\nFROM ") :]
    return [line.removeprefix(word).strip() for line in last.splitlines() if line.startswith(word + " ")]


def image_environment() -> dict[str, str]:
    """ENV of the image."""
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(dockerfile("ENV"))))


def image_command(word: str) -> list[str]:
    """ENTRYPOINT or CMD, in its exec form."""
    [form] = dockerfile(word)
    found: list[str] = json.loads(form)
    return found


def unit(name: str) -> dict[str, list[str]]:
    """Settings of a systemd unit, each with its values in order."""
    settings: dict[str, list[str]] = {}
    for line in (UNITS / name).read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            settings.setdefault(key, []).append(value)
    return settings


def seconds(text: str) -> float:
    """`60s` -> 60."""
    return float(text.removesuffix("s"))


def scratch(path: str, folder: Path) -> str:
    """A path of the container, as this test run has it."""
    for place in ("/run/secrets", "/etc/lienthong", "/var/lib/lienthong"):
        path = path.replace(place, str(folder / place.rpartition("/")[2]))
    return path
