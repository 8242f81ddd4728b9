"""The check value (§2): every sample can be recomputed, and nothing ambiguous is ever signed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.payment.signing import (
    ANSWER_FIELDS,
    ASKING_FIELDS,
    INIT_FIELDS,
    NOTICE_FIELDS,
    BarInField,
    check_value,
    is_check_value,
)
from tests.adapters.payment_rig import SAMPLE_SECRET, sample

INIT, NOTICE, QUERY, BILL = (
    sample("01-init.json"),
    sample("02-result-notification.json"),
    sample("03-query.json"),
    sample("04-get-bill.json"),
)
SIGNED = {
    "init": (INIT_FIELDS, INIT["request"]),
    "init answer": (ANSWER_FIELDS, INIT["response"]),
    "init answer, wrapped": (ANSWER_FIELDS, json.loads(INIT["response_via_provincial_gateway"]["message"])),
    "init refused": (ANSWER_FIELDS, INIT["response_refused_assumed"]),
    "notification, paid": (NOTICE_FIELDS, NOTICE["paid"]["request"]),
    "notification, failed": (NOTICE_FIELDS, NOTICE["failed"]["request"]),
    "query": (ASKING_FIELDS, QUERY["request"]),
    "query answer": (ANSWER_FIELDS, QUERY["response_paid"]),
    "get bill": (ASKING_FIELDS, BILL["request"]),
}


@pytest.mark.parametrize("name", SIGNED)
def test_every_check_value_of_the_samples_can_be_made_again(name: str) -> None:
    fields, record = SIGNED[name]
    assert check_value(fields, record, SAMPLE_SECRET) == record["MaXacThuc"]


def test_the_string_is_the_samples_own_and_a_plain_digest_with_the_secret_last() -> None:
    text = INIT["check_string"].replace("<MaBiMat>", SAMPLE_SECRET)
    assert hashlib.sha256(text.encode()).hexdigest() == INIT["request"]["MaXacThuc"]
    assert check_value(INIT_FIELDS, INIT["request"], SAMPLE_SECRET) == INIT["request"]["MaXacThuc"]


def test_a_tampered_amount_does_not_fit_its_check_value() -> None:
    record = NOTICE["tampered_amount_must_be_refused"]["request"]
    assert not is_check_value(record["MaXacThuc"], check_value(NOTICE_FIELDS, record, SAMPLE_SECRET))


def test_the_receipt_data_are_not_covered() -> None:
    record = {**INIT["request"], "ThongTinBienLai": {"TKThuHuong": "another"}}
    assert check_value(INIT_FIELDS, record, SAMPLE_SECRET) == INIT["request"]["MaXacThuc"]


@pytest.mark.parametrize("absent", [{}, {"MaGiaoDich": None}, {"MaGiaoDich": ""}])
def test_a_missing_field_counts_as_empty_and_its_bar_stays(absent: dict[str, Any]) -> None:
    record = {"LoaiBanTin": "CONFIRM", "MaLoi": "24", **absent}
    assert check_value(NOTICE_FIELDS, record, "s") == hashlib.sha256(b"CONFIRM|24|||||||||s").hexdigest()


def test_an_amount_enters_as_the_digits_on_the_wire_whether_number_or_text() -> None:
    record = NOTICE["paid"]["request"]
    as_text = {**record, "SoTien": "100000"}
    assert check_value(NOTICE_FIELDS, as_text, SAMPLE_SECRET) == check_value(NOTICE_FIELDS, record, SAMPLE_SECRET)


@pytest.mark.parametrize("name", INIT_FIELDS)
def test_a_bar_inside_any_signed_field_is_named(name: str) -> None:
    with pytest.raises(BarInField) as caught:
        check_value(INIT_FIELDS, {**INIT["request"], name: "a|b"}, SAMPLE_SECRET)
    assert caught.value.field == name


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=5, max_size=5), st.data())
def test_no_two_different_messages_share_a_check_string(values: list[str], data: st.DataObject) -> None:
    record = dict(zip(ASKING_FIELDS, values, strict=True))
    other = dict(zip(ASKING_FIELDS, data.draw(st.permutations(values)), strict=True))
    try:
        made, another = (check_value(ASKING_FIELDS, one, "s") for one in (record, other))
    except BarInField:
        assert any("|" in value for value in values)
    else:
        assert (made == another) == (record == other)


@pytest.mark.parametrize(
    ("received", "right"),
    [("ab" * 32, True), ("AB" * 32, True), (" " + "ab" * 32, True), ("", False), ("đ" * 64, False), ("ab" * 31, False)],
)
def test_check_values_are_compared_whatever_their_case(received: str, right: bool) -> None:
    assert is_check_value(received, "ab" * 32) is right
