"""Reads a table from YAML with strict checks; every complaint names file and line."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mappings.errors import TableError
from mappings.read_line import Style, read_lines, read_rows
from mappings.table import Loss, Table, XmlForm
from mappings.yaml_lines import LINE, load, refuse_unknown

_HEAD_KEYS = {
    *("name", "version", "effective_from", "canonical", "source", "note", "fields", "losses"),
    *("when", "absent", "schema", "xml"),
}
_PACKAGED = Path(__file__).parent
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_STEP = re.compile(r"(?:([A-Za-z_][A-Za-z0-9_.-]*):)?([A-Za-z_][A-Za-z0-9_.-]*)")
_WHOLE = "document"
"""The port of a table that names none."""


def read_table(path: Path, file: str) -> Table:
    """Read and check a table; `file` names it in complaints. Raises `TableError`."""
    tree = load(path, file)
    refuse_unknown(file, tree, _HEAD_KEYS)
    for key in ("name", "version", "canonical"):
        if not isinstance(tree.get(key), str):
            raise TableError(file, tree[LINE], f"{key} is missing or not text in quotes")
    day = tree.get("effective_from")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TableError(file, tree[LINE], "effective_from must be a day like 2020-04-20")
    schema = _schema(path, file, tree)
    xml = _xml(path, file, tree["xml"], schema) if "xml" in tree else None
    return Table(
        file=file,
        name=tree["name"],
        version=tree["version"],
        effective_from=day,
        canonical=tree["canonical"],
        lines=read_lines(_style(file, tree, xml), tree.get("fields"), tree[LINE]),
        losses=tuple(_loss(file, row) for row in read_rows(file, tree.get("losses", []), tree[LINE])),
        when=_when(file, tree),
        xml=xml,
        schema=schema,
        head=tree[LINE],
    )


def _style(file: str, tree: dict[str, Any], xml: XmlForm | None) -> Style:
    """XML is the whole document, unless one of its fields holds it; absent values are left out of XML."""
    rows = tree.get("fields")
    holds = isinstance(rows, list) and any(isinstance(row, dict) and row.get("holds") == "xml" for row in rows)
    absent = tree.get("absent", "omit" if xml and not holds else "empty")
    if absent not in ("empty", "omit"):
        raise TableError(file, tree[LINE], "absent takes empty or omit: what happens to a field without a value")
    default = "" if absent == "empty" else None
    if xml is None:
        return Style(file, default)
    inside = Style(file, None, frozenset(prefix for prefix, _ in xml.namespaces))
    return Style(file, default, inside=inside) if holds else Style(file, default, inside.prefixes)


def _when(file: str, tree: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    when = tree.get("when", {})
    if not isinstance(when, dict) or not all(isinstance(value, str) for key, value in when.items() if key != LINE):
        raise TableError(file, tree[LINE], "when says what is always so in our document, like {service: lookup}")
    return tuple((path, value) for path, value in when.items() if path != LINE)


def _schema(path: Path, file: str, tree: dict[str, Any]) -> Path | None:
    """The other side's schema, from `schemas/` beside the catalogue of the table, else the packaged ones."""
    name = tree.get("schema")
    if name is None:
        return None
    if isinstance(name, str) and Path(name).name == name and Path(name).suffix in (".xsd", ".json"):
        own = next((home.parent for home in path.parents if home.name == "catalog"), _PACKAGED)
        for folder in (own / "schemas", _PACKAGED / "schemas"):
            if (folder / name).is_file():
                return folder / name
    raise TableError(file, tree[LINE], "schema names an .xsd or .json file of the folder schemas/ that is there")


def _xml(path: Path, file: str, tree: Any, schema: Path | None) -> XmlForm:
    """The form of a document, or of the XML in one of its fields, which then has a schema of its own."""
    if not isinstance(tree, dict):
        raise TableError(file, 1, "xml takes {namespaces: {prefix: URI}, root: prefix:Name}")
    refuse_unknown(file, tree, {"namespaces", "root", "schema"})
    namespaces = tree.get("namespaces")
    pairs = [pair for pair in namespaces.items() if pair[0] != LINE] if isinstance(namespaces, dict) else []
    if not pairs or not all(_is_namespace(prefix, uri) for prefix, uri in pairs):
        raise TableError(file, tree[LINE], 'namespaces takes {prefix: URI}, with "" for names without a prefix')
    root = tree.get("root")
    ports = root if isinstance(root, dict) else {_WHOLE: root}
    found = tuple((port, _way(file, tree[LINE], way, dict(pairs))) for port, way in ports.items() if port != LINE)
    return XmlForm(tuple(pairs), found, _schema(path, file, tree) or schema)


def _is_namespace(prefix: str, uri: Any) -> bool:
    return isinstance(uri, str) and (bool(uri and _PREFIX.fullmatch(prefix)) if prefix else True)


def _way(file: str, line: int, way: Any, namespaces: dict[str, str]) -> tuple[tuple[str, str], ...]:
    steps = [_STEP.fullmatch(step) for step in way.split("/")] if isinstance(way, str) else []
    if not steps or not all(step and (step[1] or "") in namespaces for step in steps):
        raise TableError(
            file, line, "root takes a path of elements like dan:Response/dc:Reply (or {port: path}), prefixes declared"
        )
    return tuple((step[1] or "", step[2]) for step in steps if step)


def _loss(file: str, row: dict[str, Any]) -> Loss:
    refuse_unknown(file, row, {"paths", "when", "note"})
    paths, when = row.get("paths"), row.get("when", "always")
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
        raise TableError(file, row[LINE], "a loss names its `paths`, a list like [agency.code, fees[].kind]")
    if not isinstance(when, str):
        raise TableError(file, row[LINE], "`when` says in words when it is lost")
    return Loss(tuple(paths), when, row[LINE])
