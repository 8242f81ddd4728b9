"""Tax codes (mã số thuế): 10 digits with a check digit, or 13 with a branch; written with or without separators."""

from __future__ import annotations

import re

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_DIGITS = re.compile(r"[0-9]{10}(?:[0-9]{3})?")
_PLAIN = re.compile(r"[0-9]{10}(?:-[0-9]{3})?")
_SEPARATORS = str.maketrans("", "", " .-")


def bare(text: str) -> str:
    """The digits of a tax code as people write it: blanks, dots and dashes taken out."""
    return text.translate(_SEPARATORS)


def is_plain(text: str) -> bool:
    """Whether it is written as systems write it: ten digits, a branch behind a dash."""
    return _PLAIN.fullmatch(text) is not None


def judge(text: str) -> str | None:
    """None when the number is right, else `TAX_FORMAT` or `TAX_CHECK_DIGIT`."""
    digits = bare(text)
    if not _DIGITS.fullmatch(digits) or digits[2:9] == "0000000" or digits[10:] == "000":
        return "TAX_FORMAT"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:9], strict=True))
    # A result of 10 means that no such number was ever issued: it equals no digit.
    return None if 10 - total % 11 == int(digits[9]) else "TAX_CHECK_DIGIT"
