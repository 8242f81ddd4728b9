"""Whoever changes the database behind the log's back is found out (P5)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.ledger.address import sqlite_url
from gateway.ledger.copying import copy_ledger
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import AuditEntry
from gateway.security.merkle import leaf_hash
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.ledger_proof import SIGNER


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred audit entries, all chained: a full tile and some."""
    path = tmp_path_factory.mktemp("chained") / "ledger.db"

    async def fill() -> None:
        await migrate(sqlite_url(path))
        opened = SqlLedger(sqlite_url(path), RING, LedgerSettings())
        for number in range(300):
            await opened.record_audit(AuditEntry("admin", f"action-{number}", "x", "thử"))
        while await opened.chain(SIGNER, 1000):
            pass
        await opened.close()

    asyncio.run(fill())
    return path


@pytest.fixture
async def ledger(chained: Path, tmp_path: Path) -> AsyncIterator[SqlLedger]:
    """A copy of that ledger."""
    copy_ledger(chained, tmp_path / "ledger.db")
    opened = SqlLedger(sqlite_url(tmp_path / "ledger.db"), RING, LedgerSettings())
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


@pytest.fixture
async def retired(ledger: SqlLedger) -> SqlLedger:
    """The texts of the first two hundred went, audited; what was added since is chained."""
    assert await ledger.retire(datetime.now(UTC) + timedelta(days=2), 200) == (200, True)
    while await ledger.chain(SIGNER, 1000):
        pass
    assert await flaws(ledger) == []
    return ledger


async def flaws(ledger: SqlLedger) -> list[str]:
    tiles, _ = await ledger.tile_flaws(0, 16)
    return [
        *await ledger.audit_flaws(1000),
        *tiles,
        *await ledger.bound_flaws(),
        *await ledger.day_flaws(SIGNER.public),
    ]


_MISFIT = "0…255: mục không khớp cây / entries do not fit the tree"
_MOVED = "mốc xóa đã bị dời, nhật ký không nói thế / the bound was moved, the log does not say so"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entry SET leaf = x'', retired_at = 1 WHERE position = 210", {"audit/211: đã bị đổi", _MISFIT}),
        ("DELETE FROM entry WHERE position = 210", {"audit/211: không có trong sổ chứng", _MISFIT}),
        ("DELETE FROM entry WHERE position = 3", {_MISFIT}),
        ("UPDATE entry SET leaf = x'7b7d' WHERE position = 3", {_MISFIT}),
        ("DELETE FROM audit WHERE seq = 211", {"audit/211: đã bị xóa"}),
        ("DELETE FROM audit WHERE action = 'retention.receipts'", {"audit/301: đã bị xóa"}),
        (
            "INSERT INTO audit (seq, at, actor, action, target, ok, reason) VALUES (3, 1, 'ai đó', 'x', 'x', 1, 'x')",
            {"audit/3: đã bị đổi"},
        ),
        ("DELETE FROM retired", {_MISFIT}),
        ("UPDATE retired SET upto = 250", {f"retention.receipts, 250: {_MOVED}"}),
        ("INSERT INTO retired SELECT 999, at, day, 250 FROM retired", {f"retention.receipts, 250: {_MOVED}"}),
        ("UPDATE retired SET audit_seq = 300", {f"retention.receipts, 200: {_MOVED}"}),
        ("INSERT INTO kept_entry VALUES (7, 'x')", {_MISFIT, "retention.receipts, 200: danh sách mục còn giữ"}),
        ("UPDATE sealed_day SET size = 100", {"retention.receipts, 200: mốc xóa vượt điểm kiểm"}),
    ],
)
async def test_what_went_by_itself_is_told_from_what_somebody_took(
    retired: SqlLedger, tmp_path: Path, statement: str, found: set[str]
) -> None:
    tamper(tmp_path, statement)
    told = await flaws(retired)
    assert all(any(one.startswith(words) for one in told) for words in found), told


async def test_more_taken_under_a_bound_moved_with_it_is_found_by_what_the_log_says(
    retired: SqlLedger, tmp_path: Path
) -> None:
    """Texts, their rows and the bound: all as the removal itself would leave it, but for its entry."""
    tamper(
        tmp_path,
        "UPDATE entry SET leaf = x'', retired_at = 1 WHERE position < 250",
        "DELETE FROM audit WHERE seq <= 250",
        "UPDATE retired SET upto = 250",
    )
    assert await flaws(retired) == [f"retention.receipts, 250: {_MOVED}"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET reason = 'lý do khác' WHERE seq = 40",
        "DELETE FROM audit WHERE seq = 40",
        "UPDATE entry SET leaf = x'7b7d' WHERE position = 39",
        "DELETE FROM entry WHERE position = 39",
    ],
)
async def test_traces_of_what_was_changed_are_not_tidied_away(
    ledger: SqlLedger, tmp_path: Path, statement: str
) -> None:
    """What does not fit stays, for whoever looks years later; the rest goes."""
    tamper(tmp_path, statement)
    before = await flaws(ledger)
    assert (await ledger.retire(datetime.now(UTC) + timedelta(days=2), 200))[0] == 199
    assert before and set(before) <= set(await flaws(ledger))
    assert (await ledger.retire(datetime.now(UTC) + timedelta(days=2), 200)) == (100, False)
    assert before and set(before) <= set(await flaws(ledger))
