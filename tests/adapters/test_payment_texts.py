"""The adapter's words: every failure in both languages, with somebody who can act on it."""

from __future__ import annotations

import re

import pytest

from adapters.payment.catalogue import CATALOGUE, entry
from adapters.payment.codes import REFUSALS, UNNAMED
from adapters.transport.entries import ErrorEntry

ENTRIES = [*CATALOGUE.values(), *REFUSALS.values(), UNNAMED]


@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: one.code)
def test_every_failure_says_in_both_languages_what_it_is_and_what_to_do(one: ErrorEntry) -> None:
    texts = (one.vi, one.en, one.advice_vi, one.advice_en)
    assert all(texts)
    assert len(set(texts)) == 4
    places = [set(re.findall(r"\{(\w+)\}", text)) for text in (one.vi, one.en)]
    assert places[0] == places[1]


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("PAGE_ADDRESS_LOST", "PAGE_ADDRESS_LOST"),
        ("HTTP_503", "HTTP_{status}"),
        ("GATEWAY_-1", "GATEWAY_{gateway_code}"),
        ("02", "02"),
        ("CONNECT", "CONNECT"),
    ],
)
def test_a_code_in_the_ledger_leads_to_its_entry(code: str, known: str) -> None:
    found = entry(code)
    assert found is not None
    assert found.code == known


@pytest.mark.parametrize("code", ["77", "", "HTTP_", "X"])
def test_a_code_that_nobody_knows_has_no_entry(code: str) -> None:
    assert entry(code) is None
