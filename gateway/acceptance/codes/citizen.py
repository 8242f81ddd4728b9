"""Citizen numbers (12 digits, Thông tư 07/2016/TT-BCA) and the older identity card numbers (CMND, 9 digits)."""

from __future__ import annotations

import re

_CITIZEN = re.compile(r"[0-9]{12}")
_CMND = re.compile(r"[0-9]{9}")

# fmt: off
PROVINCES = frozenset((
    "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020", "022", "024", "025",
    "026", "027", "030", "031", "033", "034", "035", "036", "037", "038", "040", "042", "044", "045", "046", "048",
    "049", "051", "052", "054", "056", "058", "060", "062", "064", "066", "067", "068", "070", "072", "074", "075",
    "077", "079", "080", "082", "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
))
# fmt: on
"""Place of birth registration; numbers are for life, so codes of merged provinces stay valid."""


def is_citizen_number(text: str) -> bool:
    """Twelve ASCII digits and nothing else."""
    return _CITIZEN.fullmatch(text) is not None


def has_known_province(number: str) -> bool:
    """Whether a well-formed number begins with a province; others are people born abroad or test data."""
    return number[:3] in PROVINCES


def birth_year(number: str) -> int:
    """The year of birth that a well-formed number tells: century (with the sex) in digit 4, year in digits 5 and 6."""
    return 1900 + int(number[3]) // 2 * 100 + int(number[4:6])


def is_cmnd(text: str) -> bool:
    """Nine ASCII digits and nothing else; no check digit is known."""
    return _CMND.fullmatch(text) is not None
