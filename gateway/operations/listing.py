"""The catalogue as people and programs read it: every mapping with its versions, every code list with its rows."""

from __future__ import annotations

from typing import Any

from gateway.errors import NotFoundError
from mappings import Catalogue, UnknownMapping
from mappings.catalogue import today
from mappings.codelists import CodeList
from mappings.table import Table


def listing(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every mapping with its versions, oldest first, withdrawn ones last."""
    return [
        {
            "name": name,
            "canonical": catalogue.versions(name)[-1].canonical,
            "versions": [described(catalogue, one) for one in (*catalogue.versions(name), *catalogue.withdrawn(name))],
        }
        for name in catalogue.names
    ]


def source(catalogue: Catalogue, name: str, version: str | None = None) -> dict[str, Any]:
    """One version (default: the one in force) with its text as it stands on disk. Raises `NotFoundError`."""
    table = find(catalogue, name, version)
    return {"name": name, **described(catalogue, table), "text": catalogue.path(table).read_text("utf-8")}


def find(catalogue: Catalogue, name: str, version: str | None = None) -> Table:
    """A version by its label, or the one in force. Raises `NotFoundError`."""
    try:
        return catalogue.in_force(name) if version is None else catalogue.version(name, version)
    except UnknownMapping as exc:
        raise NotFoundError(f"Không có bảng dịch hay phiên bản này. / {exc}") from exc


def described(catalogue: Catalogue, table: Table) -> dict[str, Any]:
    """One version: from when, whether in force today, whose, and where its file lies."""
    withdrawn = table in catalogue.withdrawn(table.name)
    started = [one for one in catalogue.versions(table.name) if one.effective_from <= today()]
    return {
        "version": table.version,
        "effective_from": table.effective_from.isoformat(),
        "in_force": bool(started) and started[-1] == table,
        "own": catalogue.is_own(table),
        "withdrawn": withdrawn,
        "file": table.file,
    }


def lists(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every code list: how many rows, how many of them hold today, where its file lies."""
    return [list_described(catalogue.lists[name]) for name in sorted(catalogue.lists)]


def list_described(one: CodeList) -> dict[str, Any]:
    """One code list without its rows."""
    return {
        "name": one.name,
        "vi": one.vi,
        "en": one.en,
        "rows": len(one.entries),
        "in_force": sum(entry.holds(today()) for entry in one.entries),
        "pass": one.passes.pattern if one.passes else None,
        "one_way": one.one_way,
        "file": one.file,
    }


def find_list(catalogue: Catalogue, name: str) -> CodeList:
    """A code list by its name. Raises `NotFoundError`."""
    found = catalogue.lists.get(name)
    if found is None:
        known = ", ".join(sorted(catalogue.lists))
        raise NotFoundError(f"Không có danh mục này; có: {known}. / There is no such code list; there are: {known}.")
    return found
