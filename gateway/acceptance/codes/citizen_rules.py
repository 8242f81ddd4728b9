"""The code rules of questions to the population database: who asks, for which dossier, about whom."""

from __future__ import annotations

from typing import Any

from gateway.acceptance.codes import birth, citizen, common_rules
from gateway.acceptance.codes.context import Context, part, rows
from gateway.acceptance.codes.findings import Findings


def lookup_requested(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`citizen.lookup_requested.v1`: the person (of a household its head) and the members are judged alike."""
    common_rules.dossier_code(data.get("dossier_code"), "/data/dossier_code", context, found)
    common_rules.procedure_code(data.get("procedure_code"), "/data/procedure_code", context, found)
    common_rules.officer(data, found)
    if type(data.get("person")) is dict:
        _person(part(data, "person"), "/data/person", context, found)
    for at, member in rows(data, "members", "/data"):
        _person(member, at, context, found)
    if "members" in data and data.get("service") != "household":
        found.error("/data/members", "MEMBERS_UNEXPECTED")


def _person(person: dict[str, Any], at: str, context: Context, found: Findings) -> None:
    if ("citizen_id" in person) == ("id_card" in person):
        found.error(at, "PERSON_NUMBER")
    common_rules.personal_numbers(person, at, found)
    written = person.get("birth_date")
    if type(written) is not str:
        return
    born = birth.parse(written)
    if born is None or born > context.today:
        found.error(f"{at}/birth_date", "BIRTH_DATE")
        return
    number = person.get("citizen_id")
    if type(number) is str and citizen.is_citizen_number(number) and citizen.birth_year(number) != born.year:
        found.warn(f"{at}/citizen_id", "CITIZEN_ID_MISMATCH")
