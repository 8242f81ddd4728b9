"""Which side is behind: judged by what we told before, else by how far a status is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.drift.port import KINDS
from gateway.reports.drift import compare
from tests.mappings.canonical import CATALOGUE

STATUSES = [entry.canonical for entry in CATALOGUE.lists["dossier_status"].entries]


@pytest.mark.parametrize(
    ("told", "theirs", "kind"),
    [
        (["received"], "received", "same"),
        (["received", "processing"], "received", "behind"),
        (["received", "processing"], "completed", "ahead"),
        (["received", "processing"], "filed", "behind"),
        (["received"], "refused", "ahead"),
        # Statuses go in circles: what we told before is behind, however far it looks.
        (["received", "completed", "processing"], "completed", "behind"),
        (["processing"], "supplement_requested", "ahead"),
        (["completed"], "withdrawn", "ahead"),
        (["received"], None, "untold"),
        (["received"], "", "untold"),
        (["received"], "đang chờ", "untold"),
        ([], "received", "unconfirmed"),
        ([], None, "unconfirmed"),
    ],
)
def test_ours_beside_theirs(told: list[str], theirs: str | None, kind: str) -> None:
    assert compare(told, theirs) == kind


def test_every_status_of_the_portal_can_be_compared() -> None:
    assert [theirs for theirs in STATUSES if compare(["received"], theirs) == "untold"] == []


@given(st.lists(st.sampled_from(STATUSES)), st.none() | st.sampled_from(STATUSES))
def test_whatever_is_compared_has_one_class_and_ours_is_the_same(told: list[str], theirs: str | None) -> None:
    kind = compare(told, theirs)
    assert kind in KINDS and kind not in ("missing", "unasked")
    assert (kind == "same") == (bool(told) and told[-1] == theirs)
