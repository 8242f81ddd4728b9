"""Files that prove: whole they are believed, with any byte changed, added or taken away they are not (P5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.security import merkle
from gateway.security.notes import Signer
from gateway.security.receipts import ForgedError, Proven, leaf_of, read_proof, write_proof

SIGNER = Signer("lienthong-test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ENTRIES = [
    {"kind": "receipt", "delivery": f"d-{number}", "attempt": 1, "subject": "000.00.16.H46-250612-0001", "code": None}
    for number in range(9)
]


@cache
def a_file(size: int = 9, places: tuple[int, ...] = (2, 8)) -> bytes:
    """Some receipts out of a log; two out of nine."""
    leaves = [leaf_of(entry) for entry in ENTRIES[:size]]
    tiles = merkle.append(0, [merkle.leaf_hash(leaf) for leaf in leaves], lambda *_: b"")

    def tile(level: int, number: int) -> bytes:
        return tiles.get((level, number), b"")

    note = SIGNER.sign(size, merkle.root(size, tile), datetime(2026, 1, 5, tzinfo=UTC))
    chosen = [Proven(place, leaves[place], merkle.inclusion(place, size, tile)) for place in places]
    return write_proof(note, chosen)


def test_a_whole_file_proves_its_entries() -> None:
    proof = read_proof(a_file(), SIGNER.public)
    assert list(proof.entries) == [ENTRIES[2], ENTRIES[8]]
    assert proof.checkpoint.size == 9


def test_every_byte_counts() -> None:
    file = a_file()
    for place in range(len(file)):
        for mask in (0x01, 0x20, 0x80):
            with pytest.raises(ForgedError):
                read_proof(file[:place] + bytes([file[place] ^ mask]) + file[place + 1 :], SIGNER.public)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_nothing_can_be_put_in_or_taken_out(data: st.DataObject) -> None:
    file = a_file()
    start = data.draw(st.integers(0, len(file)))
    stop = data.draw(st.integers(start, len(file)))
    spliced = file[:start] + data.draw(st.binary(max_size=12)) + file[stop:]
    if spliced != file:
        with pytest.raises(ForgedError):
            read_proof(spliced, SIGNER.public)


@pytest.mark.parametrize(
    ("size", "places", "there", "instead"),
    [
        (9, (0,), b'"position":0', b'"position":false'),
        (9, (1,), b'"position":1', b'"position":true'),
        (9, (1,), b'"position":1', b'"position":1.0'),
        (9, (1,), b'"position":1', b'"position":"1"'),
        (9, (1,), b'"entries":1', b'"entries":true'),
        (9, (1,), b'"entries":1', b'"entries":1.0'),
        (1, (0,), b'"proof":[]', b'"proof":""'),
        (1, (0,), b'"proof":[]', b'"proof":{}'),
        (1, (0,), b'"proof":[]', b'"proof":null'),
        (1, (0,), b'"proof":[]', b'"proof":[5]'),
        (1, (0,), b'"checkpoint":"lienthong-test', b'"checkpoint":"'),
    ],
)  # fmt: skip
def test_what_only_counts_as_the_same_is_not_the_same(
    size: int, places: tuple[int, ...], there: bytes, instead: bytes
) -> None:
    file = a_file(size, places)
    assert read_proof(file, SIGNER.public).entries
    assert there in file
    with pytest.raises(ForgedError):
        read_proof(file.replace(there, instead), SIGNER.public)


@pytest.mark.parametrize("instead", [b"5", b"null", b"[]", b"{}", b"true"])
def test_a_checkpoint_that_is_no_text_proves_nothing(instead: bytes) -> None:
    head, *rest = a_file().split(b"\n")
    head = re.sub(rb'"checkpoint":"(?:[^"\\]|\\.)*"', b'"checkpoint":' + instead, head)
    with pytest.raises(ForgedError):
        read_proof(b"\n".join([head, *rest]), SIGNER.public)


def test_lines_cannot_be_left_out_doubled_or_swapped_with_their_count() -> None:
    head, first, second, _ = a_file().split(b"\n")
    for lines in ([head, first], [head, first, first, second]):
        with pytest.raises(ForgedError):
            read_proof(b"\n".join([*lines, b""]), SIGNER.public)
    with pytest.raises(ForgedError):
        read_proof(b"\n".join([head.replace(b'"entries":2', b'"entries":3'), first, second, b""]), SIGNER.public)


def test_another_installation_cannot_sign_for_this_one() -> None:
    other = Signer("lienthong-test", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(ForgedError):
        read_proof(a_file(), other.public)
