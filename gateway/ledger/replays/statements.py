"""Every statement about replay jobs, in the order in which a job meets them; no logic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)

from gateway.ledger.many import Many, written
from gateway.ledger.replays.tables import replay_item, replay_job
from gateway.ledger.tables import attempt, delivery
from gateway.message import DeliveryState

S = DeliveryState
_item, _job = replay_item.c, replay_job.c


def item_is(state: str, table: Any = replay_item) -> ColumnElement[bool]:
    """An item stands in this state, in the words of the partial indexes."""
    return table.c.state == literal_column(f"'{state}'")  # type: ignore[no-any-return]


def is_open() -> ColumnElement[bool]:
    """Its job is not done with it: in the words of `replay_item_once`."""
    return or_(item_is("planned"), item_is("sent"))


insert_job = insert(replay_job)
finish_insert = update(replay_job).where(_job.id == bindparam("b_job")).values(total=bindparam("n_total"))

COPIED = ("job_id", "delivery_id", "place", "lane_id", "state", "cause")


def freeze(wanted: list[ColumnElement[bool]], needless: ColumnElement[bool], cause: str) -> Any:
    """Put on a job's list what is wanted, in its order: lane after lane, within a lane by position."""
    place = func.row_number().over(order_by=(func.coalesce(delivery.c.lane_id, 0), delivery.c.position, delivery.c.id))
    chosen = select(
        bindparam("b_job", type_=Text()),
        delivery.c.id,
        place,
        delivery.c.lane_id,
        case((needless, literal_column("'needless'")), else_=literal_column("'planned'")),
        case((needless, literal_column(f"'{cause}'")), else_=null()),
    ).where(*wanted)
    return insert(replay_item).from_select(list(COPIED), chosen)


frozen_ids = select(_item.delivery_id).where(_item.job_id == bindparam("b_job"))
how_many = select(func.count()).select_from(replay_item).where(_item.job_id == bindparam("b_job"))

job = select(replay_job).where(_job.id == bindparam("b_job"))
lock_job = job.with_for_update()
"""First of all, by whoever changes a job or its list: two who work on it do so one after the other."""

moving = select(_job.id).where(_job.watched).order_by(_job.id)
"""The jobs that run, and those of which something is under way."""
watch_no_more = update(replay_job).where(_job.id == bindparam("b_job")).values(watched=False)

_holder = delivery.alias("holder")
_stuck_behind = (
    select(_holder.c.id)
    .where(
        _holder.c.lane_id == delivery.c.lane_id,
        _holder.c.in_lane,
        or_(*(_holder.c.state == written(state) for state in (S.DEAD, S.REFUSED, S.UNCERTAIN))),
    )
    .limit(1)
    .scalar_subquery()
)
outcomes = (
    select(
        _item.place,
        _item.step,
        delivery.c.state,
        delivery.c.error_code,
        case((delivery.c.state == written(S.HELD), _stuck_behind), else_=null()).label("behind"),
    )
    .join(delivery, delivery.c.id == _item.new_id)
    .where(_item.job_id == bindparam("b_job"), item_is("sent"))
    .order_by(_item.place)
)
"""How the deliveries stand that were sent and not final at the last look; `behind`: what a held one is stuck behind."""

note_items = Many(
    update(replay_item)
    .where(_item.job_id == bindparam("b_job"), _item.place == bindparam("b_place"))
    .values(state=bindparam("n_state"), cause=bindparam("n_cause"), new_id=bindparam("n_new"))
)
note_outcomes = Many(
    update(replay_item)
    .where(_item.job_id == bindparam("b_job"), _item.place == bindparam("b_place"), item_is("sent"))
    .values(state=bindparam("n_state"), cause=bindparam("n_cause"))
)

