"""Canonical documents as the published schemas and the door's own rules see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gateway.acceptance import schemas
from gateway.acceptance.canonical import canonical, tidy_codes
from gateway.acceptance.schema_gate import SchemaGate
from gateway.acceptance.validation import Validator
from gateway.errors import Problem
from gateway.message import TYPE_PREFIX, Event
from gateway.settings import load_settings
from mappings import Catalogue

Document = dict[str, Any]

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_VALIDATOR = Validator(
    load_settings(environment={}).codes,
    local_procedures=[entry.canonical for entry in CATALOGUE.lists["procedures"].entries],
)


def as_accepted(document: Document) -> Document:
    """The document as it is handed to a mapping: in canonical form."""
    made: Document = canonical(document)
    tidy_codes(made)
    return made


def refusals(kind: str, document: Document) -> tuple[Problem, ...]:
    """What the door would refuse in a document of a type, or its schema where nobody can hand it in."""
    if kind not in schemas.FROM_SENDERS:
        return tuple(SchemaGate(schemas.document(kind)).problems(as_accepted(document)))
    code = document.get("code", document.get("dossier_code", ""))
    event = Event("urn:test:mot-cua", "1", TYPE_PREFIX + kind, code, None, as_accepted(document), b"")
    return _VALIDATOR.judge(event, NOW).errors


def schema_paths(kind: str) -> set[str]:
    """Every value a document may hold, as `documents[].name`; a list of plain values is one path."""
    schema = schemas.document(kind)
    return set(_leaves(schema, schema, ""))


def _leaves(schema: Document, node: Document, path: str) -> Iterator[str]:
    node = resolve(schema, node)
    if node.get("type") == "object":
        for name, member in node["properties"].items():
            yield from _leaves(schema, member, f"{path}.{name}" if path else name)
    elif node.get("type") == "array" and "properties" in resolve(schema, node["items"]):
        yield from _leaves(schema, node["items"], f"{path}[]")
    else:
        yield path


def resolve(schema: Document, node: Document) -> Document:
    """The node, or what it refers to."""
    reference = node.get("$ref")
    found: Document = schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else node
    return found


def holders(document: Any, path: str) -> Iterator[tuple[Document, str]]:
    """Every object that holds (or could hold) the value of a path, with the value's name in it."""
    head, dot, rest = path.partition(".")
    if not dot:
        yield document, path
    elif head.endswith("[]"):
        for row in document.get(head.removesuffix("[]"), ()):
            yield from holders(row, rest)
    elif head in document:
        yield from holders(document[head], rest)
