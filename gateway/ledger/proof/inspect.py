"""Looking for what was changed behind the log's back: rows, entries, tree and signed days against each other."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import Connection

from gateway.ledger.proof import statements as sql
from gateway.ledger.proof.append import stored_tiles
from gateway.ledger.proof.leaves import audit_leaf
from gateway.security import merkle
from gateway.security.notes import NoteError, PublicKey, read_note

_END = 1 << 62


def audit_flaws(connection: Connection, limit: int) -> list[str]:
    """See `gateway.ledger.proof.port`."""
    rows = {f"audit/{row.seq}": audit_leaf(row) for row in connection.execute(sql.newest_audit, {"b_limit": limit})}
    logged = {row.ref: bytes(row.leaf) for row in connection.execute(sql.unchained_audit)}
    logged |= {row.ref: bytes(row.leaf) for row in connection.execute(sql.entries_by_ref, {"refs": list(rows)})}
    newest = connection.execute(sql.audit_entries, {"b_before": _END, "b_limit": limit})
    oldest = min((int(ref.partition("/")[2]) for ref in rows), default=0)
    there = [row.ref for row in newest if int(row.ref.partition("/")[2]) >= oldest]
    flaws = [f"{ref}: đã bị đổi / changed" for ref, leaf in rows.items() if ref in logged and logged[ref] != leaf]
    flaws += [f"{ref}: không có trong sổ chứng / not in the log" for ref in rows if ref not in logged]
    return flaws + [f"{ref}: đã bị xóa / removed" for ref in there if ref not in rows]


def tile_flaws(connection: Connection, first: int, count: int) -> tuple[list[str], bool]:
    """See `gateway.ledger.proof.port`. Each tile is compared with its entries, and its root with the tile above."""
    size = connection.execute(sql.size).scalar() or 0
    span = {"b_from": first * merkle.WIDTH, "b_to": (first + count) * merkle.WIDTH}
    found = connection.execute(sql.entries_between, span)
    tiles = stored_tiles(connection)
    flaws = []
    seen = set()
    for number, rows in groupby(found, lambda row: row.position // merkle.WIDTH):
        hashes = b"".join(merkle.leaf_hash(bytes(row.leaf)) for row in rows)
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


def _place(number: int, words: str) -> str:
    return f"{number * merkle.WIDTH}…{(number + 1) * merkle.WIDTH - 1}: {words}"
