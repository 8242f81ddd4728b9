"""Bodies sealed at rest: AES-256-GCM under a data key per message, the data key wrapped by a key ring.

A body can later be shredded by forgetting its data key, while digests and receipts stay. The ring is a JSON file made
at set-up, readable by its owner only. Duplicates are recognised by a keyed hash, so the ledger alone tells nobody what
a message said.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.security.key_file import SealError, read_ring
from gateway.security.seek import SearchKeys

_NONCE = 12
SHREDDED = "shredded"
"""Stands where the id of a wrapping key stood: the data key was thrown away, and nothing opens the body any more."""
_WITH_MESSAGE = "message"
"""Stands for the key of an answer that is sealed under its message's data key, and is shredded with it."""


class ShreddedError(SealError):
    """The body was shredded when its time was over; its receipts still verify."""

    def __init__(self) -> None:
        super().__init__(
            "Nội dung đã được hủy khi hết hạn lưu; biên nhận vẫn kiểm được. / "
            "The body was shredded when its time was over; its receipts still verify."
        )


class Sealed(NamedTuple):
    """A body no one reads without the ring: which ring key wraps the data key, and both ciphertexts (nonce first)."""

    key_id: str
    wrapped_key: bytes
    body: bytes


Stamp = tuple[int, int, int]
"""When a file was written, which one it is, and how long: another one says other things."""


class _Held(NamedTuple):
    """What a ring knows at one moment. Replaced as a whole: whoever took it sees one file, never parts of two."""

    current: str
    ciphers: Mapping[str, AESGCM]
    seeking: SearchKeys
    seen: Stamp | None


class KeyRing:
    """Seals and opens. Holds wrapping keys (old ones open, the current one seals) and the keys of hashes.

    One that was read from a file follows it: a key that another process added opens at once. Any thread may use it.
    """

    def __init__(
        self,
        current: str,
        keys: Mapping[str, bytes],
        search: bytes,
        origin: Path | None = None,
        seeking: SearchKeys | None = None,
        seen: Stamp | None = None,
    ) -> None:
        """`origin`: the file it was read from, if any, and `seen` what that was like before it was read.

        `seeking`: None for the one that follows from `search`.
        """
        self._origin = origin
        self._search = search
        ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._held = _Held(current, ciphers, seeking or SearchKeys.derived(search), seen)
        self._following = threading.Lock()

    def __reduce__(self) -> tuple[Callable[[Path], KeyRing], tuple[Path]]:
        """Between processes of one gateway goes where the ring lies, never a key."""
        if self._origin is None:
            raise TypeError("a key ring without a file stays in its process")
        return _ring_of, (self._origin,)

    @property
    def origin(self) -> Path | None:
        """The file it follows."""
        return self._origin

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._held.current

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All that open, oldest first."""
        return tuple(self._held.ciphers)

    @property
    def older(self) -> frozenset[str]:
        """Those that were made before the one that seals."""
        held = self._held
        ids = tuple(held.ciphers)
        return frozenset(ids[: ids.index(held.current)])

    @property
    def seeking(self) -> SearchKeys:
        """By what people's numbers are found again."""
        return self._held.seeking

    def follow(self) -> None:
        """Read the file again if it has changed. Raises `SealError`; what was known stays then."""
        if self._origin is None or _stamp(self._origin) == self._held.seen:
            return
        with self._following:  # else a slower thread could put an older file back
            self._held = load_key_ring(self._origin)._held  # noqa: SLF001

    def seal(self, body: bytes, context: str) -> Sealed:
        """Seal `body`, bound to `context` (the message id): moved to another row it does not open."""
        aad = context.encode()
        noise = os.urandom(32 + 2 * _NONCE)
        data_key, nonce, wrap_nonce = noise[:32], noise[32 : 32 + _NONCE], noise[32 + _NONCE :]
        held = self._held
        return Sealed(
            held.current,
            wrap_nonce + held.ciphers[held.current].encrypt(wrap_nonce, data_key, aad),
            nonce + AESGCM(data_key).encrypt(nonce, body, aad),
        )

    def open(self, sealed: Sealed, context: str) -> bytes:
        """The body again. Raises `SealError` when the key is unknown or a byte was changed, `ShreddedError`."""
        return _decrypt(AESGCM(self.data_key(sealed, context)), sealed.body, context.encode())

    def envelope(self, sealed: Sealed, context: str) -> Envelope:
        """What opens this body, when it is asked to."""
        return Envelope(self, sealed, context)

    def rewrap(self, sealed: Sealed, context: str) -> Sealed:
        """The same body with its data key wrapped by the current key. Raises `SealError`."""
        data_key = self.data_key(sealed, context)  # first: it may make the ring follow its file, to another key
        held, nonce = self._held, os.urandom(_NONCE)
        wrapped = held.ciphers[held.current].encrypt(nonce, data_key, context.encode())
        return Sealed(held.current, nonce + wrapped, sealed.body)

    def open_answer(self, sealed: Sealed, context: str, answer: tuple[str, bytes], delivery_id: str) -> bytes:
        """What `Envelope.seal_answer` sealed, or an older version under a ring key. Raises `SealError`."""
        key_id, body = answer
        key = AESGCM(self.data_key(sealed, context)) if key_id == _WITH_MESSAGE else self._cipher(key_id)
        return _decrypt(key, body, delivery_id.encode())

    def keyed_hash(self, type_: str, subject: str, data: Mapping[str, Any]) -> bytes:
        """Content hash by which a repeat is told from a conflict (RFC 8785 form of type, subject and data)."""
        return hmac.digest(self._search, canonical_form([type_, subject, data]), "sha256")

    def data_key(self, sealed: Sealed, context: str) -> bytes:
        """What a body is sealed with. Raises `SealError`."""
        return _decrypt(self._cipher(sealed.key_id), sealed.wrapped_key, context.encode())

    def _cipher(self, key_id: str) -> AESGCM:
        """The key of this id; one that nobody told this process of may be in the file by now."""
        if key_id == SHREDDED:
            raise ShreddedError
        cipher = self._held.ciphers.get(key_id)
        if cipher is None:
            self.follow()
            cipher = self._held.ciphers.get(key_id)
        if cipher is None:
            raise SealError(
                f"Nội dung niêm phong bằng khóa {key_id!r} không có trong vòng khóa; hãy khôi phục vòng khóa. / "
                f"Body sealed with key {key_id!r}, which the key ring does not hold; restore the ring."
            )
        return cipher


