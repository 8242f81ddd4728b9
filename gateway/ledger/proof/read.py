"""Taking evidence out of the log: entries, and the proof of each against the newest checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from gateway.errors import GoneError, NotFoundError
from gateway.ledger.proof import retiring_statements as retiring_sql
from gateway.ledger.proof import statements as sql
from gateway.ledger.proof.append import stored_tiles
from gateway.ledger.proof.port import Evidence, Growth
from gateway.ledger.proof.retiring import Bound, bound_of
from gateway.security import merkle
from gateway.security.receipts import Proven
from mappings.convert import VIETNAM

_PAGE = 500
_MOST_TRIED = 2000
"""Attempts of a delivery whose rows are removed; nobody knows any more how many they were."""


def receipts(connection: Connection, key: str) -> Evidence | None:
    """See `gateway.ledger.proof.port`."""
    rows = connection.execute(sql.attempts_of, {"b_key": key}).all()
    if not rows:
        refs = [f"{key}#{number}" for number in range(1, _MOST_TRIED + 1)]
        known = connection.execute(sql.entries_by_ref, {"refs": refs}).all()
        if any(row.leaf for row in known):
            return _evidence(connection, known)
        if known and known[-1].retired_at:
            raise _gone(key, known[-1].retired_at)
        raise NotFoundError(f"Không có lượt gửi hay thông điệp {key}. / There is no delivery and no message {key}.")
    refs = [f"{row.id}#{number}" for row in rows for number in range(1, row.attempts + 1)]
    if connection.execute(sql.still_unchained, {"refs": refs}).first() is not None:
        return None
    return _evidence(connection, connection.execute(sql.entries_by_ref, {"refs": refs}).all())


def audit_evidence(
    connection: Connection, since: datetime | None, until: datetime | None, limit: int
) -> Evidence | None:
    """See `gateway.ledger.proof.port`. The log follows the clock, but for rows that committed late: a page more."""
    found: list[Any] = []
    before, older, bound = 1 << 62, 0, bound_of(connection)
    while len(found) < limit and older < _PAGE:
        asked = {"b_before": before, "b_from": bound.upto, "b_limit": _PAGE}
        rows = connection.execute(sql.audit_entries, asked).all()
        for row in (row for row in rows if row.leaf):
            at = datetime.fromisoformat(orjson.loads(row.leaf)["at"])
            older = older + 1 if since is not None and at < since else 0
            if (since is None or at >= since) and (until is None or at < until):
                found.append(row)
        if len(rows) < _PAGE:
            break
        before = rows[-1].position
    if len(found) >= limit or not bound.upto or (since is not None and _day(since) > bound.day):
        return _evidence(connection, found[:limit][::-1])
    return _across(connection, found, bound)


def _across(connection: Connection, found: Sequence[Any], bound: Bound) -> Evidence | None:
    """With the newest entry in the log that says how far entries were removed; None while there is none.

    While removing goes on, a portion a moment, what says so of the last portions is about to be chained.
    """
    saying = connection.execute(retiring_sql.newest_said).all()
    if not saying:
        return None
    rows = {row.position: row for row in (*found, *saying)}
    return _evidence(connection, [rows[position] for position in sorted(rows)], bound.day)


def _day(at: datetime) -> str:
    return at.astimezone(VIETNAM).date().isoformat()


def growth(connection: Connection, old: int) -> Growth | None:
    """See `gateway.ledger.proof.port`."""
    checkpoint = connection.execute(sql.newest_checkpoint).one_or_none()
    if checkpoint is None:
        return None
    return Growth(old, checkpoint.note, merkle.consistency(old, checkpoint.size, stored_tiles(connection)))


def _evidence(connection: Connection, rows: Sequence[Any], removed: str | None = None) -> Evidence | None:
    checkpoint = connection.execute(sql.newest_checkpoint).one_or_none()
    if checkpoint is None:
        return None
    tiles = stored_tiles(connection)
    return Evidence(
        checkpoint.note,
        [
            Proven(row.position, bytes(row.leaf), merkle.inclusion(row.position, checkpoint.size, tiles))
            for row in rows
            if row.position < checkpoint.size and row.leaf
        ],
        removed,
    )


def _gone(key: str, at: datetime) -> GoneError:
    day = _day(at)
    return GoneError(
        f"Biên nhận của {key} đã bị xóa ngày {day}, quá thời hạn giữ (retention.receipts); tệp biên nhận lấy ra trước "
        f"đó vẫn kiểm được. / The receipts of {key} were removed on {day}, their time (retention.receipts) was over; "
        "files taken before still verify."
    )
