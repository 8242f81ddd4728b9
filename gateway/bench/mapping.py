"""What a table costs: the portal's dossier through the engine, beside the same document built by hand, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.bench import by_hand
from gateway.bench.dossiers import dossier_code, recorded_document
from mappings import Catalogue

MOST = 3.0
"""Times the hand-written builder that a table may cost."""
MAPPING = "national_portal/dossier.recorded.v1"
_DOCUMENTS = 200
_TURNS = 9


@dataclass(frozen=True, slots=True)
class MappingCost:
    """Microseconds a document, the best of several turns: whatever else ran on the machine only made others slower."""

    engine: float
    by_hand: float


def measure_mapping() -> MappingCost:
    """Both in turn, so that neither has the machine to itself. The packaged tables, whatever a province has changed."""
    mapping = Catalogue.load().get(MAPPING)
    documents = [recorded_document(dossier_code(number), number) for number in range(1, _DOCUMENTS + 1)]
    turns = [(_timed(mapping.forward, documents), _timed(by_hand.dossier, documents)) for _ in range(_TURNS)]
    return MappingCost(min(engine for engine, _ in turns), min(hand for _, hand in turns))


def _timed(build: Callable[[dict[str, Any]], Any], documents: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    for document in documents:
        build(document)
    return (time.perf_counter() - began) / len(documents) * 1e6
