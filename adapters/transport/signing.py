"""Signs what is posted to an address by Standard Webhooks 1.0.0 (HMAC-SHA256, `v1`)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a key; the specification says 192 to 512 bits."""


class Signer:
    """Signs with every secret that is valid, so that either side may change its own first."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._keys = tuple(Webhook(secret) for secret in secrets)

    def headers(self, event_id: str, body: bytes, at: datetime) -> dict[str, str]:
        """The three headers for one attempt. `at` is the attempt's own time in UTC: clients refuse old ones."""
        text = body.decode()
        signatures = [key.sign(event_id, at, text) for key in self._keys]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def well_formed(secret: str) -> bool:
    """Whether both sides would read the same key out of it: `whsec_` and base64 of 24 to 64 bytes.

    The signing library drops what is no base64, so a typing error would give another key in silence.
    """
    encoded = secret.removeprefix(PREFIX)
    if encoded == secret:
        return False
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        return False
    return _SHORTEST <= len(key) <= _LONGEST
