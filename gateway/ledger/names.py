"""A name is a person's or a sender's, never both: who did something stands in the audit by name alone."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from gateway.errors import StateError
from gateway.ledger.clients.tables import client, client_version
from gateway.ledger.many import Many, if_new
from gateway.ledger.users.tables import user

_KEY = "names"
_sender = select(client.c.name).where(client.c.name == bindparam("b_name"))
_person = select(user.c.name).where(user.c.name == bindparam("b_name"))
_begin = Many(if_new(client_version, ["what"]), ["what", "version"])
_hold = update(client_version).where(client_version.c.what == _KEY).values(version=client_version.c.version + 1)


def not_a_senders(connection: Connection, name: str) -> None:
    """Raises `StateError` for the name of a sending system, revoked or not, until this transaction ends."""
    _take_turns(connection)
    if connection.execute(_sender, {"b_name": name}).first() is not None:
        raise StateError(
            f"{name} là tên của một hệ thống gửi; hãy chọn tên khác. / {name} is the name of a sending system; choose "
            "another name."
        )


def not_a_persons(connection: Connection, name: str) -> None:
    """Raises `StateError` for the name of somebody who may sign in, disabled or not, until this transaction ends."""
    _take_turns(connection)
    if connection.execute(_person, {"b_name": name}).first() is not None:
        raise StateError(
            f"{name} là tên của một người dùng; hãy chọn tên khác. / {name} is the name of a user; choose another name."
        )


def _take_turns(connection: Connection) -> None:
    """One row that both kinds of additions change: of two at once, the second sees what the first has added."""
    _begin.run(connection, [{"what": _KEY, "version": 0}])
    connection.execute(_hold)
