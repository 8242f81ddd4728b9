"""No committed file names a package registry or a folder of somebody's machine."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import ROOT, committed_files

REGISTRY = re.compile(
    r"\b(?:pypi|test\.pypi|pythonhosted|npmjs|yarnpkg|deb\.debian|security\.debian|archive\.ubuntu|crates|docker"
    r"|proxy\.golang|maven|rubygems)\.(?:org|com|io)\b"
    r"|^\s*--?(?:index-url|extra-index-url|find-links|trusted-host|i|f)[ =]",
    re.MULTILINE,
)
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.~/}])/(?:home|root|work|Users|opt|tmp)/[\w.-]+")

# Folders that a document or a Debian tree may name without meaning anybody's machine.
ALLOWED_FOLDERS: dict[str, str] = {}


def texts() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), path.read_bytes().decode("utf-8", errors="replace")) for path in committed_files()
    ]


def test_no_committed_file_names_a_registry() -> None:
    assert [(name, found[0]) for name, text in texts() if (found := REGISTRY.search(text))] == []


def test_no_committed_file_names_a_folder_of_somebodys_machine() -> None:
    assert [
        (name, found)
        for name, text in texts()
        for found in SOMEBODYS_FOLDER.findall(text)
        if ALLOWED_FOLDERS.get(found) != name
    ] == []


@pytest.mark.parametrize(
    "text", ["https://" + "pypi" + ".org/simple", "--index-url " + "https://mirror.example.invalid"]
)
def test_a_planted_registry_is_found(text: str) -> None:
    assert REGISTRY.search(text)


@pytest.mark.parametrize("text", ["see " + "/home" + "/lan/notes", 'open("' + "/tmp" + '/x")'])
def test_a_planted_folder_is_found(text: str) -> None:
    assert SOMEBODYS_FOLDER.search(text)
