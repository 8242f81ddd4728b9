"""What a person may do to mappings: try a candidate on stored messages, publish it, withdraw a version.

A candidate is published as its text is, comments and all, into the province's own folder; what is in force changes by
that file alone, and never without an audit entry.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gateway.acceptance.canonical import document_of
from gateway.errors import Problem, StateError
from gateway.ledger.port import AuditEntry, Ledger, StoredMessage, StoredPage
from gateway.message import TYPE_PREFIX
from gateway.operations import own_files
from gateway.operations.candidate import Candidate, read_candidate, refuse_unpublishable
from gateway.operations.kept import sorts_people
from gateway.operations.listing import find
from gateway.operations.live import LiveCatalogue, packaged
from gateway.operations.refused import ContentRefused, flaw
from gateway.operations.trial import BREAKS, Sample, Trial, TrialReport
from mappings import Catalogue, Finding, read_examples
from mappings.catalogue import HOME, WITHDRAWN, today
from mappings.table import Table

TRIAL_MESSAGES = 1000
"""Messages of a trial unless told otherwise."""
PAGE = 100
"""Messages opened at a time."""


class MappingOperations:
    """Trying, publishing and withdrawing versions; one change at a time."""

    def __init__(self, ledger: Ledger, live: LiveCatalogue) -> None:
        self._ledger = ledger
        self._live = live
        self._changing = asyncio.Lock()

    async def trial_page(
        self, text: str, actor: str, reason: str, before: int | None = None, limit: int = PAGE
    ) -> dict[str, Any]:
        """The candidate beside the version it would follow, on some stored messages of its type, newest first.

        The first page tries the examples too. `next` says where to go on, None when there is nothing older; pages are
        added up with `TrialReport.plus`. Who had bodies opened and what for is audited before, a page an entry, and
        found by everybody who is named in them. Raises `ContentRefused`.
        """
        candidate = read_candidate(text, self._live.current)
        report, after = await self._try(_Trier(candidate, actor, reason), before, limit)
        stored = report.messages - (len(_examples(candidate, self._live.own)) if before is None else 0)
        about = _about(candidate, self._sorting(candidate))
        return {"candidate": about, "report": report.as_dict(), "messages": stored, "next": after}

    async def publish(
        self,
        text: str,
        actor: str,
        reason: str,
        *,
        effective_from: date | None = None,
        accept_failures: bool = False,
        last: int = TRIAL_MESSAGES,
    ) -> dict[str, Any]:
        """Put a version beside the others, in force from its day on (written into its text if given here).

        Checked before: format, code lists, examples, and a trial on the last stored messages, of which none may fail
        that did not before, unless `accept_failures`. Raises `ContentRefused`; once a table could be read, its refusal
        is audited too.
        """
        async with self._changing:
            catalogue = await self._live.sound()
            candidate = read_candidate(text, catalogue, effective_from)
            try:
                refuse_unpublishable(candidate, catalogue)
                trier = _Trier(candidate, actor, reason)
                report = await self._passing(trier, last, accept_failures=accept_failures)
            except ContentRefused as exc:
                await self._ledger.record_audit(_refused(actor, candidate.table, reason, exc))
                raise
            details = {
                "effective_from": candidate.table.effective_from.isoformat(),
                "sha256": _digest(candidate),
                "trial": {"messages": report.messages, "same": report.same, "broken": report.broken},
            }
            path = self._live.own / "catalog" / candidate.table.name / f"mapping.{candidate.table.version}.yaml"
            entry = AuditEntry(actor, "mapping.publish", _target(candidate.table), reason, details=details)
            await own_files.put_in_force(self._ledger, path, candidate.text, entry)
            await self._live.refresh()
            return {
                **_about(candidate, self._sorting(candidate)),
                "sha256": details["sha256"],
                "report": report.as_dict(),
            }

    async def withdraw(self, name: str, version: str, actor: str, reason: str) -> dict[str, Any]:
        """Take an own version out of force, at once; it stays known to replays "as then".

        Raises `NotFoundError`, and `StateError` for a packaged version, one withdrawn before, or the last in force.
        """
        async with self._changing:
            catalogue = await self._live.sound()
            table = find(catalogue, name, version)
            _refuse_withdrawing(catalogue, table)
            path = catalogue.path(table)
            entry = AuditEntry(actor, "mapping.withdraw", _target(table), reason)
            await own_files.move(self._ledger, path, path.parent / WITHDRAWN / path.name, entry)
            await self._live.refresh()
            return {"name": name, "withdrawn": version, "in_force": find(self._live.current, name).version}

    async def _passing(self, trier: _Trier, last: int, *, accept_failures: bool) -> TrialReport:
        """The trial on all examples and the last messages. Raises `ContentRefused` where it breaks what went well."""
        report, place = await self._try(trier, None, min(PAGE, last))
        wanted = last + len(_examples(trier.candidate, self._live.own))
        while place is not None and report.messages < wanted:
            page, place = await self._try(trier, place, min(PAGE, wanted - report.messages))
            report = report.plus(page)
        if report.broken and not accept_failures:
            raise ContentRefused(_breaks(report))
        return report

    async def _try(self, trier: _Trier, before: int | None, limit: int) -> tuple[TrialReport, int | None]:
        candidate = trier.candidate
        trial = Trial(candidate.before, candidate.mapping, packaged().lists)
        page = await self._page(candidate, before, limit)
        if page.messages:
            await self._ledger.record_audit(trier.opening(page))
        examples = _examples(candidate, self._live.own) if before is None else []

        def run() -> TrialReport:
            return trial.run([*examples, *map(_sample, page.messages)])

        return await asyncio.to_thread(run), page.next

    async def _page(self, candidate: Candidate, before: int | None, limit: int) -> StoredPage:
        """None where the candidate would sort people by a word: whoever wrote that could guess at values."""
        if self._sorting(candidate):
            return StoredPage((), None)
        return await self._ledger.stored_messages(TYPE_PREFIX + candidate.table.canonical, before, limit)

    def _sorting(self, candidate: Candidate) -> list[Finding]:
        before = candidate.before.table if candidate.before is not None else None
        return sorts_people(before, candidate.table, self._live.current.lists, packaged().lists)


@dataclass(frozen=True, slots=True)
class _Trier:
    """Who tries a candidate, and what for."""

    candidate: Candidate
    actor: str
    reason: str

    def opening(self, page: StoredPage) -> AuditEntry:
        """What the audit says before the bodies of a page are opened."""
        ids = tuple(one.id for one in page.messages)
        details = {"sha256": _digest(self.candidate), "messages": len(ids), "newest": ids[0], "oldest": ids[-1]}
        target = _target(self.candidate.table)
        return AuditEntry(self.actor, "mapping.trial", target, self.reason, details=details, about=ids)


def _sample(stored: StoredMessage) -> Sample:
    try:
        return Sample(stored.id, document_of(stored.open_body(), stored.body_form))
    except Exception:  # noqa: BLE001 - a body that does not open any more says so, and the trial goes on
        return Sample(stored.id, None)


def _examples(candidate: Candidate, own: Path) -> list[Sample]:
    """The packaged ones, and the province's own."""
    name = candidate.table.name
    return [
        Sample(f"example:{one.case}", one.document, one.given, one.record if one.text is None else one.text)
        for folder in (HOME, own)
        for one in read_examples(name, folder)
    ]


