"""`docs/security.md` names for each threat a test, and each of them is there."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.architecture.tree import ROOT

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def written_in(file: str) -> frozenset[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions)


def test_every_test_that_the_page_names_exists() -> None:
    named = _NAMED.findall(PAGE)
    assert len(named) >= 50
    assert [(file, name) for file, name in named if name not in written_in(file)] == []


def test_every_threat_has_its_test_and_every_boundary_its_threats() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    assert len(sections) == 8
    for section in sections:
        rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
        assert rows
        assert [row for row in rows if not _NAMED.search(row)] == []


def test_the_bill_of_materials_names_everything_that_is_locked(tmp_path: Path) -> None:
    """As `./run sbom` writes it: by CycloneDX's own tool, from the lock, asking nobody."""
    file = tmp_path / "sbom.json"
    how = ("requirements", "requirements.lock", "--output-reproducible", "--output-format", "JSON")
    command = (str(Path(sys.executable).with_name("cyclonedx-py")), *how, "--output-file", str(file))
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    named = {one["purl"] for one in json.loads(file.read_text("utf-8"))["components"]}
    locked = re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked
    assert {f"pkg:pypi/{name.lower().replace('_', '-')}@{version}" for name, version in locked} - named == set()