step_counts = (
    select(_item.state, func.count().label("times"))
    .where(_item.job_id == bindparam("b_job"), _item.step == bindparam("b_step"))
    .group_by(_item.state)
)
step_causes = (
    select(_item.cause, func.count().label("times"))
    .where(_item.job_id == bindparam("b_job"), _item.step == bindparam("b_step"), item_is("failed"))
    .group_by(_item.cause)
)
counts = (
    select(_item.step, _item.state, func.count().label("times"))
    .where(_item.job_id == bindparam("b_job"))
    .group_by(_item.step, _item.state)
    .order_by(_item.step)
)
latest_times = (
    select(attempt.c.started_at, attempt.c.ended_at)
    .join(replay_item, _item.new_id == attempt.c.delivery_id)
    .where(_item.job_id == bindparam("b_job"), _item.step == bindparam("b_step"), attempt.c.ended_at.is_not(None))
    .order_by(attempt.c.ended_at.desc())
    .limit(bindparam("b_limit"))
)
"""When the latest attempts of a step began and ended."""

in_no_step = (
    select(_item.place).where(_item.job_id == bindparam("b_job"), item_is("planned"), _item.step.is_(None)).limit(1)
)

_before = replay_item.alias("before")
next_turns = (
    select(_item.place)
    .select_from(
        replay_item.outerjoin(
            _before,
            and_(_before.c.job_id == _item.job_id, _before.c.place == _item.place - 1),
        )
    )
    .where(
        _item.job_id == bindparam("b_job"),
        item_is("planned"),
        _item.step.is_(None),
        or_(
            _before.c.place.is_(None),
            _item.lane_id.is_(None),
            _before.c.lane_id.is_distinct_from(_item.lane_id),
            ~or_(item_is("planned", _before), item_is("sent", _before)),
        ),
    )
    .order_by(_item.place)
    .limit(bindparam("b_limit"))
)
"""Whose turn is next: of each lane the first, and that only when the one before it has come to its end."""

give_turn = Many(
    update(replay_item)
    .where(_item.job_id == bindparam("b_job"), _item.place == bindparam("b_place"))
    .values(step=bindparam("n_step"))
)
take_turns_back = update(replay_item).where(_item.job_id == bindparam("b_job"), item_is("planned")).values(step=None)
begin_step = (
    update(replay_job)
    .where(_job.id == bindparam("b_job"))
    .values(step=bindparam("n_step"), rung=bindparam("n_rung"), changed_at=bindparam("n_at"))
)

turns = (
    select(_item.place, _item.delivery_id, _item.lane_id)
    .where(_item.job_id == bindparam("b_job"), item_is("planned"), _item.step == bindparam("b_step"))
    .order_by(_item.place)
    .limit(bindparam("b_limit"))
)
"""Of the present step, what is still to be sent."""

lane_held_by = (
    select(delivery.c.id)
    .where(
        delivery.c.lane_id == bindparam("b_lane"),
        delivery.c.in_lane,
        delivery.c.id != bindparam("b_id"),
        or_(delivery.c.state == written(S.DEAD), delivery.c.state == written(S.REFUSED)),
    )
    .limit(1)
)
"""What else in a lane has failed and holds it."""

change_job = (
    update(replay_job)
    .where(_job.id == bindparam("b_job"))
    .values(
        state=bindparam("n_state"),
        rung=bindparam("n_rung"),
        verdict=bindparam("n_verdict"),
        watched=bindparam("n_watched"),
        changed_at=bindparam("n_at"),
        ended_at=bindparam("n_ended"),
    )
)
leave_planned = (
    update(replay_item)
    .where(_item.job_id == bindparam("b_job"), item_is("planned"))
    .values(state="left", cause=bindparam("n_cause"))
)
anything_sent = select(_item.place).where(_item.job_id == bindparam("b_job"), item_is("sent")).limit(1)
anything_open = select(_item.place).where(_item.job_id == bindparam("b_job"), is_open()).limit(1)

jobs_page = select(replay_job).order_by(_job.id.desc()).limit(bindparam("b_limit"))
items_page = (
    select(
        replay_item,
        func.coalesce(delivery.c.subject, "").label("subject"),
        func.coalesce(delivery.c.destination, "").label("destination"),
    )
    .outerjoin(delivery, delivery.c.id == _item.delivery_id)
    .where(_item.job_id == bindparam("b_job"), _item.place > bindparam("b_after"))
    .order_by(_item.place)
    .limit(bindparam("b_limit"))
)
"""A delivery whose rows were removed since is still on the list, by its id."""
