"""Every statement of the watch, in the order an alert meets them; no logic."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, cast, delete, exists, func, literal_column, or_, select, update

from gateway.ledger.alerts.tables import alert, backlog_sample, notice, source_heard, watch_mark
from gateway.ledger.many import Many, among, columns, if_new, is_in
from gateway.ledger.tables import delivery, message, tally
from gateway.ledger.types import BigKey
from gateway.message import OPEN, DeliveryState

_this = alert.c.id == bindparam("b_id")
_still_open = alert.c.closed_at.is_(None)

open_alerts = select(alert).where(_still_open)
set_words = (
    update(alert)
    .where(_this, _still_open)
    .values(vi=bindparam("n_vi"), en=bindparam("n_en"), details=bindparam("n_details"))
)
set_clear_since = update(alert).where(_this, _still_open).values(clear_since=bindparam("n_at"))
close = update(alert).where(_this, _still_open).values(closed_at=bindparam("n_at"))

insert_notices = Many(if_new(notice, ["alert_id", "event", "channel"]), columns(notice))
told_of_opening = select(notice.c.channel).where(notice.c.alert_id == bindparam("b_id"), notice.c.event == "opened")
"""Who is told that an alert closed: whoever was to be told that it opened, whatever is configured by now."""

_due = notice.c.state == literal_column("'due'")
_opening = notice.alias("opening")
due_notices = (
    select(notice.c.created_at, notice.c.event, notice.c.channel, notice.c.tries, *alert.c)
    .join(alert, alert.c.id == notice.c.alert_id)
    .where(
        _due,
        notice.c.channel == bindparam("b_channel"),
        notice.c.due_at <= bindparam("b_now"),
        or_(
            notice.c.event == "opened",
            ~exists().where(
                _opening.c.alert_id == notice.c.alert_id,
                _opening.c.channel == notice.c.channel,
                _opening.c.event == "opened",
                _opening.c.state == literal_column("'due'"),
            ),
        ),
    )
    .order_by(notice.c.due_at)
    .limit(bindparam("b_limit"))
    .with_for_update(of=notice, skip_locked=True)
)
any_due = select(notice.c.channel).where(_due, notice.c.channel == bindparam("b_channel"))
any_due = any_due.where(notice.c.due_at <= bindparam("b_now")).limit(1)
_this_notice = and_(
    notice.c.alert_id == bindparam("b_id"),
    notice.c.event == bindparam("b_event"),
    notice.c.channel == bindparam("b_channel"),
    _due,
)
take_notice = update(notice).where(_this_notice).values(tries=notice.c.tries + 1, due_at=bindparam("n_due"))
settle_notice = (
    update(notice)
    .where(_this_notice)
    .values(
        state=bindparam("n_state"), due_at=bindparam("n_due"), sent_at=bindparam("n_sent"), error=bindparam("n_error")
    )
)
notices_of = select(notice).where(among(notice.c.alert_id, "ids")).order_by(notice.c.created_at, notice.c.channel)

marks = select(watch_mark)
one_mark = select(watch_mark.c.at).where(watch_mark.c.name == bindparam("b_name"))
move_mark = update(watch_mark).where(watch_mark.c.name == bindparam("b_name")).values(at=bindparam("n_at"))
insert_mark = Many(if_new(watch_mark, ["name"]), columns(watch_mark))
drop_marks = delete(watch_mark).where(among(watch_mark.c.name, "names"))

who_spoke = (
    select(message.c.source, message.c.client, func.max(message.c.accepted_at).label("last_at"))
    .where(message.c.accepted_at >= bindparam("b_since"))
    .group_by(message.c.source, message.c.client)
)
heard = select(source_heard).where(source_heard.c.last_at >= bindparam("b_since"))
hear_again = (
    update(source_heard)
    .where(
        source_heard.c.source == bindparam("b_source"),
        source_heard.c.client == bindparam("b_client"),
        source_heard.c.last_at < bindparam("n_at"),
    )
    .values(last_at=bindparam("n_at"))
)
insert_heard = Many(if_new(source_heard, ["source", "client"]), columns(source_heard))

unclear = (
    select(delivery.c.destination, func.count().label("number"), func.min(delivery.c.changed_at).label("since"))
    .where(is_in(delivery.c.state, DeliveryState.UNCERTAIN))
    .group_by(delivery.c.destination)
)

open_count = (
    select(delivery.c.destination, func.count().label("number"))
    .where(is_in(delivery.c.state, *OPEN))
    .group_by(delivery.c.state, delivery.c.destination)
)
ended_count = (
    select(tally.c.destination, cast(func.sum(tally.c.count), BigKey).label("number"))
    .where(or_(*(tally.c.state == state.value for state in sorted(frozenset(DeliveryState) - OPEN))))
    .group_by(tally.c.destination)
)
latest_samples = select(backlog_sample).where(
    backlog_sample.c.at == select(func.max(backlog_sample.c.at)).scalar_subquery()
)
insert_samples = Many(if_new(backlog_sample, ["destination", "at"]), columns(backlog_sample))
drop_samples = delete(backlog_sample).where(backlog_sample.c.at < bindparam("b_before"))
samples = select(backlog_sample).where(backlog_sample.c.at >= bindparam("b_since")).order_by(backlog_sample.c.at)
