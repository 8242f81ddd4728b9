"""`gateway/defaults.toml` names every setting there is, and nothing that is not a setting."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from adapters.registry import ADAPTERS
from gateway.settings import Settings
from tests.architecture.tree import ROOT

# An example that is written but not active: "# key = value" or "# [section]".
WRITTEN_ONLY = re.compile(r"^# ?(?=\[|[a-z][a-z0-9_]* = )", re.MULTILINE)


def model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := model_within(part))), None)


def keys_of_model(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = model_within(field.annotation)
        if inner is None:
            yield path + name
        elif field.annotation is inner:
            yield from keys_of_model(inner, f"{path}{name}.")
        else:  # a section per name, or a list of sections
            yield from keys_of_model(inner, f"{path}{name}.*.")


def keys_of_document(tree: Mapping[str, Any], known: set[str], path: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if path + name in known:
            yield path + name
            continue
        for inner in value if isinstance(value, list) else [value]:
            if not isinstance(inner, Mapping):
                yield path + name
            elif any(key.startswith(f"{path}{name}.*.") for key in known):
                for section in [inner] if isinstance(value, list) else inner.values():
                    yield from keys_of_document(section, known, f"{path}{name}.*.")
            else:
                yield from keys_of_document(inner, known, f"{path}{name}.")


def every_key() -> set[str]:
    keys = set(keys_of_model(Settings)) - {"adapters"}
    for name, spec in ADAPTERS.items():
        keys |= set(keys_of_model(spec.settings, f"adapters.{name}."))
    return keys


def test_every_setting_is_documented_and_every_documented_key_is_a_setting() -> None:
    text = WRITTEN_ONLY.sub("", (ROOT / "gateway/defaults.toml").read_text("utf-8"))
    keys = every_key()
    written = set(keys_of_document(tomllib.loads(text), keys))
    assert {"not in defaults.toml": sorted(keys - written), "not a setting": sorted(written - keys)} == {
        "not in defaults.toml": [],
        "not a setting": [],
    }
