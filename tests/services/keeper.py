"""Keeps one private server for a test run: `python -m tests.services.keeper SERVICE FILE PID`.

Writes the address (or what is missing) into FILE and stops the server as soon as the process PID is gone.
"""

from __future__ import annotations

import json
import os
import select
import sys
from contextlib import suppress
from pathlib import Path

from gateway.demo.services import postgres, rabbitmq
from gateway.errors import GatewayError
from tests.architecture.tree import ROOT

SERVICES = {"postgres": postgres, "rabbitmq": rabbitmq}


def main(service: str, file: str, pid: str) -> None:
    """Until the run has ended."""
    try:
        with SERVICES[service](ROOT / ".cache") as address:
            _tell(Path(file), {"address": address})
            _wait_for_end(int(pid))
    except GatewayError as exc:
        _tell(Path(file), {"error": str(exc)})
        _wait_for_end(int(pid))
    finally:
        _clear(Path(file))


def _tell(file: Path, answer: dict[str, str]) -> None:
    """Whole or not at all: readers wait for the file to be there."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(answer), "utf-8")
    draft.rename(file)


def _clear(file: Path) -> None:
    """Leave nothing of the run behind; the last keeper takes the folder along."""
    for suffix in (".json", ".log", ".lock"):
        file.with_suffix(suffix).unlink(missing_ok=True)
    with suppress(OSError):
        file.parent.rmdir()


def _wait_for_end(pid: int) -> None:
    """A process descriptor becomes readable when its process ends."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([descriptor], [], [])


if __name__ == "__main__":
    main(*sys.argv[1:])
