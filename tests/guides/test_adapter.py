"""The adapter author's guide: its blocks make an adapter that keeps the contract and carries a dossier."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from adapters.registry import ADAPTERS
from tests.architecture.tree import ROOT
from tests.guides.blocks import blocks, guide, unnamed

VI, EN = guide("adapter", "vi"), guide("adapter", "en")
BLOCKS = blocks(VI)
NAME = "land_registry"


def test_both_languages_show_the_same_adapter() -> None:
    assert blocks(EN) == BLOCKS
    assert len(BLOCKS) >= 12
    assert NAME not in ADAPTERS


@pytest.mark.parametrize("text", [VI, EN])
def test_every_block_is_part_of_it(text: str) -> None:
    """But for the picture."""
    assert unnamed(text) == ["text"]


def unfold(copy: Path, folder: Path) -> None:
    """Make a folder of the copy a real one, from the top; what lies in it is still the project's own."""
    if folder != copy:
        unfold(copy, folder.parent)
    if folder.is_symlink() or not folder.exists():
        theirs = ROOT / folder.relative_to(copy)
        folder.unlink(missing_ok=True)
        folder.mkdir()
        for one in theirs.iterdir() if theirs.is_dir() else ():
            if folder != copy or one.name in {"gateway", "adapters", "mappings", "tests", "pyproject.toml"}:
                (folder / one.name).symlink_to(one)


def put(copy: Path, name: str, text: str) -> None:
    """Write a file of the copy, never one of the project's own."""
    file = copy / name
    unfold(copy, file.parent)
    assert file.parent.resolve() == file.parent.absolute()
    file.unlink(missing_ok=True)
    file.write_text(text, "utf-8")


def followed(copy: Path) -> None:
    """A working copy in which somebody followed the guide."""
    for block in BLOCKS:
        if block.verb == "file":
            put(copy, block.name, block.text)
        if block.verb == "append":
            put(copy, block.name, (ROOT / block.name).read_text("utf-8") + "\n" + block.text)
    registry = (ROOT / "adapters/registry.py").read_text("utf-8")
    registry = registry.replace("onestop.SPEC)", f"onestop.SPEC, {NAME}.SPEC)")
    put(copy, "adapters/registry.py", registry.replace("import citizen_db,", f"import citizen_db, {NAME},"))
    tree = "tests/architecture/tree.py"  # by it tests know where the project is
    put(copy, tree, (ROOT / tree).read_text("utf-8"))


def test_the_adapter_of_the_guide_keeps_the_contract_and_carries_a_dossier(tmp_path: Path) -> None:
    copy = tmp_path.resolve() / "copy"
    followed(copy)
    words = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly",
        f"tests/adapters/test_{NAME}.py", f"tests/e2e/test_{NAME}.py",
        "tests/mappings/test_examples.py", "tests/operations/test_error_catalogues.py",
        "-k", f"{NAME} and not show_every_value",  # of the four examples a real one has, the guide prints one
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LIENTHONG_"))}
    environment |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(words, cwd=copy, env=environment, check=False, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    found = re.search(r"^(\d+) passed", run.stdout, re.MULTILINE)
    assert found and int(found[1]) >= 35, run.stdout


def test_the_section_it_shows_is_what_the_adapter_takes() -> None:
    """Its keys are those of the settings shown."""
    [section] = [block.text for block in BLOCKS if block.verb == "config"]
    [settings] = [block.text for block in BLOCKS if block.name.endswith("settings.py")]
    for key in tomllib.loads(section)["adapters"][NAME]:
        assert re.search(rf"^    {key}: ", settings, re.MULTILINE), key
