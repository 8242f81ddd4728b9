"""The glossary: every place it points at is there, and it knows every word of the README's short one."""

from __future__ import annotations

import re

from tests.architecture.tree import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!---|Từ / Term)(.+?) \| (.+?) \| `([^`]+)` \|$", GLOSSARY, re.MULTILINE)


def test_every_place_in_the_code_is_there() -> None:
    assert [place for _, _, place in ROWS if not (ROOT / place).exists()] == []
    assert len(ROWS) == len(re.findall(r"^\| (?!---|Từ / Term)", GLOSSARY, re.MULTILINE)) > 40


def test_no_word_of_the_short_glossary_is_missing() -> None:
    short = README.split("## Bảng thuật ngữ / Glossary", 1)[1].split("\n## ", 1)[0]
    words = {word for listed in re.findall(r"^\| \*([^*]+)\*", short, re.MULTILINE) for word in listed.split(", ")}
    said = " ".join(f"{term} {meaning}" for term, meaning, _ in ROWS)
    assert {word for word in words - {"dead letter"} if word not in said} == set()
    assert len(words) > 15


def test_the_systems_call_themselves_what_they_call_themselves() -> None:
    """A name that is quoted as a system's own is one its adapter uses."""
    named = [(term, place) for term, _, place in ROWS if place.startswith("adapters/")]
    quoted = {(word, place) for term, place in named for word in re.findall(r"`(\w+)`", term)}
    missing = set()
    for word, place in quoted:
        where = ROOT / place
        files = sorted(where.rglob("*.py")) if where.is_dir() else sorted(where.parent.glob("*.py"))
        if not any(word in file.read_text("utf-8") for file in files):
            missing.add(word)
    assert missing == set()
    assert len(quoted) > 8
