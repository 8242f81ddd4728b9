"""The operator's guide: both languages say the same, alarms are those there are, what it says of loss is proven."""

from __future__ import annotations

import re
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
