"""What the ledger promises about finding people's messages, and about who looked at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import StoredMessage


class HashedTo(NamedTuple):
    """How far messages were looked through for hashes of an older key: by hash, and by number those that have none."""

    hash: bytes = b""
    seq: int = 0
    never_hashed: int = 0


class SoughtLedger(Protocol):
    """Numbers come in as keyed hashes, never as they are; pages are `{"items", "next"}`, newest first."""

    async def messages_about(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        """Messages that name somebody under one of these hashes, as lists show them."""

    async def who_saw(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        """Audit entries about whoever has one of these hashes: bodies opened, look-ups, exports; who, when and why."""

    async def rehash(
        self, prefix: bytes, hashes_of: Callable[[StoredMessage], bytes], limit: int, after: HashedTo | None = None
    ) -> HashedTo | None:
        """Give the next `limit` messages whose hashes do not begin with `prefix` new ones; None when none is left.

        `hashes_of` opens the body; where it raises `SealError` the message is found as it was, and met again by
        whoever does not go on `after` what the call before has said. What is shredded has none. A transaction over a
        bounded number of rows; killed at any moment, the next goes on.
        """
