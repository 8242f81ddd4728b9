"""What a trial keeps to itself, whatever a candidate asks: no value of a person, and no yes or no to a guess at one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.operations.candidate import read_candidate
from gateway.operations.trial import Sample, Trial, TrialReport
from tests.intake.documents import a_dossier
from tests.operations.candidates import ADDRESS, PACKAGED, candidate
from tests.operations.conftest import MAPPING, Desk

LOOKUP = "citizen_db/citizen.lookup_requested.v1.lookup"
PERSON = {
    "citizen_id": "044099000123",
    "full_name": "Nguyễn Văn Bí",
    "birth_date": "1990-05-17",
    "id_card": "B1234567",
}
QUESTION: dict[str, Any] = {
    "service": "lookup",
    "dossier_code": "000.00.16.H46-250402-0001",
    "procedure_code": "1.001612",
    "officer": {"id": "044085000123", "account": "canbo1"},
    "person": PERSON,
}
BIRTH = "{to: Nam, from: person.birth_date, as: year_alone}"
NUMBER = '{to: SoDinhDanh, from: person.citizen_id, note: "§3: this or SoCMND"}'
CARD = '{to: SoCMND, from: person.id_card, note: "§3"}'
ACCOUNT = '{to: TaiKhoan, from: officer.account, note: "§3"}'


def changed(old: str, new: str, name: str = LOOKUP) -> str:
    """The packaged table under another label, one line of it another."""
    text = PACKAGED.path(PACKAGED.in_force(name)).read_text("utf-8").replace('\nversion: "1"\n', '\nversion: "x9"\n')
    assert text.count(old) == 1, old
    return text.replace(old, new)


def tried(text: str, document: dict[str, Any]) -> TrialReport:
    read = read_candidate(text, PACKAGED)
    return Trial(read.before, read.mapping, PACKAGED.lists).run([Sample("m-1", document)])


def about(**person: str) -> dict[str, Any]:
    return {**QUESTION, "person": {**PERSON, **person}}


# ---- codes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "pointer", "value"),
    [
        (BIRTH, "{to: Nam, from: person.birth_date, as: code, list: gender}", "/person/birth_date", "1990-05-17"),
        (CARD, "{to: SoCMND, from: person.id_card, as: code, list: gender}", "/person/id_card", "B1234567"),
        (ACCOUNT, "{to: TaiKhoan, from: officer.account, as: code, list: gender}", "/officer/account", "canbo1"),
    ],
)
def test_a_value_that_a_candidate_takes_for_a_code_is_not_told(old: str, new: str, pointer: str, value: str) -> None:
    report = tried(changed(old, new), QUESTION)
    [fails] = [one for one in report.groups if one.cause == "fails"]
    assert "UNMAPPED_CODE" in fails.vi and pointer in fails.vi and pointer in fails.en
    assert value not in orjson.dumps(report.as_dict()).decode()


def test_where_in_a_value_the_list_ends_is_not_told_either() -> None:
    letters = "{to: Nam, from: person.citizen_id, each: [{to: C, from: ., as: code, list: gender}]}"
    reports = [
        tried(changed(BIRTH, letters), about(citizen_id=number)).groups for number in (PERSON["citizen_id"], "1")
    ]
    assert reports[0] == reports[1]


def test_a_code_that_the_version_in_force_sends_too_is_told_for_nobody_could_add_it_unseen() -> None:
    local = {"code": "1.999999.000.00.00.H47", "name": "Thủ tục địa phương"}
    text = candidate(instead={"{to: MaTTHC, from: procedure.code,": "{to: MaThuTuc, from: procedure.code,"})
    assert local["code"] in str(tried(text, a_dossier(procedure=local)).groups)


# ---- guesses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "guess"),
    [
        (NUMBER, '{{to: SoDinhDanh, constant: "{}"}}'),
        (NUMBER, '{{to: SoDinhDanh, from: person.nowhere, default: "{}"}}'),
        (NUMBER, '{{to: SoDinhDanh, from: person.nowhere, filler: "{}"}}'),
        (NUMBER, '{{to: SoDinhDanh, from: person.citizen_id, default: "{}"}}'),
        (NUMBER, '{{to: SoDinhDanh, from: dossier_code, when: {{service: verify}}, default: "{}"}}'),
    ],
)
def test_a_guess_is_answered_alike_whether_it_is_right_or_wrong(old: str, guess: str) -> None:
    told = [
        tried(changed(old, guess.format(word)), QUESTION) for word in (PERSON["citizen_id"], "044099000124", "0440")
    ]
    assert told[0] == told[1] == told[2]
    assert [(one.field, one.cause) for one in told[0].groups] == [("SoDinhDanh", "constant")]


def test_a_guess_at_what_a_function_makes_is_answered_alike() -> None:
    line = next(line for line in candidate().splitlines() if "to: DinhDanhCHS" in line)
    guess = "  - {{to: DinhDanhCHS, from: documents, each: [{{to: SoDinhDanh, constant: '{}'}}]}}"
    right = a_dossier()["applicant"]["citizen_id"]
    told = [
        set(tried(candidate(instead={line: guess.format(word)}), a_dossier()).groups)
        for word in (right, "044099000124")
    ]
    assert told[0] == told[1]
    assert ("DinhDanhCHS[].SoDinhDanh", "constant") in {(one.field, one.cause) for one in told[0]}


def test_a_word_that_was_put_in_force_to_be_compared_with_is_not_compared() -> None:
    """The other way round: the constant stands in the version before, the value in the candidate."""
    old = "{to: HinhThuc, from: result_method, as: code, list: result_method,"
    text = candidate(instead={old: "{to: HinhThuc, from: applicant.phone,"})
    told = [set(tried(text, a_dossier(applicant=a_dossier()["applicant"] | {"phone": one})).groups) for one in "05"]
    assert ("HinhThuc", "constant") in {(one.field, one.cause) for one in told[0]}
    assert "changed" not in {one.cause for groups in told for one in groups}


def test_no_word_of_the_candidate_is_shown_and_packaged_codes_are() -> None:
    document = a_dossier()
    del document["result_method"]
    old = 'default: "0", note: "§6: demanded'
    for word, told in (("đoán", "'0' → text"), ("1", "'0' → '1'")):
        groups = tried(candidate(instead={old: f'default: "{word}", note: "§6: demanded'}), document).groups
        assert [(one.field, one.en) for one in groups if one.cause == "changed"] == [("HinhThuc", told)]


CONDITIONS = {
    "a field": changed(NUMBER, '{to: SoDinhDanh, from: dossier_code, when: {person.citizen_id: "044099000123"}}'),
    "a demand": changed(NUMBER, '{to: A, from: note, required: true, when: {person.full_name: "Nguyễn Văn Bí"}}'),
    "the table": changed("when: {service: lookup}", 'when: {service: lookup, person.id_card: "B1234567"}'),
}


@pytest.mark.parametrize("text", CONDITIONS.values(), ids=CONDITIONS)
async def test_a_condition_on_a_persons_value_is_tried_on_examples_only(desk: Desk, text: str) -> None:
    await desk.store({**QUESTION, "code": "x"}, type_="vn.lienthong.citizen.lookup_requested.v1")
    page = await desk.mappings.trial_page(text, "an", "r")
    assert (page["messages"], page["next"], await desk.audit()) == (0, None, [])
    assert page["report"]["messages"] > 0
    assert "TRIAL_EXAMPLES_ONLY" in [one["code"] for one in page["candidate"]["findings"]]


async def test_a_list_of_ones_own_sorts_nobody_and_codes_of_the_office_are_tried_with_it(desk: Desk) -> None:
    lists = desk.own / "codelists"
    lists.mkdir(parents=True)
    entry = '{canonical: "044099000123", foreign: "1"}'
    (lists / "doan.yaml").write_text(f"name: doan\nvi: Đoán\nen: guess\nentries: [{entry}]\n", "utf-8")
    await desk.live.refresh()
    await desk.store(a_dossier())
    number = "  - {to: Doan, from: applicant.citizen_id, as: code, list: doan}"
    page = await desk.mappings.trial_page(candidate(number), "an", "r")
    assert (page["messages"], await desk.audit()) == (0, [])
    office = "  - {to: Doan, from: agency.code, as: code, list: doan}"
    assert (await desk.mappings.trial_page(candidate(office), "an", "r"))["messages"] == 1


# ---- who looked ------------------------------------------------------------------------------------------------------


async def test_a_page_that_opens_bodies_is_one_audit_entry_with_who_why_and_which(desk: Desk) -> None:
    ids = await desk.store(*[a_dossier(code=f"000.00.16.H46-250310-{number:04}") for number in range(1, 4)])
    text = candidate(ADDRESS)
    page = await desk.mappings.trial_page(text, "an", "công văn 999", None, 2)
    await desk.mappings.trial_page(text, "an", "công văn 999", page["next"], 2)
    later, first = await desk.audit()
    assert (first["actor"], first["action"], first["target"]) == ("an", "mapping.trial", f"{MAPPING}@2")
    assert (first["reason"], first["ok"]) == ("công văn 999", True)
    assert (first["details"]["newest"], first["details"]["oldest"]) == (ids[2], ids[1])
    assert (later["details"]["messages"], later["details"]["newest"]) == (1, ids[0])
    assert len(first["details"]["sha256"]) == 64


async def test_a_page_that_opens_none_leaves_none(desk: Desk) -> None:
    await desk.store(a_dossier())
    await desk.mappings.trial_page(candidate(ADDRESS), "an", "r", None, 0)
    assert await desk.audit() == []
