"""Keyed hashes by which a person's number is found again: without the search keys nobody tells whose they are.

A hash begins with the number of the key it was made with, so old and new ones stand side by side while a rotation is
under way, and whatever an old key is still needed for shows at its first bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

SIZE = 16
"""Bytes of a hash: two of the key's number, fourteen of the HMAC. Nobody meets two people under one by chance."""
_NUMBER = 2


class SearchKeys:
    """The keys of one ring, by number. The newest makes hashes, all of them find."""

    def __init__(self, current: int, keys: Mapping[int, bytes]) -> None:
        self._current = current
        # Made once and copied for every value: setting up an HMAC costs more than hashing a number with it.
        self._keys = {number: HMAC(key, SHA256()) for number, key in keys.items()}

    @classmethod
    def derived(cls, secret: bytes) -> SearchKeys:
        """The first key of a ring whose file names none: it follows from the secret that the ring always had."""
        return cls(1, {1: first_key(secret)})

    @property
    def current(self) -> str:
        """The id of the key that makes hashes."""
        return f"s{self._current}"

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, oldest first."""
        return tuple(f"s{number}" for number in self._keys)

    @property
    def prefix(self) -> bytes:
        """What every hash of the current key begins with."""
        return prefix_of(self.current)

    def of(self, values: Iterable[str]) -> bytes:
        """The hashes of some normal forms, one behind the other, in a fixed order and each once."""
        return b"".join(sorted({self._hash(self._current, value) for value in values}))

    def all_of(self, value: str) -> tuple[bytes, ...]:
        """The hashes that one normal form has, or had under older keys."""
        return tuple(self._hash(number, value) for number in self._keys)

    def _hash(self, number: int, value: str) -> bytes:
        mac = self._keys[number].copy()
        mac.update(value.encode())
        return number.to_bytes(_NUMBER, "big") + mac.finalize()[: SIZE - _NUMBER]


def first_key(secret: bytes) -> bytes:
    """See `SearchKeys.derived`."""
    return hmac.digest(secret, b"search", hashlib.sha256)


def prefix_of(key_id: str) -> bytes:
    """What every hash of a search key begins with."""
    return int(key_id.removeprefix("s")).to_bytes(_NUMBER, "big")


def is_search_key(key_id: str) -> bool:
    """Whether an id is one of a search key; keys that seal are named otherwise."""
    return key_id.startswith("s") and key_id[1:].isascii() and key_id[1:].isdigit()


def apart(hashes: bytes) -> list[bytes]:
    """The single hashes of what `SearchKeys.of` put together."""
    return [hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)]
