"""Who may look: HTTP Basic, one name and the administrator's token. Users and roles come with the full console."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

NAME = "admin"
CHALLENGE = 'Basic realm="Lien Thong console", charset="UTF-8"'
_SCHEME = "basic "


class Door:
    """Knows the password by its digest only; comparing takes the same time however much of it was right."""

    def __init__(self, password: str) -> None:
        if not password:
            raise ValueError("the console needs a password; an empty one would let everybody in")
        self._expected = _digest(f"{NAME}:{password}".encode())

    def lets_in(self, authorization: str | None) -> bool:
        """Whether the `Authorization` header carries the name and the password."""
        header = authorization or ""
        if header[: len(_SCHEME)].lower() != _SCHEME:
            return False
        try:
            given = base64.b64decode(header[len(_SCHEME) :].strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(_digest(given), self._expected)


def _digest(credentials: bytes) -> bytes:
    return hashlib.sha256(credentials).digest()
