"""What the ledger promises about finding people's messages, and about who looked at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import StoredMessage


class SoughtLedger(Protocol):
    """Numbers come in as keyed hashes, never as they are; pages are `{"items", "next"}`, newest first."""

    async def messages_about(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        """Messages that name somebody under one of these hashes, as lists show them."""

    async def who_saw(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        """Audit entries about whoever has one of these hashes: bodies opened, look-ups, exports; who, when and why."""

    async def rehash(self, prefix: bytes, hashes_of: Callable[[StoredMessage], bytes], limit: int) -> bool:
        """Give the next `limit` messages whose hashes do not begin with `prefix` new ones; False when none is left.

        `hashes_of` opens the body. What is shredded has none. A transaction over a bounded number of rows; killed at
        any moment, the next goes on.
        """
