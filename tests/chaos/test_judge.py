"""The judge of chaos passes what may happen, and finds what is planted in a history: lost, reordered, doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.national_portal.simulator import Effect as PortalEffect
from adapters.national_portal.simulator.effects import Kind
from adapters.simulation.log import Effect as CommonEffect
from gateway.message import DeliveryState as S
from tests.chaos.judge import Books, Evidence, Finding, Obligation, judge, open_keys
from tests.chaos.nemesis import Done
from tests.chaos.senders import Asked, IntakeLog
from tests.crash import plant
from tests.crash.history import Answered, Posted, Sent

CODE = "000.00.16.H46-250612-0001"
STEPS = [Posted(f"{CODE}/{n}", CODE, None, ((f"step {n}",),), frozenset({"processing"})) for n in range(2, 6)]
SNAPSHOT = Posted(f"{CODE}/1", CODE, "received", (("snapshot 1",),))
PAYMENTS = [Asked(f"{CODE}/thu-{n}", CODE, 10_000 + n) for n in range(1, 4)]


def moment(second: float) -> str:
    return f"2026-01-01T00:00:{second:06.3f}+00:00"


EPOCH = 1767225600.0
"""2026-01-01T00:00:00Z."""


def done(posted: Posted, number: int, second: float) -> PortalEffect:
    kind: Kind = "create" if posted is SNAPSHOT else "progress"
    return PortalEffect(number, number, kind, CODE, "", "", "", posted.parts[0][0], moment(second))


def opened(asked: Asked, number: int, second: float) -> CommonEffect:
    details = {"dossier": asked.subject, "amount": str(asked.amount)}
    return CommonEffect(number, number, "init", f"ref-{asked.amount}", "", moment(second), details)


def a_good_history() -> Evidence:
    """One dossier and three payments, each done once, a second apart; one call repeated while a line was cut."""
    messages = [SNAPSHOT, *STEPS]
    log = IntakeLog(payments={one.key: one for one in PAYMENTS})
    for number, key in enumerate([*(one.key for one in messages), *log.payments]):
        log.sent_at[key] = log.answered_at[key] = EPOCH + number
    for one in messages:
        log.portal += [Sent(one), Answered(one.key)]
    portal = [done(one, number, number) for number, one in enumerate(messages, 1)]
    portal.insert(3, done(STEPS[1], 4, 3.5))
    portal = [replace(effect, sequence=number) for number, effect in enumerate(portal, 1)]
    payment = [opened(one, number, number) for number, one in enumerate(PAYMENTS, 1)]
    obligations = tuple(Obligation(key, S.DELIVERED, 2) for key in log.sent_at)
    moves = (("a", "pending", "delivering"), ("a", "delivering", "waiting"), ("a", "waiting", "pending"))
    return Evidence(log, portal, payment, Books(obligations, moves), [Done("line cut", "", EPOCH + 3.2, EPOCH + 3.4)])


def kinds(findings: Sequence[Finding]) -> set[str]:
    return {one.kind for one in findings}


def test_a_good_history_has_no_findings() -> None:
    assert judge(a_good_history()) == []


def test_a_lost_message_is_found() -> None:
    good = a_good_history()
    assert kinds(judge(replace(good, portal=plant.lose(good.portal, 4)))) == {"lost"}


def test_a_reordered_lane_is_found() -> None:
    good = a_good_history()
    assert "order" in kinds(judge(replace(good, portal=plant.swap(good.portal, 3))))


def test_a_doubled_payment_is_found() -> None:
    good = a_good_history()
    again = replace(good.payment[1], sequence=4, key="ref-other")
    found = judge(replace(good, payment=[*good.payment, again]))
    assert [one.kind for one in found] == ["doubled"]


def test_a_repeat_that_nothing_excuses_is_found() -> None:
    assert kinds(judge(replace(a_good_history(), faults=()))) == {"doubled"}


@pytest.mark.parametrize(
    ("state", "expected"), [(S.UNCERTAIN, set()), (S.DELIVERED, {"lost"}), (S.DEAD, {"lost", "state"})]
)
def test_a_payment_that_never_arrived_must_be_shown_as_in_doubt(state: S, expected: set[str]) -> None:
    good = a_good_history()
    obligations = [one for one in good.books.obligations if one.key != PAYMENTS[0].key]
    books = Books((*obligations, Obligation(PAYMENTS[0].key, state, 1)))
    assert kinds(judge(replace(good, payment=good.payment[1:], books=books))) == expected


def test_a_payment_in_doubt_is_waited_for_where_the_platform_opened_it() -> None:
    """It will say so. (Once it was judged a moment too early, on a slow machine.)"""
    good = a_good_history()
    first, *others = PAYMENTS
    books = Books(tuple(Obligation(one.key, S.UNCERTAIN, 1) for one in PAYMENTS))
    assert open_keys(books, good.log.payments, good.payment[1:]) == [one.key for one in others]
    assert open_keys(books, {first.key: first}, []) == [one.key for one in others]


def test_an_effect_without_an_attempt_of_its_own_is_found() -> None:
    good = a_good_history()
    once = tuple(replace(one, attempts=1) for one in good.books.obligations)
    assert [one.kind for one in judge(replace(good, books=Books(once)))] == ["doubled"]


def test_a_message_that_is_not_in_the_ledger_is_found() -> None:
    good = a_good_history()
    assert kinds(judge(replace(good, books=Books(good.books.obligations[1:])))) == {"lost"}


def test_a_message_that_is_twice_in_the_ledger_is_found() -> None:
    good = a_good_history()
    assert kinds(judge(replace(good, books=Books((*good.books.obligations, good.books.obligations[2]))))) == {"doubled"}


@pytest.mark.parametrize(
    "moves",
    [
        (("a", "delivered", "pending"),),
        (("a", "held", "delivering"),),
        (("a", "pending", "delivering"), ("a", "waiting", "pending")),
    ],
)
def test_a_move_that_no_delivery_may_make_is_found(moves: tuple[tuple[str, str, str], ...]) -> None:
    good = a_good_history()
    assert kinds(judge(replace(good, books=Books(good.books.obligations, moves)))) == {"transition"}


def test_a_payment_held_up_while_only_the_portal_was_away_is_found() -> None:
    good = a_good_history()
    away = Done("line to national_portal refused", "national_portal", EPOCH, EPOCH + 30)
    late = [*good.payment[:2], opened(PAYMENTS[2], 3, 20)]
    assert judge(replace(good, faults=[*good.faults, replace(away, began=EPOCH + 40, ended=EPOCH + 50)])) == []
    held_up = replace(good, payment=late, faults=[away])
    assert "held up" in kinds(judge(held_up))
    assert "held up" not in kinds(judge(replace(held_up, faults=[away, *good.faults])))
