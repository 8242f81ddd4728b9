"""Real PostgreSQL and RabbitMQ for the tests: named in the environment, else private ones, started on first demand.

All processes of one test run share them. They belong to a keeper process that ends with the run, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from pathlib import Path

from tests.architecture.tree import ROOT

NAMES = {"postgres": "LIENTHONG_TEST_DATABASE_URL", "rabbitmq": "LIENTHONG_TEST_AMQP_URL"}
_START_SECONDS = 900
"""Long: the first time on a machine the server's packages are fetched."""


def address(service: str, folder: Path, run_pid: int) -> str:
    """The address of a service, started if need be. `folder` is the run's own; a missing service is a failure."""
    if given := os.environ.get(NAMES[service]):
        return given
    told = folder / f"{service}.json"
    with (folder / f"{service}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            _start(service, told, run_pid)
    answer = json.loads(told.read_text("utf-8"))
    if "error" in answer:
        raise AssertionError(f"{service}: {answer['error']}")
    return str(answer["address"])


def _start(service: str, told: Path, run_pid: int) -> None:
    log = told.with_suffix(".log")
    # Not a Popen: the keeper is to outlive this process and is nobody's child to wait for.
    keeper = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "tests.services.keeper", service, str(told), str(run_pid)],
        {**os.environ, "PYTHONPATH": str(ROOT)},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    deadline = time.monotonic() + _START_SECONDS
    while not told.exists():
        if os.waitpid(keeper, os.WNOHANG) != (0, 0) or time.monotonic() > deadline:
            raise AssertionError(f"{service}: {log.read_text('utf-8')[-3000:]}")
        time.sleep(0.05)
