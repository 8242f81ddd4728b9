"""The documents say what the code does: commands, files, error codes, the example a newcomer will paste."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime

from gateway.acceptance.codes.texts import CODES, TEXTS
from gateway.acceptance.validation import Validator
from gateway.intake.cloudevents import structured
from gateway.intake.pages import _CODES
from gateway.message import DeliveryState
from gateway.settings import load_settings
from tests.architecture.tree import PACKAGES, ROOT, modules

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN_BY_PEOPLE = [path for folder in ("docker", "systemd") for path in (ROOT / folder).iterdir() if path.is_file()]
README = (ROOT / "README.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def output_of(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_command_in_the_documents_exists() -> None:
    own = re.findall(r"^  \./run ([a-z]+)", output_of("./run", "help"), re.MULTILINE)
    product = re.findall(r"^[ │]+([a-z][a-z-]+)\b", output_of(sys.executable, "-m", "gateway", "--help"), re.MULTILINE)
    told = {
        (path.name, word)
        for path in (*DOCUMENTS, *RUN_BY_PEOPLE)
        for word in re.findall(r"(?:\./run|[`/]lienthong) ([a-z][a-z-]+)", path.read_text("utf-8"))
    }
    assert {(name, word) for name, word in told if word not in own + product} == set()


def test_every_linked_file_exists() -> None:
    missing = [
        f"{path.name}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert missing == []


def test_every_test_that_a_document_names_exists() -> None:
    named = [
        (path.name, file, function)
        for path in DOCUMENTS
        for file, function in re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", path.read_text("utf-8"))
    ]
    assert len(named) > 100
    gone = [one for one in named if not (ROOT / one[1]).exists()]
    assert gone == []
    assert [one for one in named if one[2] and f"def {one[2]}(" not in (ROOT / one[1]).read_text("utf-8")] == []


def test_every_decision_record_is_listed_and_every_one_the_code_names_exists() -> None:
    folder = ROOT / "docs/decisions"
    records = {path.name for path in folder.glob("0*.md")}
    assert records == set(re.findall(r"\((0[^)]+\.md)\)", (folder / "README.md").read_text("utf-8")))
    code = "".join(path.read_text("utf-8") for package in PACKAGES for path in modules(package))
    named = set(re.findall(r"docs/decisions/(\d{4})", code))
    assert named <= {name[:4] for name in records}


def test_every_error_code_is_explained_to_senders() -> None:
    explained = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (ROOT / "docs/intake.md").read_text("utf-8")))
    codes = {CODES.get(text, text) for text in TEXTS}
    codes |= {code for listed in _CODES.values() for code in listed.split()}
    assert {code for code in codes if not code.startswith(("SCHEMA_", "XSD_"))} - explained == set()


def test_a_change_is_announced_once_and_what_is_missing_stands_in_the_readme_alone() -> None:
    announced = [entry[:50] for entry in re.split(r"^- ", CHANGELOG, flags=re.MULTILINE)[1:]]
    assert [entry for entry in set(announced) if announced.count(entry) > 1] == []
    assert "### Not here yet" not in CHANGELOG


def test_every_state_is_explained_in_the_readme() -> None:
    assert [state for state in DeliveryState if f"`{state.value}`" not in README] == []


def test_the_example_in_the_readme_is_accepted_without_a_warning() -> None:
    pasted = README.split("<<'JSON'\n", 1)[1].split("\nJSON\n", 1)[0]
    validator = Validator(load_settings(environment={}).codes)
    reading = structured(pasted.encode(), validator.judge_envelope)
    judged = validator.judge(reading.event, datetime.now(UTC))
    assert (reading.problems, judged.errors, judged.warnings) == ((), (), ())
