"""The most specific unit that is named decides the mode; what names none goes by its destination."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.acceptance.modes import Modes
from gateway.errors import ConfigurationError
from tests.fakes.destination import a_destination

PORTAL = "national_portal"


@pytest.mark.parametrize(
    ("subject", "mode"),
    [
        ("000.00.16.H46-250612-0001", "shadow"),
        ("H46.16-250612-0001", "shadow"),  # the new spelling of the same agency
        ("001.00.16.H46-250612-0001", "shadow"),  # no unit of its own in the configuration: its parent's counts
        ("000.05.16.H46-250612-0001", "hold"),
        ("001.05.16.H46-250612-0001", "hold"),
        ("000.00.17.H46-250612-0001", "live"),
        ("000.00.16.H47-250612-0001", "live"),
        ("danh-muc", "live"),
    ],
)
def test_the_deepest_unit_that_covers_the_dossier_decides(subject: str, mode: str) -> None:
    found = Modes({PORTAL: a_destination(agencies={"000.00.16.H46": "shadow", "000.05.16.H46": "hold"})})
    assert found.of(PORTAL, subject) == mode
    assert found.of("payment", subject) == "live"


def test_a_destination_is_closed_as_a_whole_only_if_no_agency_may_go() -> None:
    assert Modes({PORTAL: a_destination(mode="hold")}).held_as_a_whole() == {PORTAL}
    some = Modes({PORTAL: a_destination(mode="hold", agencies={"000.00.16.H46": "live"})})
    assert some.held_as_a_whole() == frozenset()
    rule = some.withholding()
    assert rule is not None
    assert rule.held_for(PORTAL, "000.00.16.H46-250612-0001") is None
    assert rule.held_for(PORTAL, "000.00.17.H46-250612-0001") == "*"


@pytest.mark.parametrize("agencies", [{}, {"000.00.16.H46": "shadow"}])
def test_where_nothing_is_held_back_nothing_is_looked_at(agencies: Any) -> None:
    assert Modes({PORTAL: a_destination(agencies=agencies)}).withholding() is None


def test_what_names_no_agency_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match=r"destinations\.national_portal\.agencies: 'Sở Tài chính'"):
        Modes({PORTAL: a_destination(agencies={"Sở Tài chính": "hold"})})
