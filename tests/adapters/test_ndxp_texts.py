"""The words of the exchange: every failure in both languages, with what to do, and found again by its code."""

from __future__ import annotations

import pytest

from adapters.contract import TransientError
from adapters.national_portal import catalogue as portal
from adapters.ndxp import wso2, xroad_errors
from adapters.ndxp.catalogue import CATALOGUE, entry
from adapters.ndxp.road_texts import GATEWAY, ROAD, XROAD
from adapters.transport.entries import ErrorEntry

FILL = {"fault": 900908, "api": "/a/1.0", "reference": "–", "store_code": -1}
WORDS = [*CATALOGUE.values(), *GATEWAY.values(), *XROAD.values(), *ROAD.values()]


@pytest.mark.parametrize("said", WORDS, ids=lambda said: said.code)
def test_every_failure_says_in_both_languages_what_it_is_and_what_to_do(said: ErrorEntry) -> None:
    assert all((said.vi, said.en, said.advice_vi, said.advice_en))
    error = said.error(TransientError, fill=FILL)
    assert "{" not in error.code + error.vi + error.en
    assert error.vi != error.en


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("WSO2_900908", GATEWAY["right"]),
        ("WSO2_101509", GATEWAY["unclear"]),
        ("XROAD_AccessDenied", XROAD["right"]),
        ("XROAD_INCONSISTENT", ROAD["XROAD_INCONSISTENT"]),
        ("RELAY_-1", ROAD["RELAY_{fault}"]),
        ("OTHER_OWNER", CATALOGUE["OTHER_OWNER"]),
        ("CREDENTIALS_REFUSED", ROAD["CREDENTIALS_REFUSED"]),
    ],
)
def test_a_code_of_the_ledger_finds_its_words_again(code: str, said: ErrorEntry) -> None:
    assert entry(code) is said


@pytest.mark.parametrize("code", ["WSO2_1", "WSO2_x", "XROAD_SomethingNew", "HTTP_200", "HTTP_x", "khong_co", ""])
def test_a_code_nobody_knows_has_no_words(code: str) -> None:
    assert entry(code) is None


def test_statuses_have_their_words_by_group() -> None:
    assert len({found.en for code in ("302", "404", "422", "429", "502") if (found := entry(f"HTTP_{code}"))}) == 5


def test_the_portals_catalogue_knows_what_its_road_can_report() -> None:
    assert portal.entry("XROAD_NetworkError") is XROAD["later"]
    assert portal.entry("WSO2_900804") is GATEWAY["throttled"]


def test_every_code_of_the_sheet_has_a_meaning() -> None:
    codes = (
        102511, 900901, 900902, 900905, 900907, 900909, 900906, 900908, 900910, 900800, *range(900802, 900808), 900900,
        700700, 900801, *range(101500, 101511),
    )  # fmt: skip
    assert not [code for code in codes if wso2.entry(code) is None]
    names = (
        "InvalidRequest MissingHeader MissingHeaderField DuplicateHeaderField MissingBody InvalidBody "
        "InconsistentHeaders InvalidProtocolVersion InvalidClientIdentifier UnknownMember UnknownService AccessDenied "
        "ServiceDisabled ServiceFailed NetworkError IOError OutdatedGlobalConf MaintenanceMode"
    )
    assert not [name for name in names.split() if xroad_errors.entry(name) is None]
