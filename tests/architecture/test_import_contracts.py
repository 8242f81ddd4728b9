"""The import contracts of pyproject.toml hold, and would be noticed if they did not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def a_copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_imports_point_down() -> None:
    judged = lint_imports(ROOT)
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("adapters/contract.py", "import gateway.settings"),
        ("adapters/transport/planted.py", "import adapters.registry"),
        ("mappings/planted.py", "import adapters.contract"),
        ("mappings/planted.py", "import aiohttp"),
        ("gateway/errors.py", "import gateway.message"),
        ("gateway/ledger/planted.py", "import gateway.broker"),
        ("gateway/acceptance/planted.py", "import sqlalchemy"),
        ("gateway/intake/planted.py", "import lxml.etree"),
        ("gateway/delivery/planted.py", "import zeep"),
        ("gateway/relay.py", "import aio_pika"),
        ("gateway/nobody_gave_me_a_layer.py", "import json"),
    ],
)
def test_an_import_that_points_up_is_found(a_copy: Path, module: str, line: str) -> None:
    with (a_copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    judged = lint_imports(a_copy)
    assert judged.returncode == 1, judged.stdout
    assert "BROKEN" in judged.stdout or "nobody_gave_me_a_layer" in judged.stdout
