"""A folder with `run` in it and a machine made of stubs around it: every tool is a few lines that keep a diary."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.architecture.tree import ROOT

SHELL = shutil.which("dash") or "/bin/sh"
# What every POSIX machine has and `run` may use.
POSIX = ("awk", "basename", "cat", "cksum", "cp", "date", "df", "dirname", "du", "env", "mkdir", "mktemp", "rm", "sed")
POSIX += ("sh", "uname")

LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-otel.lock", "requirements-dev.lock")
LOCKS += ("requirements-node.lock", "pyproject.toml", "package-lock.json", "hatch_build.py")

# Answers the questions `run` asks of a Python; makes "environments" and "installs" by writing into the diary.
PYTHON = """#!/bin/sh
echo "python $*" | head -n 1 | sed "s|\\$|${PIP_NO_INDEX:+ from $PIP_FIND_LINKS}|" >> "$DIARY"
case "$*" in
    *hatch_build.py*) mkdir -p gateway/console/static && : > gateway/console/static/manifest.json ;;
    *requirements-node.lock*) printf '#!/bin/sh\\necho 11.0.0\\n' > "${0%python}npm" && chmod +x "${0%python}npm" ;;
    *find_spec*pip*) exit 0 ;;
    *find_spec*) echo "$LACKING" ;;
    *'%d.%d'*) echo "3.11" ;;
    *'sys.version)'*) echo "3.11.7 stub" ;;
    '-m venv '*)
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        printf '#!/bin/sh\\necho "lienthong $*" >> "$DIARY"\\necho "process $$ in $PWD got $*"\\n' > "$3/bin/lienthong"
        chmod +x "$3/bin/lienthong" ;;
    *requirements-build.lock*)
        [ -z "$NO_NETWORK" ] || { echo 'no way out' >&2; exit 1; }
        uv='echo "uv $* from $UV_FIND_LINKS through $ALL_PROXY via $UV_DEFAULT_INDEX" >> "$DIARY"'
        printf '#!/bin/sh\\n%s\\nexit $UV_FAILS\\n' "$uv" > "${0%python}uv"
        chmod +x "${0%python}uv" ;;
    *' wheel '*) for tree; do :; done && mkdir -p "$tree/node_modules" ;;
    'bundle.py '*) (cd "$2" && echo packed * >> "$DIARY") && echo "its sum" > "${2%/*}/sum" ;;
    -) exec "$REAL_PYTHON" - ;;
esac
"""


@dataclass
class Workshop:
    """One imagined machine and one copy of the project on it."""

    folder: Path
    surroundings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.project = self.folder / "project"
        self.tools = self.folder / "bin"
        self.diary = self.folder / "diary"
        self.project.mkdir()
        self.tools.mkdir()
        self.diary.touch()
        shutil.copy(ROOT / "run", self.project)
        for name in LOCKS:
            (self.project / name).write_text(f"{name}: as locked\n")
        for name in (*POSIX, "head", "chmod"):
            found = shutil.which(name)
            assert found, f"this machine lacks {name}"
            (self.tools / name).symlink_to(found)
        self.tool("id", "echo 1000")
        self.tool("npm", "echo 11.0.0")

    def tool(self, name: str, script: str) -> None:
        """Put a command of that name on the machine."""
        path = self.tools / name
        path.write_text(script if script.startswith("#!") else f'#!/bin/sh\necho "{name} $*" >> "$DIARY"\n{script}\n')
        path.chmod(0o755)

    def with_python(self) -> Workshop:
        self.tool("python3", PYTHON)
        return self

    def run(self, *words: str, cwd: Path | None = None, **surroundings: str) -> subprocess.CompletedProcess[str]:
        """`./run WORDS` on this machine; the diary starts anew."""
        self.diary.write_text("")
        settings = {"LACKING": "", "NO_NETWORK": "", "UV_FAILS": "0", **surroundings}
        return subprocess.run(
            [SHELL, str(self.project / "run"), *words],
            cwd=cwd or self.project,
            env={"PATH": str(self.tools), "DIARY": str(self.diary), "REAL_PYTHON": sys.executable, **settings},
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, tool: str) -> list[str]:
        """What the last run had that tool do."""
        return [line for line in self.diary.read_text().splitlines() if line.startswith(tool + " ")]

    @property
    def installs(self) -> list[str]:
        return [line for line in self.done("python") if " install " in line] + self.done("uv")

    def move_project(self) -> None:
        self.project = self.project.rename(self.folder / "moved")
