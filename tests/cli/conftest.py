"""A served gateway in a process of its own (the sandbox profile, on free ports), and the command line in this one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.errors import GatewayError
from gateway.ledger.owner import owner_of
from tests.architecture.tree import ROOT

Run = Callable[..., Result]


@dataclass(frozen=True)
class Served:
    """A running `lienthong serve`."""

    process: subprocess.Popen[str]
    data_dir: Path
    address: str


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """Where the commands under test find their ledger."""
    return {"LIENTHONG_DATA_DIR": str(data_dir), "LIENTHONG_HTTP__PORT": "0", **more}


def start(data_dir: Path, **more: str) -> Served:
    """Start `lienthong serve` and wait until it says where it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve"],
        cwd=ROOT,
        env=os.environ | environment(data_dir, **more),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        owner = owner_of(data_dir)
        if owner and owner.address:
            return Served(process, data_dir, owner.address)
        time.sleep(0.02)
    process.kill()
    raise AssertionError(process.communicate()[1])


def stop(served: Served) -> str:
    """SIGTERM, and what it logged."""
    served.process.send_signal(signal.SIGTERM)
    return served.process.communicate(timeout=30)[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One running gateway for all tests of a file."""
    running = start(tmp_path_factory.mktemp("served"))
    yield running
    if running.process.poll() is None:
        stop(running)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a data folder (this test's own unless told otherwise); what it raises for `main` is kept."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str, on: Path | None = None, stdin: str | bytes | None = None, **more: str) -> Result:
        env = environment(on or tmp_path / "data", **more)
        return CliRunner().invoke(app, [str(word) for word in words], env=env, input=stdin)

    return command


def data_of(result: Result) -> Any:
    """The JSON a command printed; it must have succeeded."""
    assert result.exit_code == 0, result.output + str(result.exception)
    return json.loads(result.stdout)


def refused_with(result: Result) -> str:
    """The words of the error a command ended with."""
    assert isinstance(result.exception, GatewayError), result.output
    return str(result.exception)
