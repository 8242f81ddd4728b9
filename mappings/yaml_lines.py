"""YAML with line numbers, so that every complaint about a table says where to look."""

from __future__ import annotations

from typing import Any

import yaml

from mappings.errors import TableError

LINE = "__line__"


class _Loader(yaml.SafeLoader):
    """Safe YAML in which each mapping knows its line and a repeated key is an error."""

    file = ""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
        if key in made:
            raise TableError(loader.file, key_node.start_mark.line + 1, f"the key {key!r} stands twice")
        made[key] = loader.construct_object(value_node, deep=True)  # type: ignore[no-untyped-call]
    made[LINE] = node.start_mark.line + 1
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(text: str, file: str) -> dict[str, Any]:
    """The document as dictionaries that carry their line under `LINE`. Raises `TableError`."""
    loader = _Loader(text)
    loader.file = file
    try:
        made = loader.get_single_data()  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise TableError(file, line, exc.problem or "cannot be read as YAML") from None
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]
    if not isinstance(made, dict):
        raise TableError(file, 1, "must be a mapping of keys to values")
    return made
