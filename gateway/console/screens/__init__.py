"""The screens, a file each: what an address shows or does."""

from __future__ import annotations

from gateway.console.asking import Way
from gateway.console.parts import Parts
from gateway.console.screens import (
    audit,
    bench,
    board,
    books,
    charts,
    clients,
    codes,
    dossier,
    edit,
    exporting,
    groups,
    indicators,
    list_changes,
    lists,
    message,
    reconciling,
    replays,
    search,
    steering,
    system,
    tail,
    users,
    views,
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
        *books.ways(parts),
        *system.ways(parts),
        *codes.ways(parts),
        *list_changes.ways(parts),
        *views.ways(parts),
        *users.ways(parts),
        *clients.ways(parts),
        *audit.ways(parts),
        *reconciling.ways(parts),
        *charts.ways(parts),
        *exporting.ways(parts),
        *bench.ways(parts),
        *whole.ways(parts),
    )
