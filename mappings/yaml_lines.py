"""YAML with line numbers, so that every complaint about a table says where to look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mappings.errors import TableError

LINE = "__line__"
_NO_TEXT = "must be text in UTF-8 without control characters"


class _Loader(yaml.CSafeLoader):
    """Safe YAML in which each mapping knows its line and a repeated key is an error.

    The reader in C: the tables are read by every process at its start, and it takes a sixth of the time.
    """

    file = ""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode):
            raise TableError(loader.file, line, "a key must be a word")
        if key in made:
            raise TableError(loader.file, line, f"the key {key!r} stands twice")
        try:
            made[key] = loader.construct_object(value_node, deep=True)
        except ValueError as exc:  # a day like 2025-13-45, which the library reads without a mark
            raise TableError(loader.file, line, f"{key}: {exc}") from None
    made[LINE] = node.start_mark.line + 1
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(path: Path, file: str) -> dict[str, Any]:
    """The document as dictionaries that carry their line under `LINE`; `file` names it in complaints.

    Raises `TableError`.
    """
    try:
        loader = _Loader(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise TableError(file, 1, _NO_TEXT) from None
    loader.file = file
    try:
        made = loader.get_single_data()
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise TableError(file, line, exc.problem or "cannot be read as YAML") from None
    except yaml.YAMLError:
        raise TableError(file, 1, _NO_TEXT) from None
    finally:
        loader.dispose()
    if not isinstance(made, dict):
        raise TableError(file, 1, "must be a mapping of keys to values")
    return made


def refuse_unknown(file: str, tree: dict[str, Any], known: set[str]) -> None:
    """Raise `TableError` for the first key that nobody reads: it is a typing mistake."""
    unknown = set(tree) - known - {LINE}
    if unknown:
        raise TableError(file, tree[LINE], f"unknown key {min(unknown)!r}; known: {', '.join(sorted(known))}")
