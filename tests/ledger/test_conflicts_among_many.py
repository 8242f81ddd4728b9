"""One sender that contradicts itself is refused, and nobody beside it notices."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import event

from gateway.errors import ConflictError
from gateway.ledger.ledger import SqlLedger
from tests.builders import a_message


async def test_many_beside_a_contradiction_are_committed_together(ledger: SqlLedger) -> None:
    first = a_message()
    await ledger.accept([first])
    commits: list[Any] = []
    event.listen(ledger._storage._writer, "commit", commits.append)  # type: ignore[attr-defined]
    contradiction = a_message(source_id=first.source_id)
    groups = [[a_message()] for _ in range(50)] + [[contradiction]] + [[a_message()] for _ in range(50)]
    answers = await asyncio.gather(*(ledger.accept(group) for group in groups), return_exceptions=True)
    assert [place for place, one in enumerate(answers) if isinstance(one, ConflictError)] == [50]
    assert len(commits) == 1
    assert (await ledger.balance())["accepted"] == 101
