"""Every statement about people and their sessions; no logic."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select, update

from gateway.ledger.many import if_new
from gateway.ledger.users.tables import session, user

add = if_new(user)
everybody = select(user).order_by(user.c.name)
by_name = select(user).where(user.c.name == bindparam("b_name"))
by_name_to_change = by_name.with_for_update()
by_subject = select(user).where(user.c.subject == bindparam("b_subject"))
administrators_to_change = (
    select(user.c.name).where(user.c.role == "administrator").order_by(user.c.name).with_for_update()
)
"""In one order, so that two who change them wait for one another."""
other_administrators = (
    select(func.count())
    .select_from(user)
    .where(user.c.role == "administrator", user.c.disabled.is_(False), user.c.name != bindparam("b_name"))
)
change = (
    update(user)
    .where(user.c.name == bindparam("b_name"))
    .values(
        role=bindparam("n_role"),
        disabled=bindparam("n_disabled"),
        password=bindparam("n_password"),
        must_change=bindparam("n_must_change"),
        failures=bindparam("n_failures"),
        locked_until=bindparam("n_locked_until"),
    )
)
lock = (
    update(user)
    .where(user.c.name == bindparam("b_name"))
    .values(failures=bindparam("n_failures"), locked_until=bindparam("n_locked_until"))
)
signed_in = (
    update(user)
    .where(user.c.name == bindparam("b_name"), user.c.disabled.is_(False))
    .values(failures=0, locked_until=None, signed_in_at=bindparam("n_now"))
)
signed_in_by_password = signed_in.where(
    user.c.password == bindparam("b_password"),
    user.c.locked_until.is_(None) | (user.c.locked_until <= bindparam("n_now")),
)

open_session = insert(session)
session_of = (
    select(session, user.c.role, user.c.must_change)
    .join(user, user.c.name == session.c.name)
    .where(
        session.c.digest == bindparam("b_digest"), session.c.ends_at > bindparam("b_now"), user.c.disabled.is_(False)
    )
)
touch = update(session).where(session.c.digest == bindparam("b_digest")).values(seen_at=bindparam("n_now"))
end = delete(session).where(session.c.digest == bindparam("b_digest"))
end_of = delete(session).where(session.c.name == bindparam("b_name"))
end_old = delete(session).where(session.c.ends_at <= bindparam("b_now"))
