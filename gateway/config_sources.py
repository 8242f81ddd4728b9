"""What is configured, before anybody judges it: the file, then the environment, then files of secrets, one tree.

Nothing here repeats a value: what cannot be read is named, never quoted, because it may be a secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.errors import ConfigurationError

_OURS = "LIENTHONG_"
_NOT_SETTINGS = ("LIENTHONG_CONFIG", "LIENTHONG_TEST_")


def read_sources(file: Path | None, environment: Mapping[str, str], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`defaults.toml`, then `file`, then `environment`, then `overrides`. Raises `ConfigurationError`."""
    tree: dict[str, Any] = tomllib.loads((files("gateway") / "defaults.toml").read_text("utf-8"))
    if file is not None:
        try:
            tree = _merge(tree, tomllib.loads(file.read_text("utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as exc:
            raise ConfigurationError([f"{file}: {exc}"]) from None
        except UnicodeDecodeError:
            raise ConfigurationError([f"{file}: không phải UTF-8 / is not UTF-8"]) from None
    return _merge(_merge(tree, _from_environment(environment)), overrides)


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(value, Mapping) and isinstance(old, dict) else value
    return merged


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """`LIENTHONG_HTTP__PORT=9000` -> {"http": {"port": 9000}}; `…_FILE` reads the value from that file."""
    tree: dict[str, Any] = {}
    mistakes = []
    for name, raw in sorted(environment.items()):
        if not name.startswith(_OURS) or name.startswith(_NOT_SETTINGS):
            continue
        try:
            path, value = _setting(name.removeprefix(_OURS).lower(), raw)
        except (OSError, ValueError) as exc:
            told = exc.strerror if isinstance(exc, OSError) else "không phải UTF-8 / is not UTF-8"
            mistakes.append(f"{name}: không đọc được tệp này / this file cannot be read: {told}")
            continue
        node = tree
        *parents, leaf = path.split("__")
        for parent in parents:
            if not isinstance(node.get(parent), dict):
                node[parent] = {}
            node = node[parent]
        node[leaf] = value
    if mistakes:
        raise ConfigurationError(mistakes)
    return tree


def _setting(path: str, raw: str) -> tuple[str, Any]:
    """Key and value of one variable. What stands in a file is text, were it only digits, or a list of texts."""
    if not path.endswith("_file"):
        return path, _literal(raw)
    text = Path(raw).read_text("utf-8").strip()
    return path.removesuffix("_file"), _literal(text) if text.startswith("[") else text


def _literal(value: str) -> Any:
    """A TOML value where it reads as one (numbers, booleans, arrays), else the text itself."""
    try:
        return tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return value


def is_address(url: str) -> bool:
    """Whether this reads as an address, or is empty. A password in it that is not encoded makes it read as another."""
    if not url or url.startswith("sqlite"):
        return True
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.scheme) and "@" not in parts.path + parts.query + parts.fragment
