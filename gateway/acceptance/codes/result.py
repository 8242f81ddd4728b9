"""Result-type codes (`KQ.G15.000031`) and the marks of reused digitised papers that must agree with each other."""

from __future__ import annotations

import re

_CODE = re.compile(r"KQ\.[A-Y][0-9]{2}\.[0-9A-Z]{1,20}")
_USUAL = re.compile(r"KQ\.[A-Y][0-9]{2}\.[0-9]{6}")
_COMPONENT = re.compile(r"[0-9A-Za-z._-]{1,50}")

REPLACED = "replaced_by_result"


def is_result_code(text: str) -> bool:
    """KQ, a level-1 code, then 1 to 20 capital letters or digits."""
    return _CODE.fullmatch(text) is not None


def has_usual_tail(text: str) -> bool:
    """Whether it is a result code that ends in six digits, as all attested ones do."""
    return _USUAL.fullmatch(text) is not None


def reuse_flaw(reuse: str, replacing: str | None) -> str | None:
    """What is inconsistent between the reuse mark and the replacing code: a text key, or None."""
    if reuse == REPLACED:
        return None if replacing else "REUSE_MISSING"
    return "REUSE_UNEXPECTED" if replacing else None


def is_component_code(text: str) -> bool:
    """1 to 50 letters, digits, dots, dashes or underscores; some senders put the component's name there instead."""
    return _COMPONENT.fullmatch(text) is not None
