"""Where the project's files are, for tests that read the tree instead of running it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gateway", "adapters", "mappings")

# What `./run` and the tools make; without a repository to ask, these folders are left out.
_MADE = {".git", ".venv", ".cache", "data", "__pycache__", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def committed_files() -> list[Path]:
    """Every file that is, or would be, committed; where git is not there to ask, every file nobody generated."""
    git = shutil.which("git")
    listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run([git, *listing], cwd=ROOT, capture_output=True, text=True, check=False) if git else None
    if listed is not None and listed.returncode == 0:
        return [ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name and (ROOT / name).is_file()]
    return sorted(path for path in ROOT.rglob("*") if path.is_file() and not _MADE & set(path.relative_to(ROOT).parts))


def modules(package: str) -> Iterator[Path]:
    """The Python files of one of our packages."""
    return (ROOT / package).rglob("*.py")
