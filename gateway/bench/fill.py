"""A ledger that has worked for months, so that what a message costs then can be measured."""

from __future__ import annotations

from gateway.ledger.bulk import store_finished
from gateway.ledger.migrate import migrate
from gateway.security.seal import KeyRing

_SAMPLE = bytes(1000)
"""As long as a dossier with a few documents, in bytes."""


async def fill(url: str, count: int, ring: KeyRing) -> None:
    """Store `count` finished messages, each with its dossier, delivery and attempt, in the ledger at `url`.

    It is brought to the newest shape first, and analysed afterwards.
    """
    await migrate(url)
    await store_finished(url, count, len(ring.seal(_SAMPLE, "sample").body))
