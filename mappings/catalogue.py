"""The catalogue: every mapping on disk, by name, each version from its day on."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

from mappings.codelists import CodeList, load_code_lists
from mappings.convert import LOCAL
from mappings.engine import Mapping
from mappings.errors import TableError, UnknownMapping
from mappings.table import Table, read_table

_HOME = Path(__file__).parent


class Catalogue:
    """Mappings and code lists as read from disk; frozen once loaded."""

    def __init__(self, tables: dict[str, list[Table]], lists: dict[str, CodeList]) -> None:
        self._tables = tables
        self.lists = lists

    @classmethod
    def load(cls, folder: Path | None = None) -> Catalogue:
        """Read `catalog/` and `codelists/` below a folder (default: the packaged ones). Raises `TableError`."""
        home = folder or _HOME
        tables: dict[str, list[Table]] = defaultdict(list)
        for path in sorted((home / "catalog").glob("*/*/mapping*.yaml")):
            name = f"{path.parent.parent.name}/{path.parent.name}"
            table = read_table(path, f"catalog/{name}/{path.name}")
            if table.name != name:
                raise TableError(table.file, 1, f"the name must be that of the folder: {name!r}")
            tables[name].append(table)
        for versions in tables.values():
            versions.sort(key=lambda table: table.effective_from)
        return cls(dict(tables), load_code_lists(home / "codelists"))

    @property
    def names(self) -> list[str]:
        """All mappings."""
        return sorted(self._tables)

    def versions(self, name: str) -> list[Table]:
        """All versions of a mapping, oldest first. Raises `UnknownMapping`."""
        if name not in self._tables:
            raise UnknownMapping(f"no mapping {name!r}; known: {', '.join(self.names)}")
        return self._tables[name]

    def get(self, name: str, on: date | None = None) -> Mapping:
        """The version in force on a day (default: today in Việt Nam), compiled. Raises `UnknownMapping`."""
        day = on or datetime.now(LOCAL).date()
        in_force = [table for table in self.versions(name) if table.effective_from <= day]
        if not in_force:
            raise UnknownMapping(f"no version of {name!r} is in force on {day}")
        return Mapping(in_force[-1], self.lists, day)
