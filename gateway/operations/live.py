"""The catalogue in force in a running gateway: a changed file, or a new day, counts without a restart.

Files are looked at every second or so, never for a message; a message costs one look into memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import structlog

from gateway.errors import ConfigurationError, StateError
from mappings import Catalogue, Mapping, TableError
from mappings.catalogue import files, today

log = structlog.get_logger(__name__)

_Stamp = tuple[tuple[str, int, int], ...]


async def _nothing() -> None:
    """Nobody else has to know."""


def own_folder(data_dir: Path) -> Path:
    """Where a province's own versions and code lists lie."""
    return data_dir / "mappings"


@cache
def packaged() -> Catalogue:
    """The packaged files, read once: they belong to the program and change with it only. Raises `TableError`."""
    return Catalogue.load()


def load_catalogue(own: Path) -> Catalogue:
    """The packaged files with a province's own over them. Raises `ConfigurationError` naming file and line."""
    try:
        catalogue = packaged().under(own)
        catalogue.compile_all()
    except TableError as exc:
        raise ConfigurationError([str(exc)]) from exc
    except OSError as exc:
        raise ConfigurationError([f"{exc.filename}: không đọc được / cannot be read: {exc.strerror}"]) from exc
    return catalogue


class LiveCatalogue:
    """Hands out what is in force now. A file written wrongly changes nothing: it is logged, and the last good stay."""

    def __init__(
        self, own: Path, clock: Callable[[], date] = today, on_change: Callable[[], Awaitable[object]] = _nothing
    ) -> None:
        """Reads everything once; `clock` tells the day in Việt Nam. Raises `ConfigurationError`.

        `on_change` is awaited whenever something new is in force here, before anybody is told of it.
        """
        self.own = own
        self._clock = clock
        self._on_change = on_change
        self.flaw: str | None = None
        """Why the files as they lie there are not in force; None when they are."""
        self._stamp = _stamp(own)
        self._catalogue = load_catalogue(own)
        self.local_procedures = LocalProcedures(self._catalogue)
        self._looking = asyncio.Lock()

    @property
    def current(self) -> Catalogue:
        """The catalogue as it is in force; keep it for one piece of work, not longer."""
        return self._catalogue

    def get(self, name: str, on: date | None = None, version: str | None = None) -> Mapping:
        """As `Catalogue.get`; a version whose day has begun is in force without anybody doing anything."""
        return self._catalogue.get(name, on or self._clock(), version)

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
                self.flaw = str(exc)
                return False
            self.flaw = None
            self._catalogue = catalogue
            self.local_procedures.take(catalogue)
            await self._on_change()
            return True

    async def sound(self) -> Catalogue:
        """The catalogue as the files now say, for whoever is about to change it. Raises `StateError` if they are wrong.

        A change on top of a file that is written wrongly would not come into force.
        """
        await self.refresh()
        if self.flaw is not None:
            raise StateError(
                f"Một tệp bảng dịch hoặc danh mục đang viết chưa đúng; hãy sửa nó trước: {self.flaw} / "
                f"A mapping or code list file is written wrongly; mend it first: {self.flaw}"
            )
        return self._catalogue

    async def follow(self, every: float) -> None:
        """Look again and again until cancelled, and say in the log what became of a change."""
        told: str | None = None
        while True:
            await asyncio.sleep(every)
            try:
                if await self.refresh():
                    log.info("mappings.taken", count=len(self._catalogue.names))
            except Exception:
                log.exception("mappings.not_read")
            if self.flaw is not None and self.flaw != told:
                log.error("mappings.not_taken", error=self.flaw)
            told = self.flaw


class LocalProcedures(Collection[str]):
    """The local procedure codes that the code list knows now: the door takes a code as soon as the list has it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.take(catalogue)

    def take(self, catalogue: Catalogue) -> None:
        """From now on, the codes of this catalogue."""
        self._codes = frozenset(entry.canonical for entry in catalogue.lists["procedures"].entries)

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


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
