"""Whoever changes the database behind the log's back is found out (P5)."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import AuditEntry
from gateway.ledger.storage import sqlite_url
from gateway.security.merkle import leaf_hash
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.ledger_proof import SIGNER


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    """Three hundred audit entries, all chained: a full tile and some."""
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    opened = SqlLedger(url, RING, LedgerSettings())
    for number in range(300):
        await opened.record_audit(AuditEntry("admin", f"action-{number}", "x", "thử"))
    while await opened.chain(SIGNER, 1000):
        pass
    yield opened
    await opened.close()


def tamper(folder: Path, *statements: str) -> None:
    """As somebody with the database file would: triggers gone first."""
    with sqlite3.connect(folder / "ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit SET reason = 'lý do khác' WHERE seq = 40", "audit/40: đã bị đổi / changed"),
        ("DELETE FROM audit WHERE seq = 40", "audit/40: đã bị xóa / removed"),
        (
            "INSERT INTO audit (at, actor, action, target, ok, reason) VALUES (1, 'ai đó', 'x', 'x', 1, 'x')",
            "audit/301: không có trong sổ chứng / not in the log",
        ),
    ],
)
async def test_a_changed_audit_row_is_named(ledger: SqlLedger, tmp_path: Path, statement: str, found: str) -> None:
    tamper(tmp_path, statement)
    assert await ledger.audit_flaws(1000) == [found]


@pytest.mark.parametrize("last", [1, 300])
async def test_looking_at_the_newest_rows_alone_accuses_nobody(ledger: SqlLedger, last: int) -> None:
    assert await ledger.audit_flaws(last) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entry SET leaf = x'7b7d' WHERE position = 3", "0…255: mục không khớp cây"),
        ("DELETE FROM entry WHERE position = 270", "256…511: mục không khớp cây"),
        ("DELETE FROM entry WHERE position < 256", "0…255: thiếu mục"),
        ("UPDATE tile SET hashes = zeroblob(32) WHERE level = 1", "0…255: cây không khớp tầng trên"),
    ],
)
async def test_a_changed_entry_is_found_in_its_tile(
    ledger: SqlLedger, tmp_path: Path, statement: str, found: str
) -> None:
    tamper(tmp_path, statement)
    flaws, more = await ledger.tile_flaws(0, 16)
    assert len(flaws) == 1 and flaws[0].startswith(found) and not more


async def test_a_log_rewritten_with_its_tree_does_not_fit_what_was_signed(ledger: SqlLedger, tmp_path: Path) -> None:
    fresh = leaf_hash(b"{}").hex()
    tamper(
        tmp_path,
        "UPDATE entry SET leaf = x'7b7d' WHERE position = 299",
        f"UPDATE tile SET hashes = CAST(substr(hashes, 1, 1376) || x'{fresh}' AS BLOB) WHERE level = 0 AND number = 1",
    )
    assert await ledger.tile_flaws(0, 16) == ([], False)
    [flaw] = await ledger.day_flaws(SIGNER.public)
    assert "sổ chứng đã bị viết lại" in flaw


async def test_a_checkpoint_that_nobody_signed_is_found(ledger: SqlLedger, tmp_path: Path) -> None:
    lines = "char(10) || '{}' || char(10)"
    tamper(tmp_path, f"UPDATE sealed_day SET note = replace(note, {lines.format(300)}, {lines.format(299)})")
    [flaw] = await ledger.day_flaws(SIGNER.public)
    assert "Chữ ký" in flaw
