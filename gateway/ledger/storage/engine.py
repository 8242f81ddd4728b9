"""What engines of both databases are made with."""

from __future__ import annotations

from typing import Any

import orjson

_JSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}

ENGINE: dict[str, Any] = {**_JSON, "hide_parameters": True}
"""Errors of the database never quote what was to be stored."""
