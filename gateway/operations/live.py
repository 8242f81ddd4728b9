"""The catalogue in force in a running gateway: a changed file, or a new day, counts without a restart.

Files are looked at every second or so, never for a message; a message costs one look into memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date
from pathlib import Path

import structlog

from gateway.errors import ConfigurationError
from mappings import Catalogue, Mapping, TableError
from mappings.catalogue import HOME, files

log = structlog.get_logger(__name__)

_Stamp = tuple[tuple[str, int, int], ...]


def own_folder(data_dir: Path) -> Path:
    """Where a province's own versions and code lists lie."""
    return data_dir / "mappings"


def load_catalogue(own: Path) -> Catalogue:
    """The packaged files with a province's own over them. Raises `ConfigurationError` naming file and line."""
    try:
        catalogue = Catalogue.load(HOME, own)
        catalogue.compile_all()
    except TableError as exc:
        raise ConfigurationError([str(exc)]) from exc
    return catalogue


class LiveCatalogue:
    """Hands out what is in force now. A file written wrongly changes nothing: it is logged, and the last good stay."""

    def __init__(self, own: Path) -> None:
        """Reads everything once. Raises `ConfigurationError`."""
        self.own = own
        self._stamp = _stamp(own)
        self._catalogue = load_catalogue(own)
        self._local_procedures = _local_procedures(self._catalogue)
        self._looking = asyncio.Lock()

    @property
    def current(self) -> Catalogue:
        """The catalogue as it is in force; keep it for one piece of work, not longer."""
        return self._catalogue

    @property
    def local_procedures(self) -> Collection[str]:
        """The local procedure codes that the code list knows."""
        return self._local_procedures

    def get(self, name: str, on: date | None = None, version: str | None = None) -> Mapping:
        """As `Catalogue.get`."""
        return self._catalogue.get(name, on, version)

    async def refresh(self) -> bool:
        """Look at the files, and read them anew if one changed; whether something new is in force."""
        async with self._looking:
            stamp = await asyncio.to_thread(_stamp, self.own)
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            try:
                catalogue = await asyncio.to_thread(load_catalogue, self.own)
            except ConfigurationError as exc:
                log.error("mappings.not_taken", error=str(exc))  # noqa: TRY400 - a person's mistake, not a fault of ours
                return False
            self._catalogue, self._local_procedures = catalogue, _local_procedures(catalogue)
            log.info("mappings.taken", count=len(catalogue.names))
            return True

    async def follow(self, every: float) -> None:
        """Look again and again until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.refresh()
            except Exception:
                log.exception("mappings.not_read")


def _local_procedures(catalogue: Catalogue) -> Collection[str]:
    return frozenset(entry.canonical for entry in catalogue.lists["procedures"].entries)


def _stamp(own: Path) -> _Stamp:
    """What the files look like from outside; one that is written anew or put in place of another looks different."""
    found = []
    for path in files(own):
        try:
            stat = path.stat()
        except FileNotFoundError:  # gone since it was listed: the next look tells
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_ino))
    return tuple(sorted(found))
