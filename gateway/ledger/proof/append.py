"""Chaining: what stands unchained becomes entries, tiles and a signed checkpoint, in a transaction of the caller."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Connection

from gateway.errors import GatewayError
from gateway.ledger.hot import on_postgresql
from gateway.ledger.proof import statements as sql
from gateway.security import merkle
from gateway.security.notes import Signer
from mappings.convert import VIETNAM


def append(connection: Connection, signer: Signer, limit: int, now: datetime) -> int:
    """How many became entries. Raises `OtherSignerError`."""
    if on_postgresql(connection):
        connection.exec_driver_sql(sql.lock_log)
    rows = sql.unchained_leaves.run(connection, {"b_limit": limit})
    if not rows:
        return 0
    _refuse_other(connection, signer)
    size = connection.execute(sql.size).scalar() or 0
    read = stored_tiles(connection)
    changed = merkle.append(size, [merkle.leaf_hash(row.leaf) for row in rows], read)
    seqs = [row.seq for row in rows]
    connection.execute(sql.log_chained, {"b_size": size, "seqs": seqs})
    connection.execute(sql.drop_chained, {"seqs": seqs})
    tiles = [{"level": level, "number": number, "hashes": hashes} for (level, number), hashes in changed.items()]
    sql.write_tiles.run(connection, tiles)
    grown = size + len(rows)
    root = merkle.root(grown, lambda level, number: changed.get((level, number)) or read(level, number))
    note = signer.sign(grown, root, now)
    day = now.astimezone(VIETNAM).date().isoformat()
    sql.write_checkpoint.run(connection, [{"day": day, "size": grown, "note": note, "at": now}])
    return len(rows)


class OtherSignerError(GatewayError):
    """The log was signed under another name: this process has another data folder's key."""


def _refuse_other(connection: Connection, signer: Signer) -> None:
    newest = connection.execute(sql.newest_checkpoint).one_or_none()
    name = newest.note.partition("\n")[0] if newest else signer.public.name
    if name != signer.public.name:
        raise OtherSignerError(
            f"Sổ chứng do khóa {name} ký, còn thư mục dữ liệu này giữ khóa {signer.public.name}; hãy chép signing.json "
            f"của bản cài đặt vào đây. / The log is signed by {name}, and this data folder holds {signer.public.name}; "
            "copy the installation's signing.json here."
        )


def stored_tiles(connection: Connection) -> merkle.Tile:
    """The tiles as the ledger has them, each read once."""

    @cache
    def read(level: int, number: int) -> bytes:
        found: bytes | None = connection.execute(sql.read_tile, {"b_level": level, "b_number": number}).scalar()
        return found or b""

    return read
