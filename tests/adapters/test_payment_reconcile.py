"""Reconciliation (§9): a day's file that adds up is compared line by line; one that does not names the line."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.payment.reconcile import COLUMNS, DayFileError, OurPayment, TheirLine, compare, read_day_file

SAMPLE = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "payment" / "06-reconciliation-day-assumed.json").read_text("utf-8")
)
DOSSIER = "000.00.09.H46-250612-0007"


def content(*rows: str, count: int | None = None, total: int | None = None) -> bytes:
    amounts = [int(row.split("|")[3]) for row in rows]
    trailer = f"TONG|{len(rows) if count is None else count}|{sum(amounts) if total is None else total}"
    return "\n".join(["|".join(COLUMNS), *rows, trailer, ""]).encode()


def row(reference: str = "A1", transaction: str = "T1", amount: Any = 100000, state: str = "1") -> str:
    return f"{reference}|{transaction}|{DOSSIER}|{amount}|VND|NHGIALAP|20250612081002|{state}"


def ours(reference: str = "A1", transaction: str = "T1", amount: int = 100000, state: Any = "paid") -> OurPayment:
    return OurPayment(reference, DOSSIER, amount, "VND", state, transaction)


def told(*known: OurPayment, rows: tuple[str, ...]) -> dict[str, list[str]]:
    """Each class with the references in it."""
    result = compare(known, read_day_file(content(*rows)))
    return {
        "matched": [pair.ours.reference for pair in result.matched],
        "amount": [pair.ours.reference for pair in result.amount_differs],
        "state": [pair.ours.reference for pair in result.state_differs],
        "ours": [one.reference for one in result.ours_only],
        "theirs": [line.reference for line in result.theirs_only],
    }


def test_the_sample_compares_as_it_says() -> None:
    lines = read_day_file("\n".join(SAMPLE["noi_dung"]).encode())
    known = OurPayment(lines[0].reference, DOSSIER, 100000, "VND", "paid", "PPGL2506120000042")
    result = compare([known], lines)
    assert {
        "matched": len(result.matched),
        "theirs_only": len(result.theirs_only),
        "ours_only": len(result.ours_only),
        "amount_differs": len(result.amount_differs),
        "state_differs": len(result.state_differs),
    } == SAMPLE["expected_result"]


def test_a_line_is_read_with_its_place() -> None:
    [line] = read_day_file(content(row(state="4")))
    assert line == TheirLine(2, "A1", "T1", DOSSIER, 100000, "VND", "failed")


@pytest.mark.parametrize("wrap", [lambda plain: plain, base64.b64encode, base64.encodebytes])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_is_read_plain_or_as_base64(wrap: Any, end: bytes, mark: bytes) -> None:
    plain = mark + content(row(), row("A2", "T2")).replace(b"\n", end)
    assert [line.reference for line in read_day_file(wrap(plain))] == ["A1", "A2"]


def test_a_day_without_payments_is_an_empty_file() -> None:
    assert read_day_file(content()) == ()


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (b"", 1),
        (b"\xff\xfe|", 1),
        (b"nonsense!", 1),
        (base64.b64encode(b"\xff|"), 1),
        (content(row()).replace(b"MaHoSo", b"MaHS"), 1),
        (content(row()).split(b"TONG")[0], 2),
        ("|".join(COLUMNS).encode(), 1),
        (content(row(), row("A2", "T2") + "|x"), 3),
        (content(row(), row("A2", "T2"), count=3), 4),
        (content(row(), row("A2", "T2"), total=5), 4),
        (content(row()).replace(b"TONG|1|", b"TONG|1|x"), 3),
        (content(row()).replace(b"TONG|1|", b"TONG|"), 3),
        (content(row(), row("A2", "T2", state="9")), 3),
        (content(row(), row("A2", "T1")), 3),
        (content(row(), row("", "")), 3),
        (content(row(amount="100")).replace(b"|100|VND", b"|1e2|VND"), 2),
        (content(row(amount="100")).replace(b"|100|VND", b"|-100|VND"), 2),
    ],
)
def test_a_file_that_does_not_add_up_names_the_line(broken: bytes, line: int) -> None:
    with pytest.raises(DayFileError) as caught:
        read_day_file(broken)
    error = caught.value
    assert error.line == line
    assert error.vi.startswith(f"Dòng {line}: ") and error.en.startswith(f"Line {line}: ")


def test_payments_are_compared_by_their_transaction_number() -> None:
    assert told(ours(reference="B1"), rows=(row(),)) == {
        "matched": ["B1"], "amount": [], "state": [], "ours": [], "theirs": [],
    }  # fmt: skip


def test_where_a_side_has_no_number_the_reference_will_do() -> None:
    assert told(ours(transaction=""), rows=(row(),))["matched"] == ["A1"]
    assert told(ours(), rows=(row(transaction=""),))["matched"] == ["A1"]


def test_two_different_numbers_under_one_reference_are_two_payments() -> None:
    classes = told(ours(), rows=(row(transaction="T2"),))
    assert (classes["ours"], classes["theirs"], classes["matched"]) == (["A1"], ["A1"], [])


def test_a_second_payment_under_one_reference_is_theirs_only() -> None:
    classes = told(ours(transaction=""), rows=(row(), row(transaction="T2")))
    assert (classes["matched"], classes["theirs"]) == (["A1"], ["A1"])


def test_a_paid_line_is_the_one_we_ask_about() -> None:
    classes = told(ours(transaction=""), rows=(row(transaction="T1", state="4"), row(transaction="T2")))
    assert (classes["matched"], classes["theirs"]) == (["A1"], ["A1"])


def test_each_way_to_differ_is_a_class_of_its_own() -> None:
    assert told(
        ours("A1", "T1"),
        ours("A2", "T2", amount=5),
        ours("A3", "T3", state="failed"),
        ours("A4", "T4"),
        ours("A5", "T5", state="open"),
        rows=(row("A1", "T1"), row("A2", "T2"), row("A3", "T3"), row("A9", "T9"), row("A5", "T5", state="3")),
    ) == {"matched": ["A1", "A5"], "amount": ["A2"], "state": ["A3"], "ours": ["A4"], "theirs": ["A9"]}


def test_an_amount_that_differs_is_named_before_a_state_that_does() -> None:
    classes = told(ours(amount=5, state="open"), rows=(row(),))
    assert (classes["amount"], classes["state"]) == (["A1"], [])


def test_another_currency_is_another_amount() -> None:
    lines = read_day_file(content(row()).replace(b"|VND|", b"|USD|"))
    assert len(compare([ours()], lines).amount_differs) == 1


_SIDES = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["", "1", "2", "3", "4", "5"]), st.integers(0, 2)), max_size=8
)


@settings(deadline=None)
@given(_SIDES, _SIDES)
def test_every_line_and_every_attempt_stands_in_exactly_one_class(left: Any, right: Any) -> None:
    known = list({reference: ours(reference, number, amount) for reference, number, amount in left}.values())
    numbers: set[str] = set()
    lines = []
    for place, (reference, number, amount) in enumerate(right, 2):
        fresh = "" if number in numbers else number
        numbers.add(fresh)
        lines.append(TheirLine(place, reference, fresh, DOSSIER, amount, "VND", "paid"))
    result = compare(known, lines)
    pairs = [*result.matched, *result.amount_differs, *result.state_differs]
    assert sorted(line.line for line in [*result.theirs_only, *(pair.theirs for pair in pairs)]) == [
        line.line for line in lines
    ]
    left_over = [*result.ours_only, *(pair.ours for pair in pairs)]
    assert sorted(one.reference for one in left_over) == sorted(one.reference for one in known)
