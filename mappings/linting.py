"""Checks of whole tables that reading and compiling them cannot make: against the schemas at both ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from mappings.catalogue import Catalogue, today
from mappings.codelists import CodeList
from mappings.engine import Mapping as DocumentMapping
from mappings.errors import TableError
from mappings.findings import Finding
from mappings.lint_canonical import Canonical
from mappings.lint_foreign import foreign_findings
from mappings.table import Table


def lint(catalogue: Catalogue, schemas: Mapping[str, Mapping[str, Any]], on: date | None = None) -> list[Finding]:
    """What to look at in every version of every mapping, by file and line.

    `schemas` are the canonical JSON Schemas by message type; code lists count as on a day (default: today).
    """
    tables = [table for name in catalogue.names for table in catalogue.versions(name)]
    return sorted({one for table in tables for one in lint_table(table, catalogue.lists, schemas, on)})


def lint_table(
    table: Table, lists: Mapping[str, CodeList], schemas: Mapping[str, Mapping[str, Any]], on: date | None = None
) -> list[Finding]:
    """The same for one table, published or not."""
    day = max(on or today(), table.effective_from)
    return sorted({*_compiles(table, lists, day), *_canonical(table, lists, schemas, day), *foreign_findings(table)})


def _compiles(table: Table, lists: Mapping[str, CodeList], day: date) -> Iterator[Finding]:
    try:
        DocumentMapping(table, lists, day)
    except TableError as exc:
        vi = f"Không dùng được: {exc.problem}."
        yield Finding(exc.file, exc.line, "TABLE", "error", vi, exc.problem)


def _canonical(
    table: Table, lists: Mapping[str, CodeList], schemas: Mapping[str, Mapping[str, Any]], day: date
) -> Iterator[Finding]:
    schema = schemas.get(table.canonical)
    if schema is None:
        yield Finding(
            table.file,
            table.head,
            "TYPE_UNKNOWN",
            "error",
            f"Không có lược đồ cho loại {table.canonical}.",
            f"there is no schema for the type {table.canonical}",
        )
    else:
        yield from Canonical(table, schema, lists, day).findings()
