"""The adapter's words and files: every failure in both languages, one WSDL in two places."""

from __future__ import annotations

import pytest

from adapters.citizen_db.catalogue import CATALOGUE
from adapters.citizen_db.ports import WSDL
from adapters.transport.entries import ErrorEntry
from mappings.catalogue import HOME

FILES = sorted(path.name for path in WSDL.parent.iterdir())


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code)
def test_every_failure_says_in_both_languages_what_it_is_and_what_to_do(entry: ErrorEntry) -> None:
    texts = (entry.vi, entry.en, entry.advice_vi, entry.advice_en)
    assert all(texts) and len(set(texts)) == 4


@pytest.mark.parametrize("name", FILES)
def test_the_adapters_wsdl_and_the_tables_are_the_same_file(name: str) -> None:
    # Adapters and mappings import nothing of each other, and each is packaged with what it needs.
    assert (WSDL.parent / name).read_bytes() == (HOME / "schemas" / name).read_bytes()


def test_the_wsdl_is_whole() -> None:
    assert FILES == [
        "citizen-db-congdan.xsd", "citizen-db.wsdl", "citizen-db.xsd", "xroad-headers.xsd", "xroad-identifiers.xsd",
    ]  # fmt: skip
