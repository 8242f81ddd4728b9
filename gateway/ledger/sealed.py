"""Whether a ledger holds bodies that some key ring has sealed; asked before another ring would be made beside it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from gateway.ledger.storage.opening import open_storage
from gateway.ledger.tables import message
from gateway.security.seal import SHREDDED

_newest_sealed = select(message.c.seq).where(message.c.key_id != SHREDDED).order_by(message.c.seq.desc()).limit(1)


async def holds_sealed(url: str) -> bool:
    """Of a ledger that is in its newest shape. Raises `LedgerUnavailable`."""
    storage = open_storage(url)

    def work(connection: Connection) -> bool:
        return connection.execute(_newest_sealed).first() is not None

    try:
        return await storage.read(work)
    finally:
        await storage.close()
