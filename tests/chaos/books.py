"""What the ledger of an installation says, read past the gateway, and a notary of every change of state."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import asyncpg

from gateway.message import DeliveryState
from tests.chaos.judge import Books, Obligation
from tests.chaos.site import Site

_OBLIGATIONS = (
    "SELECT m.source_id, d.state, d.attempts FROM message m LEFT JOIN delivery d"
    " ON d.message_id = m.id AND d.replaced_by IS NULL WHERE m.source = 'urn:test:mot-cua' ORDER BY m.seq"
)
_MOVES = "SELECT delivery_id, before, after FROM chaos_move ORDER BY number"
_SQLITE = """
CREATE TABLE chaos_move (number INTEGER PRIMARY KEY, delivery_id TEXT, before TEXT, after TEXT);
CREATE TRIGGER chaos_notary AFTER UPDATE OF state ON delivery WHEN old.state <> new.state BEGIN
  INSERT INTO chaos_move (delivery_id, before, after) VALUES (new.id, old.state, new.state); END;
"""
_POSTGRES = """
CREATE TABLE chaos_move (number bigserial PRIMARY KEY, delivery_id text, before text, after text);
CREATE FUNCTION chaos_notary() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO chaos_move (delivery_id, before, after) VALUES (new.id, old.state, new.state); RETURN NULL; END $$;
CREATE TRIGGER chaos_notary AFTER UPDATE OF state ON delivery FOR EACH ROW WHEN (old.state <> new.state)
  EXECUTE FUNCTION chaos_notary();
"""


async def appoint_notary(site: Site) -> None:
    """From now on every change of a delivery's state is written down, in the transaction that makes it."""
    if site.database is None:
        with closing(sqlite3.connect(site.folder / "data" / "ledger.db", timeout=10)) as ledger:
            ledger.executescript(_SQLITE)
        return
    connection = await asyncpg.connect(site.database.plain_url)
    try:
        await connection.execute(_POSTGRES)
    finally:
        await connection.close()


async def books_of(site: Site) -> Books:
    """The ledger as it is now."""
    obligations = [
        Obligation(str(key), DeliveryState(str(state)), int(str(attempts)))
        for key, state, attempts in await site.rows(_OBLIGATIONS)
        if state is not None
    ]
    moves = [(str(one), str(before), str(after)) for one, before, after in await site.rows(_MOVES)]
    return Books(tuple(obligations), tuple(moves))
