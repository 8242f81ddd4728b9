"""What the ledger promises about proof (P5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from gateway.security.notes import PublicKey, Signer
from gateway.security.receipts import Proven


class Evidence(NamedTuple):
    """Entries of the log with their proofs against one signed checkpoint."""

    note: str
    entries: Sequence[Proven]
    removed: str | None = None
    """The day up to which entries were removed (`retire`), where that concerns what was asked for."""


class Growth(NamedTuple):
    """That a log only grew: from `old` entries to those of the signed note."""

    old: int
    note: str
    proof: Sequence[bytes]


class ProofLog(Protocol):
    """Entries are recorded with what they tell of; one process chains them."""

    async def chain(self, signer: Signer, limit: int) -> int:
        """Append what is not chained yet, oldest first, and sign the checkpoint, all in one transaction; how many.

        Killed at any moment, either all of it is there or none, and the next call goes on. Two at a time wait for each
        other.
        """

    async def newest_checkpoint(self) -> str | None:
        """The signed note of the newest checkpoint; None before the first."""

    async def receipts(self, key: str) -> Evidence | None:
        """The receipts of a delivery, or of all deliveries of a message, oldest first; None while one is unchained.

        Empty where no attempt got an answer. Those of a delivery whose rows were removed are found by its own id alone.
        Raises `GoneError` where their time is over, `NotFoundError` where there is neither.
        """

    async def audit_evidence(self, since: datetime | None, until: datetime | None, limit: int) -> Evidence | None:
        """Audit entries in the order of the log, the newest `limit` of those in the time; None before the first.

        Where that reaches into what was removed (`retire`), the newest entry that says so is among them; None also
        while that is not in the log.
        """

    async def growth(self, old: int) -> Growth | None:
        """The proof that the log of `old` entries is how the newest checkpoint's began; None before the first.

        Raises `ProofError` for a size the log never had.
        """

    async def retire(self, before: datetime, limit: int) -> tuple[int, bool]:
        """Remove the texts of the next `limit` entries that a checkpoint of a day before that moment covers.

        How many went, and are there more. Their hashes stay, so every proof given out holds and the log grows on. With
        an audit entry goes its row, and that it is about somebody. A receipt stays as long as its delivery is there, in
        whatever state; so does what does not fit the tree or its row. One transaction, with an audit row that says how
        far; killed at any moment, the next call goes on.
        """

    async def audit_flaws(self, limit: int) -> list[str]:
        """Compare the newest `limit` audit rows with what the log has of them: what was changed, removed or added."""

    async def tile_flaws(self, first: int, count: int) -> tuple[list[str], bool]:
        """Compare entries with the tree, 256 at a time, from tile `first` on; flaws, and whether there are more."""

    async def bound_flaws(self) -> list[str]:
        """Compare how far texts were removed with what the log says of it: a bound that was moved shows here."""

    async def day_flaws(self, key: PublicKey) -> list[str]:
        """Compare every day's signed checkpoint with the tree as it stands: what was rewritten since shows here."""
