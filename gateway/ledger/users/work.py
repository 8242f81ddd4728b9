"""People and their sessions, inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger.names import not_a_senders
from gateway.ledger.port import AuditEntry
from gateway.ledger.trail import write_audit
from gateway.ledger.users import statements as sql
from gateway.ledger.users.port import Session, User, UserChange


def as_user(row: Any) -> User:
    """A row as a value."""
    return User(
        row.name, row.role, row.password, row.must_change, row.disabled, row.failures, row.locked_until, row.subject,
        row.created_at, row.signed_in_at,
    )  # fmt: skip


def add(connection: Connection, user: User, entry: AuditEntry, now: datetime) -> None:
    """See `gateway.ledger.users.port`."""
    not_a_senders(connection, user.name)
    row = {
        "name": user.name, "role": user.role, "password": user.password, "must_change": user.must_change,
        "disabled": user.disabled, "failures": 0, "locked_until": None, "subject": user.subject, "created_at": now,
        "signed_in_at": None,
    }  # fmt: skip
    if connection.execute(sql.add(connection.dialect.name), row).rowcount == 0:
        raise StateError(
            f"Đã có người dùng tên {user.name}; hãy chọn tên khác. / There is a user {user.name} already; choose "
            "another name."
        )
    write_audit(connection, entry, now)


def change(connection: Connection, name: str, wanted: UserChange, entry: AuditEntry, now: datetime) -> User:
    """See `gateway.ledger.users.port`."""
    if wanted.disabled or wanted.role is not None:
        connection.execute(sql.administrators_to_change).all()  # else two could take the right from one another at once
    row = connection.execute(sql.by_name_to_change, {"b_name": name}).first()
    if row is None:
        raise nobody(name)
    before = as_user(row)
    disabled = before.disabled if wanted.disabled is None else wanted.disabled
    role = wanted.role or before.role
    if before.role == "administrator" and not before.disabled and (disabled or role != "administrator"):
        _need_another_administrator(connection, name)
    anew = wanted.password is not None
    told = {
        "b_name": name, "n_role": role, "n_disabled": disabled, "n_password": wanted.password or before.password,
        "n_must_change": wanted.must_change if anew else before.must_change,
        "n_failures": 0 if anew else before.failures, "n_locked_until": None if anew else before.locked_until,
    }  # fmt: skip
    connection.execute(sql.change, told)
    connection.execute(sql.end_of, {"b_name": name})
    write_audit(connection, entry, now)
    return as_user(connection.execute(sql.by_name, {"b_name": name}).one())


def _need_another_administrator(connection: Connection, name: str) -> None:
    if connection.execute(sql.other_administrators, {"b_name": name}).scalar_one() == 0:
        raise StateError(
            f"{name} là quản trị viên cuối cùng; hãy giao vai trò đó cho người khác trước. / {name} is the last "
            "administrator; give somebody else that role first."
        )


def note_wrong_password(
    connection: Connection, name: str, delays: Sequence[timedelta], now: datetime
) -> timedelta | None:
    """See `gateway.ledger.users.port`."""
    row = connection.execute(sql.by_name_to_change, {"b_name": name}).first()
    if row is None:
        return None
    failures = row.failures + 1
    delay: timedelta = delays[min(failures, len(delays)) - 1]
    told = {"b_name": name, "n_failures": failures, "n_locked_until": now + delay if delay else None}
    connection.execute(sql.lock, told)
    return delay


def open_session(
    connection: Connection,
    digest: bytes,
    name: str,
    ends_at: datetime,
    entry: AuditEntry,
    now: datetime,
    proof: str | None = None,
) -> None:
    """See `gateway.ledger.users.port`."""
    told = {"b_name": name, "n_now": now}
    if proof is None:
        found = connection.execute(sql.signed_in, told).rowcount
    else:
        found = connection.execute(sql.signed_in_by_password, told | {"b_password": proof}).rowcount
    if not found:
        raise nobody(name)
    connection.execute(sql.end_old, {"b_now": now})
    row = {"digest": digest, "name": name, "created_at": now, "seen_at": now, "ends_at": ends_at}
    connection.execute(sql.open_session, row)
    write_audit(connection, entry, now)


def session(connection: Connection, digest: bytes, now: datetime) -> Session | None:
    """See `gateway.ledger.users.port`."""
    row = connection.execute(sql.session_of, {"b_digest": digest, "b_now": now}).first()
    if row is None:
        return None
    return Session(row.digest, row.name, row.role, row.must_change, row.created_at, row.seen_at, row.ends_at)


def end_sessions(connection: Connection, name: str, entry: AuditEntry, now: datetime) -> int:
    """See `gateway.ledger.users.port`."""
    if connection.execute(sql.by_name, {"b_name": name}).first() is None:
        raise nobody(name)
    count: int = connection.execute(sql.end_of, {"b_name": name}).rowcount
    write_audit(connection, entry, now, {"sessions": count})
    return count


def nobody(name: str) -> NotFoundError:
    return NotFoundError(
        f"Không có người dùng {name} (hoặc đã bị khóa hẳn); xem `user list`. / There is no user {name}, or it is "
        "disabled; see `user list`."
    )
