"""Sealed bodies: nobody reads them without the ring, any changed byte shows, repeats are recognised by a keyed hash."""

from __future__ import annotations

import base64
import os
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from gateway.security.key_file import SealError, add_key, create_key_ring, drop_key, rotate_key, use_key
from gateway.security.seal import SHREDDED, Envelope, KeyRing, Sealed, ShreddedError, canonical_form, load_key_ring
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


@pytest.mark.parametrize("left", [0, 5, 20])
def test_a_key_that_lost_bytes_is_found_like_a_changed_one(left: int) -> None:
    sealed = RING.seal(b"body", "m1")
    with pytest.raises(SealError):
        RING.open(sealed._replace(wrapped_key=sealed.wrapped_key[:left]), "m1")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_ring_file_with_a_key_of_another_length_is_spoilt_and_what_was_known_stays(
    tmp_path: Path, length: int
) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    ring = load_key_ring(path)
    sealed = ring.seal(b"body", "m1")
    rotate_key(path)
    said = orjson.loads(path.read_bytes())
    said["keys"]["k2"] = base64.b64encode(bytes(length)).decode()
    path.write_bytes(orjson.dumps(said))
    with pytest.raises(SealError, match=r"keys\.json"):
        ring.follow()
    assert ring.open(sealed, "m1") == b"body"


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


def test_an_answer_opens_only_in_its_own_place_and_goes_with_its_message() -> None:
    sealed = RING.seal(b"body", "m1")
    key_id, answer = Envelope(RING, sealed, "m1").seal_answer(b"answer", "d1")
    assert RING.open_answer(sealed, "m1", (key_id, answer), "d1") == b"answer"
    changed = answer[:-1] + bytes([answer[-1] ^ 1])
    wrongs = (("m1", (key_id, answer), "d2"), ("m2", (key_id, answer), "d1"), ("m1", (key_id, changed), "d1"))
    for context, told, delivery_id in wrongs:
        with pytest.raises(SealError):
            RING.open_answer(sealed, context, told, delivery_id)
    with pytest.raises(ShreddedError):
        RING.open_answer(Sealed(SHREDDED, b"", b""), "m1", (key_id, answer), "d1")


def test_an_answer_of_an_older_version_opens_with_its_ring_key() -> None:
    nonce = bytes(12)
    old = nonce + AESGCM(bytes(range(32))).encrypt(nonce, b"answer", b"d1")
    assert RING.open_answer(RING.seal(b"body", "m1"), "m1", ("k1", old), "d1") == b"answer"


def test_a_shredded_body_says_so() -> None:
    with pytest.raises(ShreddedError):
        RING.open(Sealed(SHREDDED, b"", b""), "m1")


def test_a_rewrapped_body_is_the_same_under_another_key() -> None:
    sealed = RING.seal(b"body", "m1")
    rotated = KeyRing("k2", {"k1": bytes(range(32)), "k2": bytes(32)}, bytes(32))
    fresh = rotated.rewrap(sealed, "m1")
    assert (fresh.key_id, fresh.body) == ("k2", sealed.body)
    only_new = KeyRing("k2", {"k2": bytes(32)}, bytes(32))
    assert only_new.open(fresh, "m1") == b"body"
    assert Envelope(only_new, fresh, "m1").salt() == Envelope(RING, sealed, "m1").salt()


def test_a_ring_follows_its_file_and_opens_what_a_newer_key_sealed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    mine, other = load_key_ring(path), load_key_ring(path)
    before = mine.seal(b"before", "m1")
    assert add_key(path) == "k2"
    use_key(path, "k2")
    other.follow()
    after = other.seal(b"after", "m2")
    assert after.key_id == "k2" and mine.current == "k1"
    assert mine.open(after, "m2") == b"after"  # it looked into the file by itself
    assert mine.current == "k2" and mine.open(before, "m1") == b"before"


def test_a_ring_that_has_not_heard_of_a_key_wraps_with_the_one_it_names(tmp_path: Path) -> None:
    """Unwrapping makes it follow its file: wrapped with one key and named after the other, nothing opens it again."""
    path = tmp_path / "keys.json"
    create_key_ring(path)
    stale = load_key_ring(path)
    rotate_key(path)
    newer = load_key_ring(path)
    fresh = stale.rewrap(newer.seal(b"body", "m1"), "m1")
    assert fresh.key_id == "k2" and newer.open(fresh, "m1") == b"body"
    assert (newer.older, stale.older) == ({"k1"}, {"k1"})


def test_a_ring_hears_of_a_file_that_was_replaced_within_one_tick_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    ring, before = load_key_ring(path), path.stat().st_mtime_ns
    rotate_key(path)
    os.utime(path, ns=(before, before))
    ring.follow()
    assert ring.current == "k2"


def test_no_change_of_the_file_is_lost_to_another(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: rotate_key(path), range(16)))
    ring = load_key_ring(path)
    assert sorted(made) == sorted(set(ring.key_ids) - {"k1"}) and ring.current == "k17"


def test_only_a_key_that_is_not_in_use_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key_ring(path)
    for wrong in ("k1", "k7"):
        with pytest.raises(SealError):
            drop_key(path, wrong)
    add_key(path)
    use_key(path, "k2")
    drop_key(path, "k1")
    assert load_key_ring(path).key_ids == ("k2",)
    assert add_key(path) == "k3"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(SealError):
        use_key(path, "k9")


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
