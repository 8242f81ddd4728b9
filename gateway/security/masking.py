"""What of a value may be shown to whoever has not said what for: its last digits where it is a number, else nothing."""

from __future__ import annotations

MASK = "•••"
_CITIZEN = 12
_SHORTEST = 9
_SEPARATORS = str.maketrans("", "", " .-+()")


def masked(value: object) -> str:
    """`044099000123` -> `0440••••••23`, a shorter number -> `•••••••23`, anything else -> `•••`.

    Of a shorter number less is shown: four digits and two would leave a thousand guesses.
    """
    bare = value.translate(_SEPARATORS) if isinstance(value, str) else ""
    if not (bare.isascii() and bare.isdigit()) or len(bare) < _SHORTEST:
        return MASK
    shown = 4 if len(bare) >= _CITIZEN else 0
    return bare[:shown] + "•" * (len(bare) - shown - 2) + bare[-2:]
