"""Bodies sealed at rest: AES-256-GCM under a data key per message, the data key wrapped by a key ring.

A body can later be shredded by forgetting its data key, while digests and receipts stay. The ring is a JSON file made
at set-up, readable by its owner only. Duplicates are recognised by a keyed hash, so the ledger alone tells nobody what
a message said.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import GatewayError

_NONCE = 12


class SealError(GatewayError):
    """A sealed body cannot be opened: wrong key ring, or changed bytes."""


class Sealed(NamedTuple):
    """A body no one reads without the ring: which ring key wraps the data key, and both ciphertexts (nonce first)."""

    key_id: str
    wrapped_key: bytes
    body: bytes


class KeyRing:
    """Seals and opens. Holds several wrapping keys (old ones open, the current one seals) and the search key."""

    def __init__(self, current: str, keys: Mapping[str, bytes], search: bytes, origin: Path | None = None) -> None:
        """`origin`: the file it was read from, if any."""
        self._origin = origin
        self._current = current
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._search = search

    def __reduce__(self) -> tuple[Callable[[Path], KeyRing], tuple[Path]]:
        """Between processes of one gateway goes where the ring lies, never a key."""
        if self._origin is None:
            raise TypeError("a key ring without a file stays in its process")
        return _ring_of, (self._origin,)

    def seal(self, body: bytes, context: str) -> Sealed:
        """Seal `body`, bound to `context` (the message id): moved to another row it does not open."""
        aad = context.encode()
        noise = os.urandom(32 + 2 * _NONCE)
        data_key, nonce, wrap_nonce = noise[:32], noise[32 : 32 + _NONCE], noise[32 + _NONCE :]
        return Sealed(
            self._current,
            wrap_nonce + self._ciphers[self._current].encrypt(wrap_nonce, data_key, aad),
            nonce + AESGCM(data_key).encrypt(nonce, body, aad),
        )

    def open(self, sealed: Sealed, context: str) -> bytes:
        """The body again. Raises `SealError` when the key is unknown or a byte was changed."""
        aad = context.encode()
        data_key = self._data_key(sealed, aad)
        try:
            return AESGCM(data_key).decrypt(sealed.body[:_NONCE], sealed.body[_NONCE:], aad)
        except InvalidTag as exc:
            raise _changed() from exc

    def digest(self, sealed: Sealed, context: str, content: bytes) -> bytes:
        """SHA-256(salt ‖ content), for receipts. The salt comes from the body's data key and is shredded with it.

        Without a salt, whoever guesses a short document could prove the guess by its digest. Raises `SealError`.
        """
        return hashlib.sha256(self.salt(sealed, context) + content).digest()

    def salt(self, sealed: Sealed, context: str) -> bytes:
        """What digests of a message are salted with; shown to whoever is to check one. Raises `SealError`."""
        return hmac.digest(self._data_key(sealed, context.encode()), b"receipt", hashlib.sha256)

    def _data_key(self, sealed: Sealed, aad: bytes) -> bytes:
        wrapping = self._ciphers.get(sealed.key_id)
        if wrapping is None:
            raise SealError(
                f"Nội dung niêm phong bằng khóa {sealed.key_id!r} không có trong vòng khóa; hãy khôi phục vòng khóa. / "
                f"Body sealed with key {sealed.key_id!r}, which the key ring does not hold; restore the ring."
            )
        try:
            return wrapping.decrypt(sealed.wrapped_key[:_NONCE], sealed.wrapped_key[_NONCE:], aad)
        except InvalidTag as exc:
            raise _changed() from exc

    def seal_small(self, body: bytes, context: str) -> tuple[str, bytes]:
        """Seal directly under the current ring key (answers of systems, where a data key of its own buys nothing)."""
        nonce = os.urandom(_NONCE)
        return self._current, nonce + self._ciphers[self._current].encrypt(nonce, body, context.encode())

    def open_small(self, key_id: str, body: bytes, context: str) -> bytes:
        """Inverse of `seal_small`."""
        try:
            return self._ciphers[key_id].decrypt(body[:_NONCE], body[_NONCE:], context.encode())
        except (KeyError, InvalidTag) as exc:
            raise SealError(
                "Trả lời niêm phong không mở được: byte đã bị đổi, hoặc nhầm vòng khóa. / "
                "A sealed answer does not open: changed bytes, or another key ring."
            ) from exc

    def keyed_hash(self, type_: str, subject: str, data: Mapping[str, Any]) -> bytes:
        """Content hash by which a repeat is told from a conflict (RFC 8785 form of type, subject and data)."""
        return hmac.digest(self._search, canonical_form([type_, subject, data]), hashlib.sha256)


def _changed() -> SealError:
    return SealError(
        "Nội dung niêm phong không mở được: byte đã bị đổi, hoặc nhầm vòng khóa. / "
        "A sealed body does not open: changed bytes, or another key ring."
    )


def canonical_form(value: Any) -> bytes:
    """RFC 8785 (JCS) bytes of a document that passed our schemas.

    They hold ASCII member names and integers only, for which sorted orjson output is the JCS form (a test compares
    with the `rfc8785` package); a general JCS writer costs twenty times as much.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def create_key_ring(path: Path) -> None:
    """Make a new ring file, owner-readable only. Raises `FileExistsError` rather than replace one."""
    ring = {
        "current": "k1",
        "keys": {"k1": base64.b64encode(os.urandom(32)).decode()},
        "search": base64.b64encode(os.urandom(32)).decode(),
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(ring, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # whole or not at all: several processes may start on an empty folder at once
    finally:
        draft.unlink()


def load_key_ring(path: Path) -> KeyRing:
    """Read a ring file. Raises `SealError` saying what is wrong with it, never its content."""
    try:
        ring = json.loads(path.read_text("utf-8"))
        keys = {key_id: base64.b64decode(key, validate=True) for key_id, key in ring["keys"].items()}
        return KeyRing(ring["current"], keys, base64.b64decode(ring["search"], validate=True), path)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SealError(
            f"Không đọc được vòng khóa {path} ({type(exc).__name__}); hãy khôi phục từ bản sao lưu. / "
            f"The key ring {path} cannot be read ({type(exc).__name__}); restore it from the backup."
        ) from None


@cache
def _ring_of(path: Path) -> KeyRing:
    return load_key_ring(path)
