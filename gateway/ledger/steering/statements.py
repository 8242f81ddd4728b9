"""Statements about steering; each takes `now` as `gateway.ledger.clock` says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.clock import from_now, ledger_now
from gateway.ledger.many import Many, among, columns, written
from gateway.ledger.steering.tables import known_dossier, maintenance
from gateway.ledger.tables import attempt, delivery, destination, lane, outbox
from gateway.message import DeliveryState

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_NAME: Any = bindparam("b_name")


def _telling(dialect: str) -> Any:
    made = INSERT[dialect](destination).values(
        name=bindparam("name"),
        closed_until=from_now("n_seconds"),
        reason=bindparam("reason"),
        closed_by=bindparam("closed_by"),
        closed_since=ledger_now(),
        closed_vi=bindparam("closed_vi"),
        closed_en=bindparam("closed_en"),
    )
    told = ("closed_until", "reason", "closed_by", "closed_vi", "closed_en")
    goes_on = and_(destination.c.closed_until > ledger_now(), destination.c.closed_by == made.excluded.closed_by)
    since = case((goes_on, destination.c.closed_since), else_=made.excluded.closed_since)
    return made.on_conflict_do_update(
        index_elements=["name"], set_={name: made.excluded[name] for name in told} | {"closed_since": since}
    )


tell = {dialect: _telling(dialect) for dialect in INSERT}
"""The last word on a destination counts, whoever says it; what goes on keeps the moment at which it began."""

everything = select(destination, ledger_now().label("now"))
ahead = (
    select(maintenance, ledger_now().label("now"))
    .where(maintenance.c.cancelled_at.is_(None), maintenance.c.ends_at > ledger_now())
    .order_by(maintenance.c.ends_at, maintenance.c.id)
)
"""Announced and not over."""
latest_windows = select(maintenance, ledger_now().label("now")).order_by(maintenance.c.starts_at.desc()).limit(200)


def _pausing(dialect: str) -> Any:
    made = INSERT[dialect](destination).values(
        name=bindparam("name"), closed_until=ledger_now(), reason="",
        paused_at=ledger_now(), paused_by=bindparam("paused_by"), pause_reason=bindparam("pause_reason"),
    )  # fmt: skip
    return made.on_conflict_do_update(
        index_elements=["name"],
        set_={name: made.excluded[name] for name in ("paused_at", "paused_by", "pause_reason")},
        where=destination.c.paused_at.is_(None),
    ).returning(destination.c.name)


pause = {dialect: _pausing(dialect) for dialect in INSERT}
pause_of = (
    select(destination.c.paused_at, destination.c.paused_by, destination.c.pause_reason)
    .where(destination.c.name == _NAME)
    .with_for_update()
)
resume = (
    update(destination)
    .where(destination.c.name == _NAME)
    .values(paused_at=null(), paused_by=null(), pause_reason=null())
)


def _asking(dialect: str) -> Any:
    made = INSERT[dialect](destination).values(
        name=bindparam("name"), closed_until=ledger_now(), reason="", probe_id=bindparam("probe_id")
    )
    forgotten = ("probe_taken_at", "probe_ended_at", "probe_ok", "probe_code", "probe_vi", "probe_en")
    return made.on_conflict_do_update(
        index_elements=["name"], set_={"probe_id": made.excluded.probe_id} | dict.fromkeys(forgotten, null())
    )


ask_probe = {dialect: _asking(dialect) for dialect in INSERT}
_this_probe = (destination.c.name == _NAME, destination.c.probe_id == bindparam("b_probe"))
take_probe = (
    update(destination)
    .where(*_this_probe, destination.c.probe_taken_at.is_(None))
    .values(probe_taken_at=ledger_now())
    .returning(destination.c.name)
)
end_probe = (
    update(destination)
    .where(*_this_probe)
    .values(
        probe_ended_at=ledger_now(), probe_ok=bindparam("n_ok"), probe_code=bindparam("n_code"),
        probe_vi=bindparam("n_vi"), probe_en=bindparam("n_en"),
    )
)  # fmt: skip

_SAID = columns(maintenance, "cancelled_at", "cancelled_by", "starts_at", "created_at")
_starts: Any = func.coalesce(bindparam("starts_at", type_=maintenance.c.starts_at.type), ledger_now())
add_window = insert(maintenance).values(
    **{name: bindparam(name) for name in _SAID}, starts_at=_starts, created_at=ledger_now()
)
window = select(maintenance, ledger_now().label("now")).where(maintenance.c.id == bindparam("b_id"))
cancel_window = (
    update(maintenance)
    .where(maintenance.c.id == bindparam("b_id"), maintenance.c.cancelled_at.is_(None))
    .values(cancelled_at=ledger_now(), cancelled_by=bindparam("n_by"))
)

# -- what is held back ------------------------------------------------------------------------------------------------

subjects = select(delivery.c.id, delivery.c.subject).where(among(delivery.c.id, "ids"))
hold = Many(update(outbox).where(outbox.c.delivery_id == bindparam("b_id")).values(held_for=bindparam("n_held_for")))
waiting_page = (
    select(outbox.c.delivery_id, outbox.c.held_for, delivery.c.destination, delivery.c.subject)
    .join(delivery, delivery.c.id == outbox.c.delivery_id)
    .where(outbox.c.delivery_id > bindparam("b_after"))
    .order_by(outbox.c.delivery_id)
    .limit(bindparam("b_limit"))
    .with_for_update(of=outbox)
)
"""All that waits to be sent, a page at a time."""
anything_held = select(outbox.c.delivery_id).where(outbox.c.held_for.is_not(None)).limit(1)
count_held = (
    select(outbox.c.destination, outbox.c.held_for, func.count())
    .where(outbox.c.held_for.is_not(None))
    .group_by(outbox.c.destination, outbox.c.held_for)
)

# -- what ends without being sent -------------------------------------------------------------------------------------

lock_pending = (
    select(delivery.c.id, delivery.c.attempts, delivery.c.lane_id, delivery.c.destination)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.state == written(DeliveryState.PENDING))
    .with_for_update()
)
end_unsent = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(
        state=DeliveryState.CANCELLED, in_lane=False, next_attempt_at=null(), changed_at=bindparam("n_at"),
        attempts=bindparam("n_fence"), mapping_version=bindparam("n_version"), error_class=bindparam("n_class"),
        error_code=bindparam("n_code"), error_vi=bindparam("n_vi"), error_en=bindparam("n_en"), error_field=null(),
    )
)  # fmt: skip
insert_ended_attempt = insert(attempt)

# -- what was known before --------------------------------------------------------------------------------------------


def _knowing(dialect: str) -> Any:
    made = INSERT[dialect](known_dossier)
    return made.on_conflict_do_update(
        index_elements=["subject", "destination"],
        set_={name: made.excluded[name] for name in ("status", "confirmed_at", "imported_at", "imported_by")},
        where=known_dossier.c.confirmed_at < made.excluded.confirmed_at,
    )


know = Many(_knowing, columns(known_dossier))
known = select(known_dossier.c.subject).where(
    known_dossier.c.destination == bindparam("b_destination"), among(known_dossier.c.subject, "subjects")
)
known_of_subject = select(known_dossier).where(known_dossier.c.subject == bindparam("b_subject"))
lanes_by_key = select(lane.c.key, lane.c.accepted_once).where(among(lane.c.key, "keys"))
accept_lanes = (
    update(lane).where(among(lane.c.id, "ids", numbers=True), ~lane.c.accepted_once).values(accepted_once=true())
)
