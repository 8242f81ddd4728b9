"""What a system says is text of its own; what of it cannot be stored must not cost us that it was said."""

from __future__ import annotations

_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The text as every ledger can keep it: no NUL (PostgreSQL has none), no half of a character (nor has UTF-8)."""
    if "\0" not in text and text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", _INSTEAD)
