"""The tree of the log: the published vectors, and every proof against a tree built the plain way."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.security import merkle
from gateway.security.merkle import ProofError

Tiles = dict[tuple[int, int], bytes]

VECTORS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
"""The entries, and below the roots over the first 1 to 8 of them, that implementations of RFC 6962 compare."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def reader(tiles: Tiles) -> merkle.Tile:
    return lambda level, number: tiles.get((level, number), b"")


def grown(leaves: Sequence[bytes], steps: Sequence[int]) -> merkle.Tile:
    """The tiles after appending leaves in portions of these sizes, and the rest at once."""
    tiles: Tiles = {}
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    size = 0
    for step in (*steps, len(hashes)):
        portion = hashes[size : size + step]
        tiles |= merkle.append(size, portion, reader(tiles))
        size += len(portion)
    return reader(tiles)


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:half]) + plain_root(leaves[half:])).digest()


def some(count: int) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(count)]


def test_the_published_roots_come_out() -> None:
    leaves = [bytes.fromhex(one) for one in VECTORS]
    tiles = grown(leaves, [])
    assert [merkle.root(size, tiles).hex() for size in range(1, 9)] == ROOTS
    assert merkle.root(0, tiles) == plain_root([])


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 700), steps=st.lists(st.integers(1, 300), max_size=6), data=st.data())
def test_every_leaf_is_proven_and_every_tree_is_a_beginning_of_the_next(
    count: int, steps: list[int], data: st.DataObject
) -> None:
    leaves = some(count)
    tiles = grown(leaves, steps)
    size = data.draw(st.integers(1, count))
    root = merkle.root(size, tiles)
    assert root == plain_root(leaves[:size])
    position = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(position, size, tiles)
    merkle.check_inclusion(leaves[position], position, size, proof, root)
    old = data.draw(st.integers(1, size))
    path = merkle.consistency(old, size, tiles)
    merkle.check_consistency(old, size, path, merkle.root(old, tiles), root)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(2, 300), data=st.data())
def test_a_proof_of_something_else_proves_nothing(count: int, data: st.DataObject) -> None:
    leaves = some(count)
    tiles = grown(leaves, [])
    root = merkle.root(count, tiles)
    position = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1).filter(lambda one: one != position))
    proof = merkle.inclusion(position, count, tiles)
    for leaf, place, steps in (
        (b"another", position, proof),
        (leaves[position], other, proof),
        (leaves[position], position, proof[:-1]),
        (leaves[position], position, [*proof, root]),
        (leaves[position], count, proof),
    ):
        with pytest.raises(ProofError):
            merkle.check_inclusion(leaf, place, count, steps, root)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(3, 300), data=st.data())
def test_a_tree_that_was_rewritten_is_no_continuation(count: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, count - 1))
    changed = data.draw(st.integers(0, old - 1))
    before, leaves = grown(some(count), []), some(count)
    leaves[changed] = b"rewritten"
    after = grown(leaves, [])
    with pytest.raises(ProofError):
        merkle.check_consistency(
            old, count, merkle.consistency(old, count, after), merkle.root(old, before), merkle.root(count, after)
        )


def test_three_levels_of_tiles_hold_together() -> None:
    leaves = some(66_000)
    tiles = grown(leaves, [65_535, 1])
    root = merkle.root(66_000, tiles)
    for position in (0, 255, 256, 65_535, 65_536, 65_999):
        proof = merkle.inclusion(position, 66_000, tiles)
        merkle.check_inclusion(leaves[position], position, 66_000, proof, root)
    path = merkle.consistency(65_536, 66_000, tiles)
    merkle.check_consistency(65_536, 66_000, path, merkle.root(65_536, tiles), root)
    assert all(merkle.fits(number, 66_000, tiles) for number in range(66_000 // 256))


@pytest.mark.parametrize(("position", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_there_is_no_proof_for_what_is_not_there(position: int, size: int) -> None:
    with pytest.raises(ProofError):
        merkle.inclusion(position, size, grown(some(5), []))


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5)])
def test_there_is_no_way_back(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        merkle.consistency(old, new, grown(some(6), []))
    with pytest.raises(ProofError):
        merkle.check_consistency(old, new, [], b"", b"")
