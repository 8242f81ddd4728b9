"""Makes a new secret for a client: `python -m adapters.onestop.secrets` prints one, and nothing else."""

from __future__ import annotations

import base64
import secrets
import sys

from adapters.transport.signing import PREFIX


def new_secret() -> str:
    """A secret nobody has seen before, of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


if __name__ == "__main__":
    sys.stdout.write(new_secret() + "\n")
