"""The screens, a file each: what an address shows or does."""

from __future__ import annotations

from gateway.console.asking import Way
from gateway.console.parts import Parts
from gateway.console.screens import (
    board,
    dossier,
    edit,
    groups,
    indicators,
    lists,
    message,
    replays,
    search,
    steering,
    tail,
    whole,
)


def ways(parts: Parts) -> tuple[Way, ...]:
    """Every address of the console, and who may go there."""
    return (
        *board.ways(parts),
        *steering.ways(parts),
        *search.ways(parts),
        *lists.ways(parts),
        *message.ways(parts),
        *edit.ways(parts),
        *groups.ways(parts),
        *replays.ways(parts),
        *tail.ways(parts),
        *dossier.ways(parts),
        *indicators.ways(parts),
        *whole.ways(parts),
    )
