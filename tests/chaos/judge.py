"""Judges an installation's history by what senders, national systems and the ledger have written down (P1 to P4, P6).

Pure. What reached the portal is judged by `tests.crash.history` without asking the ledger; payments by their amounts,
which no two share; then the ledger's own books must say the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from adapters.national_portal.simulator import Effect as PortalEffect
from adapters.simulation.log import Effect as CommonEffect
from gateway.message import DeliveryState as S
from tests.chaos.nemesis import Done
from tests.chaos.senders import Asked, IntakeLog
from tests.crash import history

TRANSITIONS: Mapping[S, frozenset[S]] = {
    S.HELD: frozenset({S.PENDING, S.SUPERSEDED, S.CANCELLED}),
    S.PENDING: frozenset({S.DELIVERING, S.SUPERSEDED, S.CANCELLED}),
    S.DELIVERING: frozenset({S.DELIVERED, S.REFUSED, S.WAITING, S.UNCERTAIN, S.DEAD, S.PENDING, S.SUPERSEDED}),
    S.WAITING: frozenset({S.PENDING, S.SUPERSEDED, S.CANCELLED, S.DEAD}),
    S.UNCERTAIN: frozenset({S.DELIVERED, S.PENDING, S.REFUSED, S.DEAD}),
    S.DEAD: frozenset({S.SUPERSEDED, S.CANCELLED}),
    S.DELIVERED: frozenset(),
    S.REFUSED: frozenset(),
    S.SUPERSEDED: frozenset(),
    S.CANCELLED: frozenset(),
}
"""contract.md §6; and delivering back to pending (the destination's own failure uses no try) or superseded (§4)."""
LATE = 4.0
"""Seconds after a fault within which a call that it disturbed still lands."""
OTHERS_GO_ON = 5.0
"""Seconds within which a payment is opened although the portal is away (P6)."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the ledger says of one message of a sender."""

    key: str
    state: S
    attempts: int


@dataclass(frozen=True, slots=True)
class Books:
    """What the ledger says in the end."""

    obligations: tuple[Obligation, ...]
    moves: tuple[tuple[str, str, str], ...] = ()
    """Every change of a delivery's state in order: delivery id, from, to."""


@dataclass(frozen=True)
class Evidence:
    """All that the judge looks at."""

    log: IntakeLog
    portal: Sequence[PortalEffect]
    payment: Sequence[CommonEffect]
    books: Books
    faults: Sequence[Done] = field(default=())


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise broken."""

    kind: str
    text: str


def judge(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong; nothing for a good history."""
    return [
        *(Finding("wrong answer", text) for text in evidence.log.wrong),
        *(
            Finding("balance", f"not zero {len(evidence.log.unbalanced)} times: {text}")
            for text in evidence.log.unbalanced[:1]
        ),
        *_portal(evidence),
        *_payments(evidence),
        *_books(evidence),
        *_moves(evidence.books.moves),
        *_others_went_on(evidence),
    ]


def _portal(evidence: Evidence) -> Iterator[Finding]:
    times = [_seconds(effect.received_at) for effect in evidence.portal]
    disturbed = [
        history.Disturbed(bisect_left(times, one.began), bisect_right(times, one.ended + LATE))
        for one in evidence.faults
    ]
    for one in history.examine([*evidence.log.portal, *disturbed], evidence.portal):
        yield Finding(one.kind, f"{one.subject}: {one.text}")


def _payments(evidence: Evidence) -> Iterator[Finding]:
    """One INIT has at most one effect, whatever happened; none is allowed only where the ledger shows a doubt."""
    done, unknown = _opened(evidence.log.payments, evidence.payment)
    for reference in unknown:
        yield Finding("unknown", f"payment {reference}: nobody asked for this")
    states = {one.key: one.state for one in evidence.books.obligations}
    for key in evidence.log.payments:
        if done[key] > 1:
            yield Finding("doubled", f"{key}: INIT was done {done[key]} times")
        if key in evidence.log.answered_at and not done[key] and states.get(key) is not S.UNCERTAIN:
            yield Finding("lost", f"{key}: answered, never opened, and the ledger says {states.get(key)}")
        if done[key] and states.get(key) is not S.DELIVERED:
            yield Finding("state", f"{key}: opened, and the ledger says {states.get(key)}")


def _opened(payments: Mapping[str, Asked], effects: Sequence[CommonEffect]) -> tuple[Counter[str], list[str]]:
    """How often each payment was opened, by its key; and the references of those that nobody asked for."""
    asked = {(one.subject, str(one.amount)): one.key for one in payments.values()}
    done: Counter[str] = Counter()
    unknown = []
    for effect in effects:
        if effect.kind == "init":
            key = asked.get((effect.details["dossier"], effect.details["amount"]))
            if key is None:
                unknown.append(effect.key)
            else:
                done[key] += 1
    return done, unknown


def _books(evidence: Evidence) -> Iterator[Finding]:
    """Each message answered is there once, with one obligation that has ended as it must."""
    found: dict[str, list[Obligation]] = {}
    for one in evidence.books.obligations:
        found.setdefault(one.key, []).append(one)
    posted = {entry.message.key: entry.message for entry in evidence.log.portal if isinstance(entry, history.Sent)}
    times = Counter(effect.digest for effect in evidence.portal)
    for key in evidence.log.answered_at:
        if len(found.get(key, ())) != 1:
            yield Finding(
                "doubled" if key in found else "lost", f"{key}: {len(found.get(key, ()))} obligations in the ledger"
            )
    for key, (one, *_) in found.items():
        if key not in evidence.log.sent_at:
            yield Finding("unknown", f"{key}: in the ledger, and nobody sent it")
        allowed = {S.DELIVERED}
        if key in evidence.log.payments:
            allowed |= {S.UNCERTAIN}
        if key in posted and posted[key].status is not None:
            allowed |= {S.SUPERSEDED}
        if one.state not in allowed:
            yield Finding("state", f"{key}: {one.state} in the end, after {one.attempts} attempts")
        done = max((times[digest] for part in posted[key].parts for digest in part), default=0) if key in posted else 0
        if done > one.attempts:
            yield Finding("doubled", f"{key}: done {done} times in {one.attempts} attempts")


def _moves(moves: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    """Deliveries move only along their transitions, and without gaps."""
    of: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for delivery, before, after in moves:
        of[delivery].append((before, after))
    for delivery, steps in of.items():
        for before, after in steps:
            if S(after) not in TRANSITIONS[S(before)]:
                yield Finding("transition", f"delivery {delivery}: {before} -> {after}")
        for (_, after), (before, _) in pairwise(steps):
            if after != before:
                yield Finding("transition", f"delivery {delivery}: was {after}, then moved from {before}")


def _others_went_on(evidence: Evidence) -> Iterator[Finding]:
    """While only the portal is upset, payments are opened as ever."""
    opened = {
        (effect.details["dossier"], effect.details["amount"]): _seconds(effect.received_at)
        for effect in evidence.payment
        if effect.kind == "init"
    }
    for window in _only_portal(evidence.faults):
        for one in evidence.log.payments.values():
            at = evidence.log.answered_at.get(one.key)
            if at is None or not window.began <= at <= window.ended - OTHERS_GO_ON:
                continue
            late = opened.get((one.subject, str(one.amount)), window.ended) - at
            if late > OTHERS_GO_ON:
                yield Finding("held up", f"{one.key}: opened after {late:.1f} s, while only the portal was upset")


def _only_portal(faults: Sequence[Done]) -> list[Done]:
    """Faults of the portal while nothing else was wrong, nor shortly before."""
    return [
        one
        for one in faults
        if one.alone == "national_portal"
        and not any(
            other is not one and other.alone != one.alone and other.began < one.ended and other.ended > one.began - 30
            for other in faults
        )
    ]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def open_keys(books: Books, payments: Mapping[str, Asked], effects: Sequence[CommonEffect]) -> list[str]:
    """What has not ended: nothing that waits for a person is among it.

    A payment in doubt is for a person only where the platform never opened it; else it will speak of it.
    """
    final = {S.DELIVERED, S.REFUSED, S.DEAD, S.SUPERSEDED, S.CANCELLED}
    opened, _ = _opened(payments, effects)
    return [
        one.key
        for one in books.obligations
        if one.state not in final and not (one.state is S.UNCERTAIN and one.key in payments and not opened[one.key])
    ]
