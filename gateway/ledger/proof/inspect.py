"""Looking for what was changed behind the log's back: rows, entries, tree and signed days against each other."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Connection

from gateway.ledger.proof import retiring_statements as retiring_sql
from gateway.ledger.proof import statements as sql
from gateway.ledger.proof.append import stored_tiles
from gateway.ledger.proof.leaves import audit_leaf
from gateway.ledger.proof.retiring import audit_seq, bound_of, digest_of_kept
from gateway.security import merkle
from gateway.security.notes import NoteError, PublicKey, read_note
from gateway.security.receipts import REMOVAL

_END = 1 << 62


def audit_flaws(connection: Connection, limit: int) -> list[str]:
    """See `gateway.ledger.proof.port`."""
    rows = _by_ref(connection.execute(sql.newest_audit, {"b_limit": limit}))
    oldest = min(map(audit_seq, rows), default=0)
    bound = bound_of(connection)
    newest = connection.execute(sql.audit_entries, {"b_before": _END, "b_from": bound.upto, "b_limit": limit})
    there = [row.ref for row in newest if audit_seq(row.ref) >= oldest]
    evidence = [row.ref for row in connection.execute(retiring_sql.kept_audit)]
    rows |= _by_ref(connection.execute(retiring_sql.audit_rows, {"seqs": list(map(audit_seq, evidence))}))
    logged = {row.ref: bytes(row.leaf) for row in connection.execute(sql.unchained_audit)}
    logged |= {row.ref: bytes(row.leaf) for row in connection.execute(sql.entries_by_ref, {"refs": list(rows)})}
    flaws = [f"{ref}: đã bị đổi / changed" for ref, leaf in rows.items() if ref in logged and logged[ref] != leaf]
    flaws += [f"{ref}: không có trong sổ chứng / not in the log" for ref in rows if ref not in logged]
    return flaws + [f"{ref}: đã bị xóa / removed" for ref in (*there, *evidence) if ref not in rows]


def _by_ref(rows: Iterable[Any]) -> dict[str, bytes]:
    return {f"audit/{row.seq}": audit_leaf(row) for row in rows}


def tile_flaws(connection: Connection, first: int, count: int) -> tuple[list[str], bool]:
    """See `gateway.ledger.proof.port`. Each tile is compared with its entries, and its root with the tile above.

    Of an entry that may be empty nothing but its hash is left: it is there, in its place, or the tile has too many.
    """
    size = connection.execute(sql.size).scalar() or 0
    span = {"b_from": first * merkle.WIDTH, "b_to": (first + count) * merkle.WIDTH}
    found = connection.execute(sql.entries_between, span)
    tiles = stored_tiles(connection)
    bound = bound_of(connection).upto
    kept = set(connection.execute(retiring_sql.kept_between, span).scalars())

    def hash_of(row: Any) -> bytes:
        may_be_empty = row.position < bound and row.position not in kept
        return (
            merkle.leaf_hash(bytes(row.leaf)) if row.leaf or not may_be_empty else merkle.hash_at(row.position, tiles)
        )

    flaws = []
    seen = set()
    for number, rows in groupby(found, lambda row: row.position // merkle.WIDTH):
        hashes = b"".join(hash_of(row) for row in rows)
        seen.add(number)
        if hashes != tiles(0, number):
            flaws.append(_place(number, "mục không khớp cây / entries do not fit the tree"))
        elif not merkle.fits(number, size, tiles):
            flaws.append(_place(number, "cây không khớp tầng trên / the tree does not fit its upper level"))
    last = -(-size // merkle.WIDTH) - 1
    expected = range(first, min(last + 1, first + count))
    flaws += [_place(number, "thiếu mục / entries are missing") for number in expected if number not in seen]
    return flaws, first + count <= last


def day_flaws(connection: Connection, key: PublicKey) -> list[str]:
    """See `gateway.ledger.proof.port`."""
    tiles = stored_tiles(connection)
    flaws = []
    for row in connection.execute(sql.sealed_days):
        try:
            checkpoint = read_note(row.note, key)
            if checkpoint.size != row.size or merkle.root(row.size, tiles) != checkpoint.root:
                flaws.append(f"{row.day}: sổ chứng đã bị viết lại từ đó / the log was rewritten since")
        except (NoteError, merkle.ProofError) as exc:
            flaws.append(f"{row.day}: {exc}")
    return flaws


def bound_flaws(connection: Connection) -> list[str]:
    """See `gateway.ledger.proof.port`."""
    bound = bound_of(connection)
    if not bound.upto:
        return []
    leaves = connection.execute(retiring_sql.leaf_of_audit, {"b_ref": f"audit/{bound.audit_seq}"}).scalars().all()
    entry = orjson.loads(bytes(leaves[0])) if leaves and leaves[0] else {}
    told = (entry.get("details") or {}) if entry.get("action") == REMOVAL else {}
    flaws = []
    if (told.get("upto"), told.get("day")) != (bound.upto, bound.day):
        flaws.append("mốc xóa đã bị dời, nhật ký không nói thế / the bound was moved, the log does not say so")
    elif told.get("kept") != digest_of_kept(connection):
        flaws.append("danh sách mục còn giữ dưới mốc đã bị đổi / the list of what stays below was changed")
    covered = connection.execute(retiring_sql.size_of_day, {"b_day": bound.day}).scalar() or 0
    if covered < bound.upto:
        flaws.append("mốc xóa vượt điểm kiểm đã ký / it lies above the signed checkpoint")
    return [f"retention.receipts, {bound.upto}: {flaw}" for flaw in flaws]


def _place(number: int, words: str) -> str:
    return f"{number * merkle.WIDTH}…{(number + 1) * merkle.WIDTH - 1}: {words}"
