"""Faults planted in an effect log, to see whether they are found: one lost, one swapped, one doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters.national_portal.simulator import Effect


def lose(effects: Sequence[Effect], index: int) -> list[Effect]:
    """The effect never happened."""
    return [effect for place, effect in enumerate(effects) if place != index]


def swap(effects: Sequence[Effect], index: int) -> list[Effect]:
    """The effect and the next one of its dossier happened the other way round."""
    other = next_of_dossier(effects, index)
    assert other is not None
    changed = list(effects)
    changed[index] = replace(effects[other], sequence=effects[index].sequence)
    changed[other] = replace(effects[index], sequence=effects[other].sequence)
    return changed


def double(effects: Sequence[Effect], index: int) -> list[Effect]:
    """The effect happened twice, the second time right after the first."""
    return [*effects[: index + 1], effects[index], *effects[index + 1 :]]


def next_of_dossier(effects: Sequence[Effect], index: int) -> int | None:
    """Index of the next effect on the same dossier."""
    key = effects[index].key
    return next((place for place in range(index + 1, len(effects)) if effects[place].key == key), None)
