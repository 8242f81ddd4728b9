"""Every statement about failure groups, in the order a failure meets them; no logic."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal_column, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.clock import from_now, ledger_now
from gateway.ledger.groups.tables import STANDING, failure_group
from gateway.ledger.many import Many, among
from gateway.ledger.tables import delivery

group = failure_group
COUNTED = (
    "fingerprint", "destination", "operation", "error_class", "error_code", "error_field", "vi", "en", "first_seen_at",
    "last_seen_at", "occurrences", "times_opened", "opened_at",
)  # fmt: skip
_ONE: ColumnElement[int] = literal_column("1")
_ZERO: ColumnElement[int] = literal_column("0")


def _noted(dialect: str) -> Any:
    made = sqlite.insert(group) if dialect == "sqlite" else postgresql.insert(group)
    stands = made.excluded.opened_at.is_not(None)
    opens = and_(stands, or_(group.c.opened_at.is_(None), group.c.closed_at.is_not(None)))
    return made.on_conflict_do_update(
        index_elements=["fingerprint"],
        set_={
            "vi": made.excluded.vi,
            "en": made.excluded.en,
            "last_seen_at": made.excluded.last_seen_at,
            "occurrences": group.c.occurrences + made.excluded.occurrences,
            "times_opened": group.c.times_opened + case((opens, _ONE), else_=_ZERO),
            "opened_at": case((opens, made.excluded.opened_at), else_=group.c.opened_at),
            "closed_at": case((stands, literal_column("NULL")), else_=group.c.closed_at),
            "empty_since": case((stands, literal_column("NULL")), else_=group.c.empty_since),
        },
    )


note_faults = Many(_noted, COUNTED)
"""Count faults by their cause. A row with `opened_at` says that something stands in the group from then on: it opens,
unless it is open."""

_standing = text(
    STANDING.replace("error_code", "delivery.error_code")
    .replace(" state", " delivery.state")
    .replace("replaced_by", "delivery.replaced_by")
)
"""In the very words of the index, or it does not fit."""
_members = and_(
    delivery.c.error_code == group.c.error_code,
    delivery.c.destination == group.c.destination,
    delivery.c.operation == group.c.operation,
    delivery.c.error_class == group.c.error_class,
    delivery.c.error_field.is_not_distinct_from(group.c.error_field),
)


def members_of(row: Any) -> list[ColumnElement[bool]]:
    """The same of one group whose row is known."""
    return [
        delivery.c.error_code == row.error_code,
        delivery.c.destination == row.destination,
        delivery.c.operation == row.operation,
        delivery.c.error_class == row.error_class,
        delivery.c.error_field.is_(None) if row.error_field is None else delivery.c.error_field == row.error_field,
        cast("ColumnElement[bool]", _standing),
    ]


_open = and_(group.c.opened_at.is_not(None), group.c.closed_at.is_(None))


def _empty() -> Any:
    """Nothing stands in the group. With a limit, so that PostgreSQL looks for one instead of joining all."""
    one = select(delivery.c.id).where(_members, _standing).limit(1).correlate(group)
    return one.scalar_subquery().is_(None)


now_empty = update(group).where(_open, group.c.empty_since.is_(None), _empty()).values(empty_since=ledger_now())
"""Nothing stands in these any more, since now."""

close = (
    update(group)
    .where(_open, group.c.empty_since <= from_now("n_since"), _empty())
    .values(closed_at=ledger_now(), empty_since=None)
    .returning(group.c.fingerprint)
)
"""Close what has been empty for long enough and still is. A fault noted meanwhile has taken `empty_since` away."""

refill = update(group).where(_open, group.c.empty_since.is_not(None), ~_empty()).values(empty_since=None)
"""Something stands in these again, though nothing failed anew (a replay was taken back, say)."""

_shown = tuple(column for column in group.c if column.name != "empty_since")


def groups(which: str) -> Select[Any]:
    """What there is, newest failure first."""
    query = select(*_shown).order_by(group.c.last_seen_at.desc()).limit(500)
    match which:
        case "open":
            return query.where(_open)
        case "closed":
            return query.where(~_open)
    return query


one_group = select(*_shown).where(group.c.fingerprint == bindparam("b_fingerprint"))
lock_group = one_group.with_for_update()

standing = (
    select(group.c.fingerprint, delivery.c.state, func.count())
    .select_from(group.join(delivery, _members))
    .where(among(group.c.fingerprint, "ids"), _standing)
    .group_by(group.c.fingerprint, delivery.c.state)
)
"""How many deliveries stand in these, by state."""

changed_since = (
    select(*_shown)
    .where(or_(group.c.opened_at >= bindparam("b_since"), group.c.closed_at >= bindparam("b_since")))
    .limit(500)
)
