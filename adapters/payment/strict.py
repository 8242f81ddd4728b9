"""JSON that strangers send us, read strictly: no key twice, nothing but JSON, and numbers as they stand on the wire.

A check value covers the digits as sent (sheet §2), so a number is kept as its text.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def read_object(body: bytes) -> dict[str, Any] | None:
    """The object, its numbers as text; None for anything else."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    try:
        orjson.loads(text)  # refuses what the standard library lets pass: NaN, half characters, wrong UTF-8
        tree = json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        raise ValueError("a key stands twice")
    return tree
