"""Administrative-procedure codes: `n.dddddd`, always text (1.001190 is not 1.00119), and local codes."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum

_NATIONAL = re.compile(r"[1-9]\.[0-9]{6}")
_SUFFIXED = re.compile(r"[1-9]\.[0-9]{6}[A-Z._/-][0-9A-Z._/-]{0,39}")


class Procedure(Enum):
    """What a procedure code is."""

    NATIONAL = "national"
    UNUSUAL = "national, but with an unusual first digit"
    LOCAL = "local"
    MALFORMED = "malformed"


def judge(code: str, local: Collection[str] = ()) -> Procedure:
    """Tell national codes from local ones (a suffix, or named in the local list) and from what is neither."""
    if _NATIONAL.fullmatch(code):
        return Procedure.NATIONAL if code[0] in "123" else Procedure.UNUSUAL
    if code in local or _SUFFIXED.fullmatch(code):
        return Procedure.LOCAL
    return Procedure.MALFORMED