def _breaks(report: TrialReport) -> Iterator[Problem]:
    for one in report.groups:
        if one.cause in BREAKS:
            ids = ", ".join(one.examples)
            vi, en = f"{one.count} thông điệp, ví dụ {ids}: {one.vi}", f"{one.count} messages: {one.en}"
            yield flaw(f"/{one.field}", f"TRIAL_{one.cause.upper()}", vi, en)


def _refuse_withdrawing(catalogue: Catalogue, table: Table) -> None:
    if not catalogue.is_own(table) or table in catalogue.withdrawn(table.name):
        raise StateError(
            f"Phiên bản {table.version} thuộc gói cài đặt hoặc đã được rút; chỉ rút được phiên bản riêng của tỉnh. / "
            f"Version {table.version} is packaged or was withdrawn before; only the province's own can be withdrawn."
        )
    others = (one for one in catalogue.versions(table.name) if one != table)
    if not any(one.effective_from <= today() for one in others):
        raise StateError(
            "Không còn phiên bản nào khác đang có hiệu lực; hãy công bố một bản thay thế trước. / "
            f"No other version of {table.name} is in force; publish one in its place first."
        )


def _about(candidate: Candidate, more: list[Finding]) -> dict[str, Any]:
    table = candidate.table
    return {
        "name": table.name,
        "version": table.version,
        "effective_from": table.effective_from.isoformat(),
        "type": TYPE_PREFIX + table.canonical,
        "follows": candidate.before.version if candidate.before is not None else None,
        "findings": [asdict(one) for one in (*candidate.findings, *more)],
    }


def _digest(candidate: Candidate) -> str:
    return hashlib.sha256(candidate.text.encode()).hexdigest()


def _target(table: Table) -> str:
    return f"{table.name}@{table.version}"


def _refused(actor: str, table: Table, reason: str, exc: ContentRefused) -> AuditEntry:
    codes = sorted({one.code for one in exc.problems})
    return AuditEntry(actor, "mapping.publish", _target(table), reason, ok=False, details={"refused": codes})
