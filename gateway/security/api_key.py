"""API keys: 256 random bits, told once; kept and compared by their digest alone."""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

PREFIX = "lt_"
_SHOWN = len(PREFIX) + 5


class ApiKey(NamedTuple):
    """A new key. `id` is how it begins, by which people tell keys apart; `digest` its SHA-256 in hex."""

    key: str
    id: str
    digest: str


def make_key() -> ApiKey:
    """A key nobody has seen. The 30 bits that lists show leave 226 to guess."""
    key = PREFIX + secrets.token_urlsafe(32)
    return ApiKey(key, key[:_SHOWN], digest_of(key))


def digest_of(key: str) -> str:
    """SHA-256 in hex. Enough for a random key; what a person could choose would need a slow hash."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def id_of_configured(digest: str) -> str:
    """The word for a key of which only the configuration's digest is known."""
    return f"cfg_{digest[:6]}"
