"""Checkpoints of the log as signed notes: three lines of text and an Ed25519 signature over them.

The form is the one transparency logs share (C2SP `signed-note` and `tlog-checkpoint`), so other tools can read and
witness them. A fourth line says when, which a checkpoint of theirs may carry as an extension.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import GatewayError

_ED25519 = b"\x01"
_DASH = "\N{EM DASH}"


class NoteError(GatewayError):
    """A note is not one, or nobody we trust signed it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at a moment: how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """What is signed."""
        moment = self.at.astimezone(UTC).isoformat(timespec="milliseconds")
        return f"{self.origin}\n{self.size}\n{as_base64(self.root)}\nat {moment}\n"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whom notes are believed from. Written as `name+hash+key`, one line that fits on paper."""

    name: str
    raw: bytes

    @property
    def hash(self) -> bytes:
        """Four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{as_base64(_ED25519 + self.raw)}"

    @classmethod
    def read(cls, text: str) -> PublicKey:
        """From its line. Raises `NoteError`."""
        name, _, rest = text.strip().partition("+")
        told, _, key = rest.partition("+")
        raw = read_base64(key)
        found = cls(name, raw[1:])
        if not name or raw[:1] != _ED25519 or len(raw) != 33 or found.hash.hex() != told:
            raise NoteError(
                "Không phải khóa công khai của sổ (tên+băm+khóa); xem `lienthong keys public`. / "
                "Not a log's public key (name+hash+key); see `lienthong keys public`."
            )
        return found


class Signer:
    """Signs checkpoints of one log."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(name, key.public_key().public_bytes_raw())

    def sign(self, size: int, root: bytes, at: datetime) -> str:
        """The note of a checkpoint."""
        text = Checkpoint(self.public.name, size, root, at).text()
        signature = self.public.hash + self._key.sign(text.encode())
        return f"{text}\n{_DASH} {self.public.name} {as_base64(signature)}\n"


def read_note(note: str, key: PublicKey) -> Checkpoint:
    """The checkpoint that a note tells of. Raises `NoteError` unless `key` signed exactly this."""
    text, gap, signatures = note.partition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if not gap or len(lines) != 5 or lines[0] != key.name or not signatures.endswith("\n"):
        raise NoteError("Không phải điểm kiểm của sổ này. / This is no checkpoint of this log.")
    _check_signature(text, signatures.removesuffix("\n"), key)
    try:
        checkpoint = Checkpoint(
            lines[0], int(lines[1]), read_base64(lines[2]), datetime.fromisoformat(lines[3].removeprefix("at "))
        )
    except ValueError as exc:
        raise NoteError("Điểm kiểm không đọc được. / The checkpoint cannot be read.") from exc
    if checkpoint.text() != text:  # written in another way, it would not be the same bytes
        raise NoteError("Điểm kiểm không đúng dạng. / The checkpoint is not in its form.")
    return checkpoint


def _check_signature(text: str, line: str, key: PublicKey) -> None:
    dash, name, signature = [*line.split(" "), "", ""][:3]
    raw = read_base64(signature)
    if dash != _DASH or name != key.name or line != f"{dash} {name} {signature}" or raw[:4] != key.hash:
        raise NoteError("Điểm kiểm không do khóa này ký. / The checkpoint was not signed with this key.")
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(raw[4:], text.encode())
    except InvalidSignature as exc:
        raise NoteError("Chữ ký của điểm kiểm không đúng. / The checkpoint's signature is wrong.") from exc


def open_signer(path: Path) -> Signer:
    """The signer whose key lies in a file, owner-readable only; made on first use. Raises `NoteError`."""
    if not path.exists():
        _create(path)
    try:
        told = json.loads(path.read_text("utf-8"))
        return Signer(told["name"], Ed25519PrivateKey.from_private_bytes(base64.b64decode(told["key"], validate=True)))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise NoteError(
            f"Không đọc được khóa ký {path} ({type(exc).__name__}); hãy khôi phục từ bản sao lưu. / "
            f"The signing key {path} cannot be read ({type(exc).__name__}); restore it from the backup."
        ) from None


def _create(path: Path) -> None:
    """Whole or not at all: several processes may start on an empty folder at once, and the first one's key counts."""
    key = Ed25519PrivateKey.generate()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump({"name": f"lienthong-{secrets.token_hex(4)}", "key": as_base64(key.private_bytes_raw())}, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def as_base64(raw: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(raw).decode()


def read_base64(text: str) -> bytes:
    """The bytes again. Raises `NoteError` for anything but the one way to write them (spare bits may not be set)."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if not raw or as_base64(raw) != text:
        raise NoteError("Không đúng base64. / Not base64 as it is written.")
    return raw
