"""Every statement about indicators, in the order counting meets them; no logic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, case, cast, delete, func, literal, literal_column, null, select, union, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.indicators.port import COUNTS, SETTLED, SNAPSHOT
from gateway.ledger.indicators.tables import counting, indicator_day, indicator_fact
from gateway.ledger.many import Ask, AskEach, Many, among, columns, if_new
from gateway.ledger.payments.tables import payment
from gateway.ledger.services.tables import service
from gateway.ledger.tables import delivery, message, tally
from gateway.ledger.types import BigKey

_this = counting.c.what == literal("dossiers", literal_execute=True)
begin = Many(if_new(counting, ["what"]), columns(counting))
state = select(counting).where(_this)
lock_state = state.with_for_update()
move_on = update(counting).where(_this).values(
    reached=bindparam("n_reached"), unreadable=counting.c.unreadable + bindparam("n_more"), counted_at=bindparam("n_at")
)  # fmt: skip
begin_anew = update(counting).where(_this).values(reached=0, unreadable=0, redo="")
set_redo = update(counting).where(_this).values(redo=bindparam("n_redo"))
last_message = select(func.max(message.c.seq))

to_count = Ask(
    select(
        message.c.seq, message.c.id, message.c.type, message.c.subject, message.c.time, message.c.sequence,
        message.c.accepted_at, message.c.body, message.c.body_form, message.c.key_id, message.c.wrapped_key,
    )
    .where(
        message.c.seq > bindparam("b_after"),
        message.c.seq <= bindparam("b_to"),
        (message.c.type == literal_column(f"'{SNAPSHOT}'")) | (message.c.type == literal_column(f"'{SETTLED}'")),
    )
    .order_by(message.c.seq)
)  # fmt: skip

facts_of = AskEach(
    select(indicator_fact).where(among(indicator_fact.c.subject, "keys")),
    f"SELECT {', '.join(f'f.{name}' for name in columns(indicator_fact))}"  # noqa: S608 - no values in it
    " FROM {rows} JOIN indicator_fact AS f ON f.subject = u.key",
)
paid = AskEach(
    select(payment.c.subject)
    .where(among(payment.c.subject, "keys"), payment.c.state == literal_column("'paid'"))
    .distinct(),
    "SELECT DISTINCT p.subject FROM {rows} JOIN payment AS p ON p.subject = u.key WHERE p.state = 'paid'",
)
how_they_stand = AskEach(
    select(delivery.c.message_id, delivery.c.state).where(
        among(delivery.c.message_id, "keys"),
        delivery.c.destination == bindparam("destination"),
        delivery.c.replaced_by.is_(None),
    ),
    "SELECT d.message_id, d.state FROM {rows} JOIN delivery AS d ON d.message_id = u.key"
    " WHERE d.destination = u.destination AND d.replaced_by IS NULL",
    destination="text",
)


def _put(dialect: str) -> Any:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(indicator_fact)
    names = columns(indicator_fact, "subject")
    return made.on_conflict_do_update(index_elements=["subject"], set_={name: made.excluded[name] for name in names})


def _add(dialect: str) -> Any:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(indicator_day)
    return made.on_conflict_do_update(
        index_elements=["day", "agency", "level", "procedure"],
        set_={name: indicator_day.c[name] + made.excluded[name] for name in COUNTS},
    )


put_facts = Many(_put, columns(indicator_fact))
add_to_days = Many(_add, columns(indicator_day))

unsettled = (
    select(indicator_fact.c.subject, indicator_fact.c.message_id)
    .where(indicator_fact.c.settled.is_(False), indicator_fact.c.subject > bindparam("b_after"))
    .order_by(indicator_fact.c.subject)
    .limit(bindparam("b_limit"))
)
settled_count = select(cast(func.coalesce(func.sum(tally.c.count), 0), BigKey)).where(
    tally.c.destination == bindparam("b_destination")
)

next_day = union(
    *(
        select(func.min(day).label("day")).where(day > bindparam("b_day"))
        for day in (indicator_fact.c.received_day, indicator_fact.c.finished_day, indicator_day.c.day)
    )
)
forget_day = delete(indicator_day).where(indicator_day.c.day == bindparam("b_day"))
_ALIKE = (
    indicator_fact.c.agency, indicator_fact.c.level, indicator_fact.c.procedure, indicator_fact.c.marks,
    indicator_fact.c.paid, indicator_fact.c.synchronised,
)  # fmt: skip


def alike(day: Any) -> Select[Any]:
    """The facts of a day that add the same, with how many they are; `day` is one of the two of a dossier."""
    seconds = cast(func.sum(indicator_fact.c.working_seconds), BigKey).label("working_seconds")
    counted = indicator_fact.c.received_day.is_not(None)
    return (
        select(*_ALIKE, func.count().label("number"), seconds)
        .where(day == bindparam("b_day"), counted)
        .group_by(*_ALIKE)
    )


received_on = alike(indicator_fact.c.received_day)
finished_on = alike(indicator_fact.c.finished_day)

_offered = service.c.offered_on <= indicator_day.c.day
_SUMS = (
    *(cast(func.sum(indicator_day.c[name]), BigKey).label(name) for name in COUNTS),
    *(
        cast(func.sum(case((_offered, indicator_day.c[name]), else_=0)), BigKey).label(f"offered_{name}")
        for name in ("received", "online")
    ),
)
_with_register = indicator_day.outerjoin(
    service, (service.c.procedure == indicator_day.c.procedure) & (service.c.level == indicator_day.c.level)
)


def sums(*by: str, agencies: bool, level: bool) -> Select[Any]:
    """Sums of the days from `b_first` to `b_last` by some columns, of all units or those named."""
    keys = [indicator_day.c[name] for name in by]
    query = (
        select(*keys, *_SUMS)
        .select_from(_with_register)
        .where(indicator_day.c.day >= bindparam("b_first"), indicator_day.c.day <= bindparam("b_last"))
        .group_by(*keys)
        .order_by(*keys)
    )
    return _of_units(query, indicator_day, agencies=agencies, level=level)


def overdue(*, agencies: bool, level: bool) -> Select[Any]:
    """Dossiers by unit that were late and unfinished at `b_cutoff`."""
    fact = indicator_fact.c
    query = (
        select(fact.agency, fact.level, func.count().label("overdue"))
        .where(
            fact.overdue_from < bindparam("b_cutoff"),
            fact.finished_at.is_(null()) | (fact.finished_at >= bindparam("b_cutoff")),
        )
        .group_by(fact.agency, fact.level)
    )
    return _of_units(query, indicator_fact, agencies=agencies, level=level)


def _of_units(query: Select[Any], table: Any, *, agencies: bool, level: bool) -> Select[Any]:
    if agencies:
        query = query.where(among(table.c.agency, "agencies"))
    return query.where(table.c.level == bindparam("b_level")) if level else query


agencies_heard = union(
    select(indicator_day.c.agency).where(
        indicator_day.c.day >= bindparam("b_first"), indicator_day.c.day <= bindparam("b_last")
    ),
    select(indicator_fact.c.agency).where(indicator_fact.c.overdue_from.is_not(None)),
)
