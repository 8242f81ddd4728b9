"""What a destination holds beside what it confirmed: which of the two is behind. Pure.

Statuses go in circles (a dossier is supplemented and processed again), so an older status of ours is known by having
been told, and only a status we never told is judged by how far it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.ledger.drift.port import Kind

_FAR: Mapping[str, int] = {
    "filed": 0, "received": 1, "processing": 2, "supplement_requested": 2, "payment_requested": 2, "refused": 3,
    "withdrawn": 3, "stopped": 3, "completed": 3, "returned": 4,
}  # fmt: skip
"""How far a dossier is (integration sheet §10)."""


def compare(told: Sequence[str], theirs: str | None) -> Kind:
    """`told`: every status the destination confirmed, in order, the last being ours; `theirs`: what it says now.

    `ahead` is whatever we never told and that is as far as ours or farther: another system wrote there.
    """
    if not told:
        return "unconfirmed"
    if theirs is None or theirs not in _FAR:
        return "untold"
    ours = told[-1]
    if theirs == ours:
        return "same"
    if theirs in told or _FAR[theirs] < _FAR.get(ours, 0):
        return "behind"
    return "ahead"
