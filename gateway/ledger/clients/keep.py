"""Clients and their keys. Runs inside a transaction given by the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger.clients import statements as sql
from gateway.ledger.clients.port import Clients, Configured, NewClient, NewKey, StoredClient, StoredKey
from gateway.ledger.names import not_a_persons
from gateway.ledger.port import AuditEntry
from gateway.ledger.trail import write_audit


def read(connection: Connection, unless: int | None) -> Clients | None:
    """The version first: what is committed in between is met at the next look."""
    version = connection.execute(sql.version).scalar() or 0
    if version == unless:
        return None
    return Clients(
        version,
        [_client(row) for row in connection.execute(sql.all_clients)],
        [_key(row) for row in connection.execute(sql.all_keys)],
    )


def add(connection: Connection, client: NewClient, key: NewKey, entry: AuditEntry, now: datetime) -> None:
    """See `gateway.ledger.clients.port`."""
    not_a_persons(connection, client.name)
    values = {
        "sources": list(client.sources), "agencies": list(client.agencies), "types": list(client.types),
        "rate": client.rate, "burst": client.burst, "amqp_user": client.amqp_user, "created_at": now,
        "created_by": entry.actor,
    }  # fmt: skip
    told = {"b_name": client.name} | {f"n_{name}": value for name, value in values.items()}
    if not _inserted(connection, {"name": client.name, "revoked_at": None, **values}) and not (
        connection.execute(sql.bring_back, told).rowcount
    ):
        raise StateError(
            f"Đã có client {client.name}; hãy chọn tên khác, hoặc `client rotate` để cấp khóa mới. / There is a client "
            f"{client.name}; choose another name, or give it a new key with `client rotate`."
        )
    connection.execute(sql.insert_key, _new(key, client.name, entry, now))
    _changed(connection, entry, now, {"key": key.id})


def rotate(
    connection: Connection,
    client: str,
    key: NewKey,
    old_ends: datetime,
    entry: AuditEntry,
    configured: Configured,
    now: datetime,
) -> Sequence[str]:
    """See `gateway.ledger.clients.port`."""
    row = connection.execute(sql.one_client, {"b_name": client}).first()
    old = _in_force(connection, client, configured, entry, now)
    revoked = row is not None and row.revoked_at is not None
    if configured is None and not old and (row is None or revoked):
        raise _unknown(client)
    if configured is not None and revoked:
        # What it may do stands in the configuration alone: a row in force would outlive its section there.
        connection.execute(sql.forget_client, {"b_name": client})
    for one in old:
        if one.ends_at is None or one.ends_at > old_ends:
            connection.execute(sql.end_key, {"b_digest": one.digest, "n_ends_at": old_ends})
    connection.execute(sql.insert_key, _new(key, client, entry, now))
    ids = [one.id for one in old]
    _changed(connection, entry, now, {"key": key.id, "ends": ids, "ends_at": old_ends.isoformat()})
    return ids


def revoke_key(
    connection: Connection, client: str, key_id: str, entry: AuditEntry, configured: Configured, now: datetime
) -> None:
    """See `gateway.ledger.clients.port`."""
    found = [one for one in _in_force(connection, client, configured, entry, now) if one.id == key_id]
    if not found:
        raise NotFoundError(
            f"Client {client} không có khóa {key_id} còn hiệu lực; xem `client list`. / The client {client} has no key "
            f"{key_id} in force; see `client list`."
        )
    for one in found:
        connection.execute(sql.revoke_key, {"b_digest": one.digest, "n_at": now})
    _changed(connection, entry, now, {"key": key_id})


def revoke(
    connection: Connection, client: str, entry: AuditEntry, configured: Configured, now: datetime
) -> Sequence[str]:
    """See `gateway.ledger.clients.port`."""
    row = connection.execute(sql.one_client, {"b_name": client}).first()
    keys = _in_force(connection, client, configured, entry, now)
    if row is None and configured is not None:
        nothing = {"sources": [], "agencies": [], "types": [], "rate": 0.0, "burst": 0, "amqp_user": ""}
        told = {"name": client, "created_at": now, "created_by": entry.actor, "revoked_at": now}
        _inserted(connection, nothing | told)
    elif row is not None and row.revoked_at is None:
        connection.execute(sql.revoke_client, {"b_name": client, "n_at": now})
    elif not keys:
        raise _unknown(client)
    for one in keys:
        connection.execute(sql.revoke_key, {"b_digest": one.digest, "n_at": now})
    ids = [one.id for one in keys]
    _changed(connection, entry, now, {"keys": ids})
    return ids


def note_uses(connection: Connection, uses: Mapping[str, datetime]) -> None:
    """See `gateway.ledger.clients.port`. In one order, so that two processes do not wait for each other in a ring."""
    sql.note_use.run(connection, [{"b_digest": digest, "n_at": at} for digest, at in sorted(uses.items())])


def _inserted(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether there was none of this name, also none that somebody else is just adding."""
    return bool(connection.execute(sql.insert_client(connection.dialect.name), row).rowcount)


def _in_force(
    connection: Connection, client: str, configured: Configured, entry: AuditEntry, now: datetime
) -> list[StoredKey]:
    """The client's keys that count now, those of the configuration included, which get rows of their own."""
    sql.insert_configured.run(connection, [_new(one, client, entry, now) for one in configured or ()])
    keys = [_key(row) for row in connection.execute(sql.keys_of, {"b_client": client})]
    return [one for one in keys if one.in_force(now)]


def _changed(connection: Connection, entry: AuditEntry, now: datetime, details: dict[str, Any]) -> None:
    sql.begin_version.run(connection, [{"what": "clients", "version": 0}])
    connection.execute(sql.next_version)
    write_audit(connection, entry, now, details)


def _new(key: NewKey, client: str, entry: AuditEntry, now: datetime) -> dict[str, Any]:
    return {
        "digest": key.digest, "id": key.id, "client": client, "created_at": now, "created_by": entry.actor,
        "ends_at": None, "revoked_at": None, "used_at": None,
    }  # fmt: skip


def _client(row: Any) -> StoredClient:
    client = NewClient(
        row.name, tuple(row.sources), tuple(row.agencies), tuple(row.types), row.rate, row.burst, row.amqp_user
    )
    return StoredClient(client, row.created_at, row.created_by, row.revoked_at)


def _key(row: Any) -> StoredKey:
    return StoredKey(
        row.id, row.digest, row.client, row.created_at, row.created_by, row.ends_at, row.revoked_at, row.used_at
    )


def _unknown(client: str) -> NotFoundError:
    return NotFoundError(
        f"Không có client {client} đang hiệu lực; xem `client list`. / No client {client} is in force; see "
        "`client list`."
    )
