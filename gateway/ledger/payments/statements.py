"""Every statement about payments, in the order a payment meets them; no logic."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, insert, literal_column, select, update

from gateway.ledger.clock import from_now, ledger_now
from gateway.ledger.many import Many, columns, if_new
from gateway.ledger.payments.tables import payment
from gateway.ledger.tables import attempt, delivery, message, outbox
from gateway.message import DeliveryState

_one = and_(payment.c.destination == bindparam("b_destination"), payment.c.reference == bindparam("b_reference"))
_open = payment.c.state == literal_column("'open'")

insert_payments = Many(insert(payment), columns(payment))
insert_if_new = Many(if_new(payment, ["destination", "reference"]), columns(payment))

delivery_of_begin = select(delivery.c.id, delivery.c.destination, delivery.c.subject, delivery.c.message_id)
"""What a payment takes from the delivery that opens it."""

find = select(payment).where(_one)
lock = find.with_for_update()
of_subject = select(payment).where(payment.c.subject == bindparam("b_subject")).order_by(payment.c.opened_at)
lock_subject = of_subject.with_for_update()
"""All attempts of a dossier: locked, so that of two that are paid at once one is the second."""

receipts = (
    select(message.c.id, message.c.body, message.c.body_form, message.c.key_id, message.c.wrapped_key,
           attempt.c.delivery_id, attempt.c.answer, attempt.c.answer_key_id)
    .join(delivery, delivery.c.message_id == message.c.id)
    .join(attempt, attempt.c.delivery_id == delivery.c.id)
    .where(
        message.c.subject == bindparam("b_subject"),
        message.c.type == bindparam("b_type"),
        delivery.c.state == DeliveryState.DELIVERED,
        attempt.c.answer.is_not(None),
    )
    .order_by(message.c.seq, attempt.c.number)
)  # fmt: skip
"""What was answered to requests for receipts of a dossier."""

unwatched = (
    select(payment)
    .where(_open, ~payment.c.watched, payment.c.opened_at < bindparam("b_before"))
    .order_by(payment.c.opened_at)
    .limit(bindparam("b_limit"))
)
unopened = (
    select(payment)
    .where(
        _open,
        ~payment.c.page_known,
        ~payment.c.told_not_opened,
        payment.c.opened_at < bindparam("b_before"),
    )
    .order_by(payment.c.opened_at)
    .limit(bindparam("b_limit"))
)

set_watched = update(payment).where(_one, _open, ~payment.c.watched).values(watched=True)
set_told = update(payment).where(_one, _open, ~payment.c.page_known, ~payment.c.told_not_opened)
set_told = set_told.values(told_not_opened=True)
set_page_known = update(payment).where(_one).values(page_known=True)
set_void = update(payment).where(_one, _open).values(state="void")
conclude = (
    update(payment)
    .where(_one)
    .values(
        state=bindparam("n_state"),
        transaction=bindparam("n_transaction"),
        concluded_at=bindparam("n_at"),
        refund=bindparam("n_refund"),
    )
)

waiting_watch = (
    select(delivery.c.id, delivery.c.destination, delivery.c.subject)
    .join(message, message.c.id == delivery.c.message_id)
    .where(
        message.c.source_id == bindparam("b_source_id"),
        message.c.source == bindparam("b_source"),
        delivery.c.state == DeliveryState.WAITING,
    )
)
"""The delivery that would ask about a payment later on."""

due_now = (
    update(outbox)
    .where(outbox.c.delivery_id == bindparam("b_id"))
    .values(due_at=ledger_now(), offered_until=from_now("n_offered_for"))
)

lock_uncertain = (
    select(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.state == DeliveryState.UNCERTAIN)
    .with_for_update()
)
settle_uncertain = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.state == DeliveryState.UNCERTAIN)
    .values(
        state=bindparam("n_state"),
        in_lane=bindparam("n_in_lane"),
        delivered_at=bindparam("n_delivered"),
        changed_at=bindparam("now"),
    )
)
"""An uncertain delivery is settled by proof: no attempt is under way, so none is ended."""
