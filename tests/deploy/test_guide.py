"""The operator's guide: both languages say the same, alarms are those there are, what it says of loss is proven."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway.cli.app import app
from tests.architecture.tree import ROOT
from tests.deploy.tree import DOCKER

GUIDE = ROOT / "docs" / "guide"
VI, EN = ((GUIDE / f"operator.{language}.md").read_text("utf-8") for language in ("vi", "en"))
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def drills(text: str) -> dict[str, str]:
    """Blocks of commands by the name of their step."""
    return dict(re.findall(r"<!-- drill: (\w+) -->\n```sh\n(.*?)```", text, re.DOTALL))


def loss(text: str) -> list[list[str]]:
    """The table of the last section."""
    rows = text[text.rindex("\n## ") :].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("| ")][2:]


def test_both_languages_run_the_same_commands() -> None:
    assert drills(VI) == drills(EN) and len(drills(VI)) == 8


def test_on_postgresql_what_is_missing_is_put_back_and_what_is_there_stays(tmp_path: Path) -> None:
    """The guide's own blocks, in a folder instead of the machine; the servers' tools do nothing."""
    tools, data, etc = tmp_path / "tools", tmp_path / "data", tmp_path / "etc" / "lienthong"
    for folder in (tools, data / "mappings", etc / "secrets"):
        folder.mkdir(parents=True)
    for name in ("runuser", "pg_restore", "systemctl", "lienthong", "chown", "chgrp"):
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)
    lost = [data / name for name in ("keys.json", "mappings/own.json", "admin.token")]
    lost += [etc / "lienthong.toml", etc / "secrets" / "portal"]
    for path in (*lost, data / "signing.json"):
        path.write_text(f"{path.name} of the province")
    drill("pgbackup", tmp_path)
    for path in lost:
        path.unlink()
    (data / "mappings").rmdir()
    (data / "signing.json").write_text("newer")
    drill("pgrestore", tmp_path)
    assert [path.read_text() for path in lost] == [f"{path.name} of the province" for path in lost]
    assert (data / "signing.json").read_text() == "newer"


@pytest.mark.parametrize("often", [1, 9])
def test_a_backup_on_postgresql_never_pairs_a_ledger_with_the_keys_of_another_moment(
    tmp_path: Path, often: int
) -> None:
    """Somebody rotates a key while the ledger is dumped, once or each time."""
    tools, data, etc = tmp_path / "tools", tmp_path / "data", tmp_path / "etc" / "lienthong"
    for folder in (tools, data, etc):
        folder.mkdir(parents=True)
    told = tmp_path / "dumps"
    dump = f"echo dump >>{told}; n=$(wc -l <{told}); [ $n -gt {often} ] || echo $n >>{data}/keys.json"
    for name, does in (("runuser", dump), ("pg_restore", "")):
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    for name in ("keys.json", "signing.json"):
        (data / name).write_text(f"{name} of the province\n")
    if often == 1:
        drill("pgbackup", tmp_path)
    else:
        with pytest.raises(subprocess.CalledProcessError):
            drill("pgbackup", tmp_path)
    [copy] = (tmp_path / "backups" / "lienthong").iterdir()
    as_kept = (copy / "keys.json").read_text() == (data / "keys.json").read_text()
    dumps = len((tmp_path / "dumps").read_text().splitlines())
    marked = (data / "last-backup").exists()
    assert (dumps, as_kept, marked) == ((2, True, True) if often == 1 else (3, False, False))


def drill(step: str, folder: Path) -> None:
    """Run a block of the guide under a folder."""
    script = drills(VI)[step]
    places = {"/var/lib/lienthong": "data", "/etc/lienthong": "etc/lienthong", "/var/backups": "backups"}
    for place, here in places.items():
        script = script.replace(place, str(folder / here))
    path = f"{folder / 'tools'}:{os.environ['PATH']}"
    subprocess.run(["/bin/sh", "-euc", script], env={"PATH": path}, check=True, timeout=30)


@pytest.mark.parametrize("text", [VI, EN])
def test_every_statement_about_loss_names_a_test_that_exists(text: str) -> None:
    assert len(loss(text)) >= 10
    for *_, proof in loss(text):
        found = _TEST.fullmatch(proof)
        assert found, proof
        source = (ROOT / found[1]).read_text("utf-8")
        assert found[2] is None or f"def {found[2]}(" in source, proof


@pytest.mark.parametrize("text", [VI, EN])
def test_the_alarms_are_those_of_the_rules(text: str) -> None:
    rules = yaml.safe_load((DOCKER / "prometheus" / "rules" / "lienthong.yml").read_text("utf-8"))
    there = [f"{rule['alert']} ({rule['labels']['severity']})" for group in rules["groups"] for rule in group["rules"]]
    assert re.findall(r"^\| `(LienThong\w+)` (\(\w+\))", text, re.MULTILINE) == [tuple(one.split(" ")) for one in there]


@pytest.mark.parametrize("text", [VI, EN])
def test_the_commands_it_names_exist(text: str) -> None:
    known = {one.name or "" for one in app.registered_commands} | {one.name or "" for one in app.registered_groups}
    named = set(re.findall(r"\blienthong ([a-z]+)\b", "\n".join(re.findall(r"`[^`\n]+`|```.*?```", text, re.DOTALL))))
    assert named - known == set()


@pytest.mark.parametrize("path", sorted(GUIDE.glob("*.md")), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+\.md)\)", path.read_text("utf-8"))
    assert [one for one in targets if not (path.parent / one).exists()] == []
