"""What README.md tells people to type exists."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.architecture.tree import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def output_of(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_command_in_the_documents_exists() -> None:
    own = set(re.findall(r"^  \./run ([a-z]+)", output_of("./run", "help"), re.MULTILINE))
    ours = set(
        re.findall(r"^[ │]+([a-z][a-z-]+)\b", output_of(sys.executable, "-m", "gateway", "--help"), re.MULTILINE)
    )
    told = {
        (path.name, word)
        for path in DOCUMENTS
        for word in re.findall(r"(?:\./run|\blienthong) ([a-z][a-z-]+)", path.read_text("utf-8"))
    }
    assert {(name, word) for name, word in told if word not in own | ours} == set()


def test_every_linked_file_exists() -> None:
    missing = [
        f"{path.name}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert missing == []
