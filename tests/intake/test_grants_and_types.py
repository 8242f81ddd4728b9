"""Whose a question is, and which message types are the senders', the gateway's, or nobody's outside."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from gateway.acceptance import schemas
from gateway.acceptance.codes.rules import RULES
from gateway.acceptance.validation import Validator
from gateway.errors import IntakeError
from gateway.intake.auth import authorise
from gateway.message import TYPE_PREFIX, Client, Event
from tests.intake.documents import SOURCE
from tests.intake.judging import NOW, SETTINGS
from tests.intake.questions import GOOD, LOOKUP, PAYMENT, REFRESH, a_refresh_request

COMMUNE = Client("xa", agencies=("H46.16",))


def an_asked(type_: str, data: dict[str, Any]) -> Event:
    return Event(SOURCE, "hs-1", type_, str(data.get("dossier_code", "")), None, data, b"")


def pointers_refused(client: Client, event: Event) -> list[str]:
    with pytest.raises(IntakeError) as refused:
        authorise(client, event)
    assert refused.value.status == 403
    return [one.pointer for one in refused.value.problems]


@pytest.mark.parametrize(("type_", "data"), GOOD)
def test_a_client_asks_for_dossiers_of_its_own_agency_and_units_below_only(type_: str, data: dict[str, Any]) -> None:
    authorise(COMMUNE, an_asked(type_, data))
    authorise(COMMUNE, an_asked(type_, {**data, "dossier_code": "012.05.16.H46-250310-0001"}))
    foreign = an_asked(type_, {**data, "dossier_code": "000.00.17.H46-250310-0001"})
    assert pointers_refused(COMMUNE, foreign) == ["/data/dossier_code"]


def test_a_foreign_agency_and_a_foreign_dossier_are_both_named() -> None:
    data = {"dossier_code": "000.00.17.H46-250310-0001", "agency": {"code": "H46.17"}}
    assert pointers_refused(COMMUNE, an_asked(PAYMENT, data)) == ["/data/agency/code", "/data/dossier_code"]


def test_of_the_portals_catalogues_a_client_asks_for_those_of_its_own_agency_and_units_below_only() -> None:
    client = Client("xa", agencies=("H46.16",), types=(REFRESH,))
    asked = {"kind": "agency_procedures"}
    authorise(client, an_asked(REFRESH, {**asked, "agency_code": "000.00.16.H46"}))
    authorise(client, an_asked(REFRESH, {**asked, "agency_code": "H46.16.05"}))
    for foreign in ("000.00.09.H46", "H46", "H46.160"):
        assert pointers_refused(client, an_asked(REFRESH, {**asked, "agency_code": foreign})) == ["/data/agency_code"]


@pytest.mark.parametrize("granted", [REFRESH, REFRESH.removeprefix(TYPE_PREFIX)])
def test_a_catalogue_is_asked_for_by_those_who_were_granted_it_by_name(granted: str) -> None:
    event = an_asked(REFRESH, a_refresh_request())
    authorise(Client("quan-tri", role="administrator"), event)
    authorise(Client("danh-muc", types=(granted,)), event)
    assert pointers_refused(Client("motcua"), event) == ["/type"]


def test_every_schema_of_the_package_has_one_place() -> None:
    there = {one.name.removesuffix(".json") for one in files(schemas).iterdir() if one.name.endswith(".json")}
    assert sorted(schemas.NAMES) == sorted(there)


def test_every_type_that_senders_may_hand_in_has_its_rules() -> None:
    assert set(schemas.FROM_SENDERS) <= RULES.keys()


@pytest.mark.parametrize("name", [*schemas.FROM_GATEWAY, *schemas.INTERNAL])
def test_what_the_gateway_says_cannot_be_handed_in(name: str) -> None:
    (error,) = Validator(SETTINGS).judge(an_asked(TYPE_PREFIX + name, {}), NOW).errors
    assert (error.code, error.pointer) == ("TYPE_UNKNOWN", "/type")
    assert "Only the gateway itself sends this message type" in error.message


def test_a_question_that_no_route_carries_is_unknown() -> None:
    validator = Validator(SETTINGS, routed_types={LOOKUP})
    assert validator.types == {LOOKUP}
    (error,) = validator.judge(an_asked(PAYMENT, {}), NOW).errors
    assert (error.code, error.pointer) == ("TYPE_UNKNOWN", "/type")
    assert LOOKUP in error.message


def test_a_refusal_says_the_same_of_persons_and_of_documents() -> None:
    person, paper = (schemas.document(f"{family}.refused.v1") for family in ("citizen", "document"))
    assert paper["properties"].keys() == person["properties"].keys()
    assert (paper["required"], paper["$defs"]) == (person["required"], person["$defs"])
    assert paper["$id"] == "urn:lienthong:schema:document.refused.v1"