class _Keys(NamedTuple):
    """What follows from the data key of one message."""

    cipher: AESGCM
    salt: bytes


class Envelope:
    """The sealed body of one message, and what else its data key is for; that is unwrapped once."""

    __slots__ = ("_context", "_keys", "_ring", "_sealed")

    def __init__(self, ring: KeyRing, sealed: Sealed, context: str) -> None:
        """`context`: the message id."""
        self._ring = ring
        self._sealed = sealed
        self._context = context
        self._keys: _Keys | None = None

    def open(self) -> bytes:
        """The bytes as received. Raises `SealError`."""
        return _decrypt(self._opened().cipher, self._sealed.body, self._context.encode())

    def digest(self, content: bytes) -> bytes:
        """SHA-256(salt ‖ content), for receipts. The salt comes from the body's data key and is shredded with it.

        Without a salt, whoever guesses a short document could prove the guess by its digest. Raises `SealError`.
        """
        return hashlib.sha256(self.salt() + content).digest()

    def salt(self) -> bytes:
        """What digests of the message are salted with; shown to whoever is to check one. Raises `SealError`."""
        return self._opened().salt

    def seal_answer(self, answer: bytes, delivery_id: str) -> tuple[str, bytes]:
        """Seal a system's answer under the same data key, so that both are shredded together."""
        nonce = os.urandom(_NONCE)
        return _WITH_MESSAGE, nonce + self._opened().cipher.encrypt(nonce, answer, delivery_id.encode())

    def _opened(self) -> _Keys:
        if self._keys is None:
            data_key = self._ring.data_key(self._sealed, self._context)
            self._keys = _Keys(AESGCM(data_key), hmac.digest(data_key, b"receipt", "sha256"))
        return self._keys


def _decrypt(cipher: AESGCM, content: bytes, aad: bytes) -> bytes:
    try:
        return cipher.decrypt(content[:_NONCE], content[_NONCE:], aad)
    except (InvalidTag, ValueError) as exc:  # the latter where too few bytes are left
        raise SealError(
            "Nội dung niêm phong không mở được: byte đã bị đổi, hoặc nhầm vòng khóa. / "
            "A sealed body does not open: changed bytes, or another key ring."
        ) from exc


def canonical_form(value: Any) -> bytes:
    """RFC 8785 (JCS) bytes of a document that passed our schemas.

    They hold ASCII member names and integers only, for which sorted orjson output is the JCS form (a test compares
    with the `rfc8785` package); a general JCS writer costs twenty times as much.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def load_key_ring(path: Path) -> KeyRing:
    """Read a ring file. Raises `SealError` saying what is wrong with it, never its content."""
    seen = _stamp(path)  # before it is read: what is written meanwhile is found at the next look
    ring = read_ring(path)
    return KeyRing(ring.current, ring.keys, ring.search, path, ring.seeking, seen)


def _stamp(path: Path) -> Stamp | None:
    """What a file is like; None for one that is not there, which reading it says better."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


@cache
def _ring_of(path: Path) -> KeyRing:
    return load_key_ring(path)
