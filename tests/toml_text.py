"""Settings as the text of a TOML file: JSON's values are TOML's, written inline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def toml_text(tree: Mapping[str, Any]) -> str:
    """One line per key at the top."""
    return "\n".join(f"{key} = {_inline(value)}" for key, value in tree.items())


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{orjson.dumps(key).decode()} = {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return orjson.dumps(value).decode()
