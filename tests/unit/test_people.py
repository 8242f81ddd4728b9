"""Which numbers a message is found by, in which form; and what of a document is shown without a purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.acceptance import schemas
from gateway.acceptance.people import PLACES, normal, sought
from gateway.acceptance.shown import SHOWN, masked_form
from gateway.message import TYPE_PREFIX
from gateway.operations.searching import is_personal, names_a_person
from gateway.security.masking import masked
from gateway.security.seek import SIZE, SearchKeys, apart
from tests.builders import RING

PERSONAL = frozenset({
    "citizen_id", "id_card", "tax_code", "phone", "email", "full_name", "birth_date", "address", "tech_id", "id_number",
    "applicant_name", "fax", "account", "detail", "blood_type", "ethnicity", "religion", "marital_status",
    "household_book", "officer", "title", "content", "summary", "note", "remarks", "description", "url", "page_url",
    "file_url", "value", "number", "document_number", "gender", "relation", "receipt_note", "request",
    "purpose", "nationality", "transaction", "bank", "verified",
})  # fmt: skip
"""Names of members that are somebody's, or that a person writes what they like into."""


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("044 999 000 123", "044999000123"),
        ("+84 900 000 001", "0900000001"),
        ("0084900000001", "0900000001"),
        ("84900000001", "0900000001"),
        ("(0900) 000-001", "0900000001"),
        ("0101234567-001", "0101234567001"),
        ("8401234567", "8401234567"),  # a tax code that begins like a country
        (" Mau.Don@Example.invalid ", "mau.don@example.invalid"),
        ("b1234567", "B1234567"),
    ],
)
def test_all_spellings_of_a_number_have_one_form(written: str, form: str) -> None:
    assert normal(written) == form
    assert is_personal(written)


@pytest.mark.parametrize(
    "code",
    [
        "000.00.16.H46-250612-0001", "000.16.05.H46-250612-000001", "H46.16.05-250612-0001", "H46-250612-0001",
        "01a22d29-dffc-7293-aafb-f6bf338c8332", "LT00016H46250612-AB12", "đơn 12", "hs-250612/17", "catalogue/x",
    ],
)  # fmt: skip
def test_codes_and_ids_are_nobodys_numbers(code: str) -> None:
    assert not is_personal(code) and not names_a_person(code)


@pytest.mark.parametrize(
    "text", ["044999000123", "+84 900 000 001", "Mẫu Đơn 044999000123", "a@b.invalid, x", "b1234567"]
)
def test_a_number_is_noticed_among_other_words_too(text: str) -> None:
    assert names_a_person(text)


def test_a_message_is_found_by_every_number_in_it_and_by_nothing_else() -> None:
    data = {
        "applicant": {
            "name": "Lê Thị Mẫu",
            "citizen_id": "044999000123",
            "phone": "+84900000001",
            "address": "Đông Hà",
        },
        "note": "gọi 0900000002",
    }
    found = sought(RING.seeking, TYPE_PREFIX + "dossier.recorded.v1", data)
    assert apart(found) == sorted(one for text in ("044999000123", "0900000001") for one in RING.seeking.all_of(text))
    assert sought(RING.seeking, TYPE_PREFIX + "dossier.progressed.v1", data) == b""
    broken: dict[str, Any] = {"applicant": ["044999000123"]}
    assert sought(RING.seeking, TYPE_PREFIX + "dossier.recorded.v1", broken) == b""


def test_a_hash_tells_its_key_and_not_its_number() -> None:
    keys = SearchKeys(2, {1: bytes(32), 2: bytes(range(32))})
    old, new = keys.all_of("044999000123")
    assert (old[:2], new[:2]) == (b"\0\1", b"\0\2") and old[2:] != new[2:]
    assert keys.of(["044999000123"]) == new and len(new) == SIZE


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_the_places_of_numbers_are_places_of_the_schema(kind: str) -> None:
    known = set(leaves(schemas.document(kind)))
    assert set(PLACES[kind]) <= known


@pytest.mark.parametrize("kind", sorted(set(schemas.NAMES) - {schemas.ENVELOPE}))
def test_no_place_that_is_somebodys_is_shown_masked(kind: str) -> None:
    """Walks the published schemas, so a member added there is judged by its name, too."""
    if kind.startswith("catalogue."):
        return
    for pointer in leaves(schemas.document(kind)):
        names = [name for name in pointer.split("/")[1:] if name != "*"]
        somebodys = names[-1:] == ["name"] and names[-2:-1] not in (
            ["procedure"],
            ["field"],
            ["agency"],
            ["issuer"],
            ["fees"],
        )
        if names and (
            somebodys
            or names[-1] in PERSONAL
            or {"citizens", "members", "person", "payer", "owner", "officer"} & {*names}
        ):
            value: Any = "044999000123"
            for step in reversed(pointer.split("/")[1:]):
                value = [value] if step == "*" else {step: value}
            assert "044999000123" not in str(masked_form(TYPE_PREFIX + kind, value)), pointer


def test_what_is_new_is_masked_until_somebody_names_it() -> None:
    data = {"code": "H46-1", "tên mới": "A", "applicant": {"kind": "citizen", "x": [1, {"y": True}]}, "status": None}
    assert masked_form("t", data) == {
        "code": "H46-1", "tên mới": "•••", "applicant": {"kind": "citizen", "x": ["•••", {"y": "•••"}]}, "status": None,
    }  # fmt: skip
    assert all(isinstance(names, frozenset) for names in SHOWN.values())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("044099000123", "0440••••••23"),
        ("044 099 000 123", "0440••••••23"),
        ("0900000001", "••••••••01"),
        ("0101234567-001", "0101•••••••01"),
        ("Lê Thị Mẫu", "•••"),
        ("1985-04-12", "•••"),
        (1985, "•••"),
        ("٠٤٤٩٩٩٠٠٠١٢٣", "•••"),
    ],
)
def test_of_a_value_its_last_digits_are_shown_or_nothing(value: object, shown: str) -> None:
    assert masked(value) == shown


def leaves(schema: dict[str, Any]) -> Iterator[str]:
    """Every plain place of a schema, as a pointer."""

    def walk(node: dict[str, Any], at: str) -> Iterator[str]:
        if "$ref" in node:
            target: Any = schema
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            yield from walk(target, at)
            return
        for word in ("allOf", "anyOf", "oneOf"):
            for one in node.get(word, ()):
                yield from walk(one, at)
        if "properties" in node:
            for name, one in node["properties"].items():
                yield from walk(one, f"{at}/{name}")
        elif isinstance(node.get("items"), dict):
            yield from walk(node["items"], f"{at}/*")
        else:
            yield at

    return walk(schema, "")
