"""Everything a person does about failures, put together: one object for HTTP, the command line and the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import AdapterSpec
from gateway.acceptance.replies import Replies
from gateway.ledger.port import Ledger
from gateway.operations.byhand import ByHandOperations
from gateway.operations.doubts import DoubtOperations
from gateway.operations.edit import EditOperations
from gateway.operations.explain import Explainer
from gateway.operations.groups import GroupOperations
from gateway.operations.judge import Judge
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Troubles:
    """The operations, by what they are about."""

    groups: GroupOperations
    doubts: DoubtOperations
    by_hand: ByHandOperations
    edits: EditOperations


def troubles_of(
    settings: Settings, ledger: Ledger, replies: Replies, judge: Judge, specs: Mapping[str, AdapterSpec]
) -> Troubles:
    """The operations of an installation."""
    return Troubles(
        GroupOperations(ledger, Explainer(specs)),
        DoubtOperations(ledger, settings.routes, specs),
        ByHandOperations(ledger),
        EditOperations(ledger, replies, judge),
    )
