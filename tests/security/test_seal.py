"""Sealed bodies: nobody reads them without the ring, any changed byte shows, repeats are recognised by a keyed hash."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.security.seal import KeyRing, Sealed, SealError, canonical_form, create_key_ring, load_key_ring
from tests.builders import RING

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again(body: bytes) -> None:
    assert RING.open(RING.seal(body, "m1"), "m1") == body


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_changed_byte_is_found(body: bytes, data: Any) -> None:
    sealed = RING.seal(body, "m1")
    field = data.draw(st.sampled_from(["wrapped_key", "body"]))
    changed = bytearray(getattr(sealed, field))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    parts = {"key_id": sealed.key_id, "wrapped_key": sealed.wrapped_key, "body": sealed.body, field: bytes(changed)}
    with pytest.raises(SealError):
        RING.open(Sealed(**parts), "m1")


def test_a_body_moved_to_another_message_does_not_open() -> None:
    with pytest.raises(SealError):
        RING.open(RING.seal(b"body", "m1"), "m2")


def test_two_seals_of_the_same_body_look_nothing_alike() -> None:
    assert RING.seal(b"body", "m1").body != RING.seal(b"body", "m1").body


def test_an_old_key_still_opens_after_a_rotation() -> None:
    sealed = RING.seal(b"body", "m1")
    rotated = KeyRing("k2", {"k1": bytes(range(32)), "k2": bytes(32)}, bytes(32))
    assert rotated.open(sealed, "m1") == b"body"
    assert rotated.seal(b"body", "m1").key_id == "k2"


@given(DOCUMENTS)
def test_the_canonical_form_is_that_of_rfc_8785(document: Any) -> None:
    assert canonical_form(document) == rfc8785.dumps(document)


def test_the_keyed_hash_needs_the_ring_and_not_the_order_of_keys() -> None:
    one = RING.keyed_hash("t", "s", {"a": 1, "b": 2})
    assert one == RING.keyed_hash("t", "s", {"b": 2, "a": 1})
    assert one != RING.keyed_hash("t", "s", {"a": 1, "b": 3})
    assert one != KeyRing("k1", {"k1": bytes(32)}, bytes(32)).keyed_hash("t", "s", {"a": 1, "b": 2})


def test_a_small_seal_opens_only_in_its_own_place() -> None:
    key_id, sealed = RING.seal_small(b"answer", "d1")
    assert RING.open_small(key_id, sealed, "d1") == b"answer"
    for wrong in ((key_id, sealed, "d2"), ("k9", sealed, "d1"), (key_id, sealed[:-1] + bytes([sealed[-1] ^ 1]), "d1")):
        with pytest.raises(SealError):
            RING.open_small(*wrong)


def test_the_ring_file_is_for_its_owner_only_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        create_key_ring(path)
    assert path.read_bytes() == before
    assert load_key_ring(path).seal(b"x", "m")


def test_a_ring_goes_to_another_process_by_the_name_of_its_file_and_without_a_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    ring = load_key_ring(path)
    sent = pickle.dumps(ring)
    assert pickle.loads(sent).open(ring.seal(b"body", "m-1"), "m-1") == b"body"
    assert len(sent) < len(str(path)) + 120
    with pytest.raises(TypeError):
        pickle.dumps(RING)


def test_a_broken_ring_file_is_reported_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(orjson.dumps({"current": "k1", "keys": {"k1": "very secret"}}))
    with pytest.raises(SealError) as caught:
        load_key_ring(path)
    assert "very secret" not in str(caught.value)
