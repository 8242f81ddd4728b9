"""The file of a key ring: made once, owner-readable only, changed as a whole or not at all."""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import GatewayError
from gateway.security.seek import SearchKeys, first_key, is_search_key

_KEY_BYTES = 32


class SealError(GatewayError):
    """A sealed body cannot be opened: wrong key ring, or changed bytes."""


class UnknownKeyError(SealError):
    """The ring holds no key of this name."""


class KeySealsError(SealError):
    """The key is the one in use, which is not let go of."""


class RingFile(NamedTuple):
    """What the file says: the key that seals, all that open, oldest first, the secret of hashes, the search keys."""

    current: str
    keys: Mapping[str, bytes]
    search: bytes
    seeking: SearchKeys


def read_ring(path: Path) -> RingFile:
    """Raises `SealError` saying what is wrong with the file, never its content."""
    ring = _read(path)
    try:
        keys = {key_id: _key(key) for key_id, key in ring["keys"].items()}
        seeking = _seeking(ring)
        found = {int(key_id[1:]): _key(key) for key_id, key in seeking["keys"].items()}
        search = SearchKeys(int(seeking["current"][1:]), found)
        return RingFile(ring["current"], keys, base64.b64decode(ring["search"], validate=True), search)
    except (ValueError, TypeError, AttributeError, KeyError) as exc:
        raise _spoilt(path, exc) from None


def create_key_ring(path: Path) -> None:
    """Make a new ring file, owner-readable only. Raises `FileExistsError` rather than replace one."""
    ring = {"current": "k1", "keys": {"k1": _new_key()}, "search": _new_key()}
    draft = _draft(path, ring)
    try:
        path.hardlink_to(draft)  # whole or not at all: several processes may start on an empty folder at once
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # before anything is sealed with it: a name that is lost is a lost ring
    finally:
        os.close(folder)


def add_key(path: Path) -> str:
    """Put a new key into a ring file, which does not seal yet; its id. Raises `SealError`.

    Where the file is copied to other machines, that is done before the key is used.
    """
    with _changing(path) as ring:
        return _add(ring)


def use_key(path: Path, key_id: str) -> None:
    """From now on this key seals; the others go on opening. Raises `UnknownKeyError`, `SealError`."""
    with _changing(path) as ring:
        _need(key_id, ring)
        ring["current"] = key_id


def rotate_key(path: Path) -> str:
    """A new key that seals from now on, in one change of the file; its id. Raises `SealError`."""
    with _changing(path) as ring:
        ring["current"] = _add(ring)
        return str(ring["current"])


def rotate_search_key(path: Path) -> str:
    """A new search key makes hashes from now on; its id. Older ones go on finding. Raises `SealError`."""
    with _changing(path) as ring:
        seeking = _seeking(ring)
        key_id = f"s{1 + max(int(name[1:]) for name in seeking['keys'])}"
        ring["seeking"] = {"current": key_id, "keys": {**seeking["keys"], key_id: _new_key()}}
        return key_id


def drop_key(path: Path, key_id: str) -> None:
    """Forget a key, for ever: whatever it alone opens or finds is lost. Raises `KeySealsError`, `UnknownKeyError`."""
    with _changing(path) as ring:
        _drop(ring, key_id)


def _add(ring: dict[str, Any]) -> str:
    number = 1 + max((int(name[1:]) for name in ring["keys"] if name[1:].isdigit()), default=0)
    ring["keys"][f"k{number}"] = _new_key()
    return f"k{number}"


def _drop(ring: dict[str, Any], key_id: str) -> None:
    if is_search_key(key_id):
        seeking = _seeking(ring)
        _need(key_id, seeking)
        if key_id == seeking["current"]:
            raise KeySealsError(
                f"{key_id} đang băm số để tìm; hãy xoay khóa tìm trước. / {key_id} is the search key in use; rotate "
                "first."
            )
        kept = {name: key for name, key in seeking["keys"].items() if name != key_id}
        ring["seeking"] = {**seeking, "keys": kept}
        return
    _need(key_id, ring)
    if key_id == ring["current"]:
        raise KeySealsError(
            f"{key_id} đang niêm phong; hãy xoay khóa trước. / {key_id} is the key that seals; rotate first."
        )
    del ring["keys"][key_id]


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Any]]:
    """What the file says, to be changed; written at the end unless something was raised. Raises `SealError`.

    One at a time, in all processes of the machine: of two that read the same file, one would write over the other's
    key, and what that had sealed meanwhile would be lost. Locked is the folder, since the file is replaced.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as exc:
        raise _spoilt(path, exc) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        ring = _read(path)
        yield ring
        _draft(path, ring).replace(path)  # as it was or as it is to be, never a part: a lost ring is lost messages
        os.fsync(folder)
    finally:
        os.close(folder)


def _seeking(ring: Mapping[str, Any]) -> Mapping[str, Any]:
    """The search keys; a file that names none has the one that follows from its secret."""
    if "seeking" in ring:
        found: Mapping[str, Any] = ring["seeking"]
        _ = found["keys"][found["current"]]
        return found
    first = base64.b64encode(first_key(base64.b64decode(ring["search"], validate=True))).decode()
    return {"current": "s1", "keys": {"s1": first}}


def _read(path: Path) -> dict[str, Any]:
    try:
        ring = json.loads(path.read_text("utf-8"))
        _ = ring["keys"][ring["current"]], _seeking(ring)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _spoilt(path, exc) from None
    return dict(ring)


def _spoilt(path: Path, exc: Exception) -> SealError:
    return SealError(
        f"Không đọc được vòng khóa {path} ({type(exc).__name__}); hãy khôi phục từ bản sao lưu. / "
        f"The key ring {path} cannot be read ({type(exc).__name__}); restore it from the backup."
    )


def _need(key_id: str, ring: Mapping[str, Any]) -> None:
    if key_id not in ring["keys"]:
        known = ", ".join(ring["keys"])
        raise UnknownKeyError(f"Vòng khóa không có {key_id}; có: {known}. / The ring has no {key_id}; it has: {known}.")


def _key(written: str) -> bytes:
    key = base64.b64decode(written, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{len(key)} bytes")
    return key


def _new_key() -> str:
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def _draft(path: Path, ring: Mapping[str, Any]) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(ring, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return draft
