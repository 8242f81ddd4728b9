"""Which of the documents a store lists may be used again (codes sheet §10): the rule alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.ndxp.choose import Paper, Rule, choose
from tests.adapters.ndxp_rig import BIRTH


def a_paper(**changes: Any) -> Paper:
    values = {
        "id": "1",
        "result_code": BIRTH,
        "issued_on": "20200519",
        "valid_until": "",
        "state": "1",
        "signature": "1",
    }
    return Paper(**{**values, **changes})


RULE = Rule(BIRTH, "20250610")


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"result_code": "kq.g15.000031"}, True),
        ({"result_code": "KQ.G15.000032"}, False),
        ({"state": "2"}, False),
        ({"state": "3"}, False),
        ({"state": ""}, False),
        ({"state": "x"}, False),
        ({"signature": "0"}, False),
        ({"signature": ""}, False),
        ({"valid_until": "20250610"}, True),
        ({"valid_until": "20250609"}, False),
        ({"valid_until": "10/06/2030"}, False),
    ],
)
def test_the_rule_takes_only_what_is_valid_today(changes: dict[str, str], allowed: bool) -> None:
    assert RULE.allows(a_paper(**changes)) is allowed


def test_a_store_that_does_not_speak_of_state_or_signature_may_be_trusted_by_a_switch() -> None:
    trusting = replace(RULE, accept_unstated=True)
    assert trusting.allows(a_paper(state="", signature=""))
    assert not trusting.allows(a_paper(state="2", signature=""))


def test_of_several_the_newest_comes_first_and_equals_keep_their_order() -> None:
    listed = [
        a_paper(id=name, issued_on=day)
        for name, day in (("a", "2019"), ("b", "20200519"), ("c", "20200519"), ("d", ""))
    ]
    assert [paper.id for paper in choose(listed, RULE)] == ["b", "c", "a", "d"]
