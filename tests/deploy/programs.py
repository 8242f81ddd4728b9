"""Programs that judge files of an installation: on this machine, else brought by apt as the test servers are."""

from __future__ import annotations

import shutil

from gateway.demo.services.programs import Package, program
from tests.architecture.tree import ROOT

_SYSTEMD = Package("systemd", ("systemd",), ("systemd",))
_PROMETHEUS = Package("Prometheus", ("prometheus",), ("prometheus",))


def systemd_analyze() -> str:
    """Needs no running systemd."""
    return _found("systemd-analyze", _SYSTEMD)


def promtool() -> str:
    """Judges Prometheus rules, and runs their unit tests."""
    return _found("promtool", _PROMETHEUS)


def _found(name: str, package: Package) -> str:
    return shutil.which(name) or str(program(package, ROOT / ".cache", f"usr/bin/{name}"))
