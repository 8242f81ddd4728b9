"""Amounts of money: VND has no minor unit, so integers only, from 0 to 10^12."""

from __future__ import annotations

from typing import Any

LARGEST = 10**12


def is_amount(value: Any) -> bool:
    """Whether a JSON value is an amount: an integer (booleans are none) within the range."""
    return type(value) is int and 0 <= value <= LARGEST


def is_payable(value: Any) -> bool:
    """Whether a JSON value is an amount somebody can be asked for: at least one dong."""
    return is_amount(value) and value > 0
