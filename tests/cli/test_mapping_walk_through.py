"""The walk-through in docs/mappings.md, done as it stands there, and again with today as the day of the letter."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mappings.catalogue import today
from tests.architecture.tree import ROOT
from tests.cli.conftest import Run, Served, data_of, environment, start, stop
from tests.cli.test_commands import until, write
from tests.e2e.rig import recorded
from tests.operations.conftest import MAPPING

GUIDE = (ROOT / "docs/mappings.md").read_text("utf-8")
STORY = GUIDE[GUIDE.index("## Thử ngay") : GUIDE.index("## Phiên bản / Versions")]
STEPS = re.findall(r"^```(sh|diff)\n(.*?)^```$", STORY, re.MULTILINE | re.DOTALL)
LETTER_DAY = "2027-07-01"
FIELD = "DiaChiChuHoSo"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A gateway whose catalogue the newcomer may change."""
    running = start(tmp_path / "data")
    yield running
    stop(running)


class Newcomer:
    """Does what the guide says, in a folder of their own: pastes commands, edits a file by hand."""

    def __init__(self, folder: Path, served: Served, day: str = LETTER_DAY) -> None:
        self.folder, self.served, self.day = folder, served, day
        self.said: dict[str, str] = {}

    def follow(self, upto: str = "") -> None:
        """Every step, or those before the one whose command has these words."""
        for kind, text in STEPS:
            if upto and upto in text:
                return
            if kind == "diff":
                self.edit(text.replace(LETTER_DAY, self.day))
            else:
                self.paste(text.replace(LETTER_DAY, self.day))

    def paste(self, commands: str) -> None:
        """Commands as the shell takes them; `./run` is this installation's own command."""
        program = f"{shlex.quote(sys.executable)} -m gateway"
        for command in re.split(r"^(?=\./run|cat )", commands, flags=re.MULTILINE):
            if not command.strip():
                continue
            done = subprocess.run(
                ["/bin/sh", "-ec", command.replace("./run", program)],
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
                | environment(self.served.data_dir),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, command + done.stdout + done.stderr
            self.said[command.strip()] = done.stdout

    def edit(self, patch: str) -> None:
        """Put the new lines where the old ones stand; what is not there cannot be edited."""
        file = self.folder / "mapping.2.yaml"
        lines = patch.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        text = file.read_text("utf-8")
        assert text.count(before) == 1, before
        file.write_text(text.replace(before, after), "utf-8")

    def heard(self, *words: str) -> str:
        """What the last command with these words printed."""
        return [said for command, said in self.said.items() if all(word in command for word in words)][-1]


def send_one(run: Run, served: Served, folder: Path, number: int) -> str:
    """The mapping version that a dossier sent now goes through."""
    event = recorded(1, code=f"000.00.16.H46-250612-{number:04}")
    event["data"]["applicant"]["address"] = "Thôn Mẫu, xã Thử Nghiệm"
    file = write(folder / "event.json", event)
    [answer] = data_of(run("send", file, "--json", on=served.data_dir))
    delivery = until(run, served, answer["id"], "delivered")["deliveries"][-1]
    return str(delivery["mapping"]["version"])


def test_the_walk_through_works_as_it_is_written(run: Run, served: Served, tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path, served)
    assert send_one(run, served, tmp_path, 1) == "1"
    newcomer.follow(upto="withdraw")

    assert "FOREIGN_UNKNOWN" in newcomer.heard("mappings lint")
    assert "0 lỗi / errors, 1 cảnh báo / warnings" in newcomer.heard("mappings lint")
    assert json.loads(newcomer.heard("--table"))[FIELD] == "Thôn Mẫu, xã Thử Nghiệm"
    assert FIELD in newcomer.heard("mappings trial") and "Thôn Mẫu" not in newcomer.heard("mappings trial")
    assert "2027-07-01" in newcomer.heard("mappings list")
    assert FIELD not in json.loads(newcomer.heard("--on 2027-06-30"))
    assert json.loads(newcomer.heard("--on 2027-07-01"))[FIELD] == "Thôn Mẫu, xã Thử Nghiệm"
    assert send_one(run, served, tmp_path, 2) == "1", "the day of the letter has not come"

    published = served.data_dir / "mappings" / "catalog" / MAPPING / "mapping.2.yaml"
    assert published.read_bytes() == (tmp_path / "mapping.2.yaml").read_bytes()
    newcomer.paste(STEPS[-1][1])
    assert not published.exists()
    assert FIELD not in json.loads(
        run("map", MAPPING, tmp_path / "ho-so.json", "--on", "2027-07-01", on=served.data_dir).stdout
    )


def test_on_the_day_of_the_letter_dossiers_go_through_the_new_version(run: Run, served: Served, tmp_path: Path) -> None:
    assert send_one(run, served, tmp_path, 1) == "1"
    Newcomer(tmp_path, served, today().isoformat()).follow(upto="--on")
    assert send_one(run, served, tmp_path, 2) == "2"


def test_the_walk_through_touches_no_python() -> None:
    assert len(STEPS) == 10
    assert [text for _, text in STEPS if ".py" in text] == []
