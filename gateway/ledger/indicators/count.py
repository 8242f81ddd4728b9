"""Counting, in a transaction of the caller: facts of dossiers are put in, and the sums follow by the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.indicators import statements as sql
from gateway.ledger.indicators.counting import Sums, add, add_alike, is_newer, no_sums
from gateway.ledger.indicators.port import COUNTS, Counted, CountingState, DossierFacts, Portion, ToCount
from gateway.ledger.indicators.tables import indicator_fact
from gateway.ledger.many import columns
from gateway.message import OPEN, DeliveryState
from gateway.security.seal import KeyRing, Sealed

_UNSETTLED = OPEN | {DeliveryState.DEAD}
_FACT = tuple(f"{name}" for name in columns(indicator_fact))  # plain text, which SQLAlchemy's names are not
_NEW = {"what": "dossiers", "reached": 0, "unreadable": 0, "redo": None, "counted_at": None}


def state(connection: Connection) -> CountingState:
    """See `gateway.ledger.indicators.port`."""
    row = connection.execute(sql.state).one_or_none()
    last = int(connection.execute(sql.last_message).scalar() or 0)
    if row is None:
        return CountingState(0, last, 0, recounting=False, counted_at=None)
    return CountingState(row.reached, last, row.unreadable, row.redo is not None, row.counted_at)


def portion(connection: Connection, ring: KeyRing, decided: int, limit: int) -> Portion | None:
    """The next messages up to `decided`; None when there are none."""
    reached = connection.execute(sql.state).one_or_none()
    after = reached.reached if reached else 0
    if after >= decided:
        return None
    up_to = min(decided, after + limit)
    rows = sql.to_count.run(connection, {"b_after": after, "b_to": up_to})
    return Portion(after, up_to, decided, [_to_count(ring, row) for row in rows])


def _to_count(ring: KeyRing, row: Any) -> ToCount:
    number = int(row.sequence) if row.sequence and row.sequence.isascii() and row.sequence.isdigit() else None
    opens = partial(ring.open, Sealed(row.key_id, row.wrapped_key, row.body), row.id)
    return ToCount(row.seq, row.id, row.type, row.subject, row.time, number, row.accepted_at, row.body_form, opens)


def note(connection: Connection, counted: Counted, destination: str, now: datetime) -> bool:
    """See `IndicatorLedger.note_facts`."""
    if _lock(connection).reached != counted.after:
        return False
    _take_over(connection, counted.facts, counted.paid, destination)
    told = {"n_reached": counted.up_to, "n_more": counted.unreadable, "n_at": now}
    connection.execute(sql.move_on, told)
    return True


def find_ended(connection: Connection, destination: str, after: str, limit: int) -> tuple[list[str], str | None]:
    """Of the next dossiers that were open, those that are not any more; and where to go on."""
    rows = connection.execute(sql.unsettled, {"b_after": after, "b_limit": limit}).all()
    standing = _standing(connection, [row.message_id for row in rows], destination)
    ended = [row.subject for row in rows if not standing[row.message_id] & _UNSETTLED]
    return ended, rows[-1].subject if len(rows) == limit else None


def look_again(connection: Connection, subjects: Iterable[str], destination: str) -> None:
    """See anew how these dossiers stand."""
    _lock(connection)
    _take_over(connection, (), frozenset(subjects), destination)


def begin_anew(connection: Connection) -> None:
    """See `IndicatorLedger.recount`."""
    _lock(connection)
    connection.execute(sql.begin_anew)


def is_recounting(connection: Connection) -> bool:
    """Whether days are still to be summed up anew."""
    row = connection.execute(sql.state).one_or_none()
    return row is not None and row.redo is not None


def recount_day(connection: Connection) -> bool:
    """See `IndicatorLedger.recount_day`."""
    behind = _lock(connection).redo
    if behind is None:
        return False
    days = [row.day for row in connection.execute(sql.next_day, {"b_day": behind}) if row.day is not None]
    if not days:
        connection.execute(sql.set_redo, {"n_redo": None})
        return False
    day = {"b_day": min(days)}
    sums = no_sums()
    for statement, received in ((sql.received_on, True), (sql.finished_on, False)):
        for row in connection.execute(statement, day):
            add_alike(sums, day["b_day"], row._asdict(), received=received)
    connection.execute(sql.forget_day, day)
    sql.add_to_days.run(connection, _day_rows(sums))
    connection.execute(sql.set_redo, {"n_redo": day["b_day"]})
    return True


def _lock(connection: Connection) -> Any:
    """The row that everybody who counts holds, so that one counts at a time."""
    row = connection.execute(sql.lock_state).one_or_none()
    if row is None:
        sql.begin.run(connection, [_NEW])
        row = connection.execute(sql.lock_state).one()
    return row


def _take_over(connection: Connection, facts: Sequence[DossierFacts], told: frozenset[str], destination: str) -> None:
    newest: dict[str, DossierFacts] = {}
    for fact in facts:
        earlier = newest.get(fact.subject)
        newest[fact.subject] = fact if earlier is None or is_newer(fact, earlier) else earlier
    subjects = sorted({*newest, *told})
    if not subjects:
        return
    old = {row.subject: row for row in sql.facts_of.run(connection, subjects)}
    paid = {row.subject for row in sql.paid.run(connection, subjects)}
    made: dict[str, dict[str, Any]] = {}
    for subject in subjects:
        known, fresh = old.get(subject), newest.get(subject)
        if fresh is not None and (known is None or is_newer(fresh, known)):
            made[subject] = fresh._asdict() | {"marks": " ".join(sorted(fresh.marks))}
        elif known is not None:
            made[subject] = _as_dict(known)
    standing = _standing(connection, [row["message_id"] for row in made.values()], destination)
    for subject, row in made.items():
        states = standing[row["message_id"]]
        row["paid"] = subject in paid
        # Where the rows of its deliveries were removed, what was seen while they stood is known for good.
        row["synchronised"] = DeliveryState.DELIVERED in states if states else row.get("synchronised", False)
        row["settled"] = not states & _UNSETTLED
    _write(connection, {subject: _as_dict(row) for subject, row in old.items()}, made)


def _as_dict(row: Any) -> dict[str, Any]:
    return dict(zip(_FACT, row, strict=True))


def _write(connection: Connection, old: Mapping[str, dict[str, Any]], made: Mapping[str, dict[str, Any]]) -> None:
    changed = {subject: row for subject, row in made.items() if row != old.get(subject)}
    sums = no_sums()
    for subject, row in changed.items():
        if subject in old:
            add(sums, old[subject], -1)
        add(sums, row)
    sql.put_facts.run(connection, list(changed.values()))
    sql.add_to_days.run(connection, _day_rows(sums))


def _standing(connection: Connection, ids: Sequence[str], destination: str) -> defaultdict[str, set[str]]:
    """States of what a destination is owed, by message."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in sql.how_they_stand.run(connection, ids, destination=destination):
        found[row.message_id].add(row.state)
    return found


def _day_rows(sums: Sums) -> list[dict[str, Any]]:
    names = ("day", "agency", "level", "procedure")
    return [
        dict(zip(names, place, strict=True)) | {name: counts.get(name, 0) for name in COUNTS}
        for place, counts in sorted(sums.items())
        if any(counts.values())
    ]
