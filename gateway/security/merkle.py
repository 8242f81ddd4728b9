"""An append-only Merkle tree (RFC 6962 §2.1), kept in tiles of 256 hashes; pure, whoever keeps the tiles.

A tile of level 0 holds leaf hashes; one of level n holds the roots of 256 full tiles of the level below. So a leaf more
changes one tile, seldom two, and every proof reads a handful of them, however long the log is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH = 32
"""Bytes of a hash."""
WIDTH = 256
"""Hashes in a full tile."""
_HEIGHT = 8
"""Levels of the tree that a tile spans."""

Tile = Callable[[int, int], bytes]
"""(level, number) -> the hashes of a tile, one behind the other; what is not there yet is empty."""

EMPTY_ROOT = hashlib.sha256().digest()


class ProofError(ValueError):
    """A proof does not lead from this leaf or tree to that root."""


def leaf_hash(leaf: bytes) -> bytes:
    """Of an entry (the first byte keeps leaves and nodes apart)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, hashes: Sequence[bytes], tile: Tile) -> dict[tuple[int, int], bytes]:
    """The tiles that change when these leaf hashes follow the first `size`; each as it is then, whole."""
    changed: dict[tuple[int, int], bytes] = {}
    level, first, added = 0, size, list(hashes)
    while added:
        raised: list[bytes] = []
        number = first // WIDTH
        grown = tile(level, number)[: first % WIDTH * HASH] if first % WIDTH else b""
        for one in added:
            grown += one
            if len(grown) == WIDTH * HASH:
                changed[level, number] = grown
                raised.append(_perfect(grown))
                number, grown = number + 1, b""
        if grown:
            changed[level, number] = grown
        level, first, added = level + 1, first // WIDTH, raised
    return changed


def hash_at(position: int, tile: Tile) -> bytes:
    """The leaf hash at a position; empty where the tree has none."""
    place = position % WIDTH * HASH
    return tile(0, position // WIDTH)[place : place + HASH]


def root(size: int, tile: Tile) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return _range(0, size, tile) if size else EMPTY_ROOT


def inclusion(position: int, size: int, tile: Tile) -> list[bytes]:
    """The proof that the leaf at `position` is in the tree of `size` leaves (RFC 6962 §2.1.1, PATH)."""
    if not 0 <= position < size:
        raise ProofError(f"no leaf {position} in a tree of {size}")
    path: list[bytes] = []
    start = 0
    while size > 1:
        half = _split(size)
        if position - start < half:
            path.append(_range(start + half, size - half, tile))
            size = half
        else:
            path.append(_range(start, half, tile))
            start, size = start + half, size - half
    return path[::-1]


def consistency(old: int, new: int, tile: Tile) -> list[bytes]:
    """The proof that the tree of `old` leaves is how that of `new` began (RFC 6962 §2.1.2, PROOF)."""
    if not 0 < old <= new:
        raise ProofError(f"no proof from {old} to {new} leaves")
    path: list[bytes] = []
    start, size, whole = 0, new, True
    while old - start != size:
        half = _split(size)
        if old - start <= half:
            path.append(_range(start + half, size - half, tile))
            size = half
        else:
            path.append(_range(start, half, tile))
            start, size, whole = start + half, size - half, False
    if not whole:
        path.append(_range(start, size, tile))
    return path[::-1]


def fits(number: int, size: int, tile: Tile) -> bool:
    """Whether the roots of a full tile of leaves, and of those above it, stand where they belong."""
    level = 0
    while (number + 1) * WIDTH ** (level + 1) <= size:
        place = number % WIDTH * HASH
        if tile(level + 1, number // WIDTH)[place : place + HASH] != _perfect(tile(level, number)):
            return False
        if (number + 1) % WIDTH:
            return True
        level, number = level + 1, number // WIDTH
    return True


def check_inclusion(leaf: bytes, position: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Raises `ProofError` unless the proof leads from the leaf's bytes to the root (RFC 9162 §2.1.3.2)."""
    if not 0 <= position < size:
        raise ProofError("position outside the tree")
    here, last, found = position, size - 1, leaf_hash(leaf)
    for one in proof:
        if last == 0:
            raise ProofError("proof too long")
        if here & 1 or here == last:
            found = _node(one, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = _node(found, one)
        here, last = here >> 1, last >> 1
    if last != 0 or found != expected:
        raise ProofError("the proof does not lead to the root")


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raises `ProofError` unless the new tree only adds to the old one (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        raise ProofError("no proof between these sizes")
    if old == new:
        if proof or old_root != new_root:
            raise ProofError("two roots of one size")
        return
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        raise ProofError("proof too short")
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    was = now = steps[0]
    for one in steps[1:]:
        if last == 0:
            raise ProofError("proof too long")
        if here & 1 or here == last:
            was, now = _node(one, was), _node(one, now)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            now = _node(now, one)
        here, last = here >> 1, last >> 1
    if last != 0 or was != old_root or now != new_root:
        raise ProofError("the new tree is no continuation of the old one")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range(start: int, size: int, tile: Tile) -> bytes:
    """The root over `size` leaves from `start` on, which stands at a place where such a range may."""
    if size & (size - 1) == 0:
        return _aligned(start, size.bit_length() - 1, tile)
    half = _split(size)
    return _node(_range(start, half, tile), _range(start + half, size - half, tile))


def _aligned(start: int, height: int, tile: Tile) -> bytes:
    """The root over 2^height leaves from a multiple of that on: out of the highest tile that holds a part of it."""
    level, rest = divmod(height, _HEIGHT)
    index = start >> _HEIGHT * level
    first, count = index % WIDTH, 1 << rest
    hashes = tile(level, index // WIDTH)[first * HASH : (first + count) * HASH]
    if len(hashes) != count * HASH:
        raise ProofError(f"tile {level}/{index // WIDTH} is incomplete")
    return _perfect(hashes)


def _perfect(hashes: bytes) -> bytes:
    """The root over hashes whose number is a power of two."""
    row = [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
    while len(row) > 1:
        row = [_node(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
