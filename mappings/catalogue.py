"""The catalogue: every mapping by name, each version from its day on; a province's own files laid over the packaged.

Packaged and own files have the same layout: `catalog/<system>/<type>/mapping*.yaml` and `codelists/<list>.yaml`. Own
versions stand beside the packaged ones; an own code list takes the place of the packaged one of that name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

from mappings.codelists import CodeList, load_code_lists
from mappings.convert import VIETNAM
from mappings.engine import Mapping as DocumentMapping
from mappings.errors import TableError, UnknownMapping
from mappings.read_table import read_table
from mappings.table import Table

HOME = Path(__file__).parent
WITHDRAWN = "withdrawn"
"""Folder beside the own versions of a mapping with those taken out of force: still known by their label, never chosen
by a day."""
_KEPT = 256
"""Compiled mappings kept: the ones in force, and those that replays "as then" ask for."""

Tables = Mapping[str, Iterable[Table]]


class Catalogue:
    """Mappings and code lists as read from disk; later changes on disk are not seen."""

    def __init__(
        self,
        tables: Tables,
        lists: Mapping[str, CodeList],
        withdrawn: Tables | None = None,
        *,
        home: Path = HOME,
        own: Path | None = None,
    ) -> None:
        """Raises `TableError` for versions that could not be told apart."""
        self._tables = {name: _ordered(versions) for name, versions in tables.items()}
        self._withdrawn = {name: list(versions) for name, versions in (withdrawn or {}).items()}
        self._home, self.own = home, own
        for name, versions in self._tables.items():
            _refuse_same_label([*versions, *self._withdrawn.get(name, ())])
        self._compile = lru_cache(_KEPT)(self._compiled)
        self.lists = lists

    @classmethod
    def load(cls, folder: Path = HOME, own: Path | None = None) -> Catalogue:
        """Read the packaged files (or those below another folder), and a province's own over them; `own` need not be.

        Raises `TableError`.
        """
        tables, lists = _read_tables(folder, "*/*/mapping*.yaml", ""), load_code_lists(folder / "codelists")
        packaged = cls(tables, lists, home=folder)
        return packaged if own is None else packaged.under(own)

    def under(self, own: Path) -> Catalogue:
        """These packaged files with a province's own over them; only the own ones are read. Raises `TableError`."""
        tables = {name: list(versions) for name, versions in self._tables.items()}
        for name, versions in _read_tables(own, "*/*/mapping*.yaml", f"{own.name}/").items():
            tables[name] = tables.get(name, []) + versions
        withdrawn = _read_tables(own, f"*/*/{WITHDRAWN}/mapping*.yaml", f"{own.name}/")
        lists = {**self.lists, **load_code_lists(own / "codelists", f"{own.name}/codelists")}
        return Catalogue(tables, lists, withdrawn, home=self._home, own=own)

    @property
    def names(self) -> list[str]:
        """All mappings."""
        return sorted(self._tables)

    def versions(self, name: str) -> list[Table]:
        """All versions of a mapping that come into force, oldest first. Raises `UnknownMapping`."""
        if name not in self._tables:
            raise UnknownMapping(f"no mapping {name!r}; known: {', '.join(self.names)}")
        return self._tables[name]

    def withdrawn(self, name: str) -> list[Table]:
        """Own versions that were taken out of force."""
        return self._withdrawn.get(name, [])

    def in_force(self, name: str, on: date | None = None) -> Table:
        """The version in force on a day (default: today in Việt Nam). Raises `UnknownMapping`."""
        day = on or today()
        for table in reversed(self.versions(name)):
            if table.effective_from <= day:
                return table
        raise UnknownMapping(f"no version of {name!r} is in force on {day}")

    def version(self, name: str, label: str) -> Table:
        """One version by its label, withdrawn ones too. Raises `UnknownMapping`."""
        for table in (*self.versions(name), *self.withdrawn(name)):
            if table.version == label:
                return table
        raise UnknownMapping(f"no version {label!r} of {name!r}")

    def get(self, name: str, on: date | None = None, version: str | None = None) -> DocumentMapping:
        """The version in force on a day (default: today in Việt Nam), with the codes of that day, compiled.

        `version` asks for one by its label instead, whether or not it is in force that day. What was compiled is kept,
        so asking for every document costs next to nothing. Raises `UnknownMapping`, and `TableError` for a code list
        that is not there.
        """
        day = on or today()
        label = self.in_force(name, day).version if version is None else version
        return self._compile(name, label, day)

    def path(self, one: Table | CodeList) -> Path:
        """Where the file of a version or a code list lies."""
        root = self.own.parent if self.own is not None and self.is_own(one) else self._home
        return root / one.file

    def is_own(self, one: Table | CodeList) -> bool:
        """Whether a version or a code list is the province's own, not a packaged one."""
        return self.own is not None and one.file.startswith(f"{self.own.name}/")

    def with_list(self, code_list: CodeList) -> Catalogue:
        """This catalogue with one list more, or another in its place."""
        lists = {**self.lists, code_list.name: code_list}
        return Catalogue(self._tables, lists, self._withdrawn, home=self._home, own=self.own)

    def compile_all(self) -> None:
        """Compile what is in force today, and every version on its first day. Raises `TableError`."""
        for name in self.names:
            for table in self.versions(name):
                self.get(name, table.effective_from, table.version)
            if self.versions(name)[0].effective_from <= today():
                self.get(name)

    def _compiled(self, name: str, label: str, day: date) -> DocumentMapping:
        return DocumentMapping(self.version(name, label), self.lists, day)


def today() -> date:
    """The day in Việt Nam, by which versions and codes come into force."""
    return datetime.now(VIETNAM).date()


def _read_tables(folder: Path, pattern: str, prefix: str) -> dict[str, list[Table]]:
    tables: dict[str, list[Table]] = defaultdict(list)
    home = folder / "catalog"
    for path in sorted(home.glob(pattern)):
        inside = path.relative_to(home)
        name = f"{inside.parts[0]}/{inside.parts[1]}"
        table = read_table(path, f"{prefix}catalog/{inside.as_posix()}")
        if table.name != name:
            raise TableError(table.file, 1, f"the name must be that of the folder: {name!r}")
        tables[name].append(table)
    return dict(tables)


def _ordered(versions: Iterable[Table]) -> list[Table]:
    """Oldest first; two that begin on one day could not be told apart."""
    ordered = sorted(versions, key=lambda table: table.effective_from)
    for before, after in pairwise(ordered):
        if before.effective_from == after.effective_from:
            raise TableError(after.file, 1, f"{before.file} is in force from the same day")
    return ordered


def _refuse_same_label(versions: Iterable[Table]) -> None:
    """A delivery records the label only, so one label is one version for ever."""
    labels: dict[str, str] = {}
    for table in versions:
        other = labels.setdefault(table.version, table.file)
        if other != table.file:
            raise TableError(table.file, 1, f"{other} is version {table.version!r} too")


def files(own: Path) -> Iterator[Path]:
    """The own files that make a catalogue what it is: whoever watches them sees every change."""
    return chain(
        own.glob("catalog/*/*/mapping*.yaml"),
        own.glob(f"catalog/*/*/{WITHDRAWN}/mapping*.yaml"),
        own.glob("codelists/*.yaml"),
        own.glob("schemas/*"),
    )
