"""A candidate version: the text of a table as it would stand on disk, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.acceptance import schemas
from gateway.operations.refused import ContentRefused, flaw
from mappings import Catalogue, Finding, TableError, UnknownMapping, lint_table
from mappings import Mapping as DocumentMapping
from mappings.catalogue import today
from mappings.read_table import read_table
from mappings.table import Table

MOST_BYTES = 512 << 10
_FILE = "mapping.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_LABEL = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
_EFFECTIVE = re.compile(r"^effective_from:[^\n#]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A table that is not published: its text, itself compiled, and the version it would follow (None: it is new)."""

    text: str
    table: Table
    mapping: DocumentMapping
    before: DocumentMapping | None
    day: date
    """The first day on which it can be in force; both are compiled with the codes of that day."""
    findings: tuple[Finding, ...]
    """What the lint says of it."""


def read_candidate(text: str, catalogue: Catalogue, effective_from: date | None = None) -> Candidate:
    """Read and compile a candidate; `effective_from` goes into its text. Raises `ContentRefused` with the line."""
    if len(text.encode()) > MOST_BYTES:
        raise _refused("TABLE_TOO_LARGE", f"Bảng lớn hơn {MOST_BYTES >> 10} KiB.", f"Over {MOST_BYTES >> 10} KiB.")
    if effective_from is not None:
        text = dated(text, effective_from)
    try:
        table = _read(text, catalogue.own)
        day = max(table.effective_from, today())
        mapping = DocumentMapping(table, catalogue.lists, day)
    except TableError as exc:
        raise table_refused(exc) from exc
    if not _NAME.fullmatch(table.name) or not _LABEL.fullmatch(table.version):
        vi = "Tên có dạng hệ_thống/loại.v1; phiên bản là chữ không dấu, số, dấu chấm, gạch, tối đa 32 ký tự."
        en = "A name is like system/type.v1; a version has letters, digits, dots and dashes, at most 32."
        raise _refused("TABLE_NAME", vi, en)
    findings = tuple(lint_table(table, catalogue.lists, canonical_schemas(), day))
    return Candidate(text, table, mapping, _before(catalogue, table, day), day, findings)


def dated(text: str, day: date) -> str:
    """The text with another first day, and nothing else changed."""
    return _EFFECTIVE.sub(lambda found: _padded(f"effective_from: {day}", found[0]), text, count=1)


def refuse_unpublishable(candidate: Candidate, catalogue: Catalogue) -> None:
    """Raises `ContentRefused` for errors of the lint, and for what could not be told apart or would never be used."""
    table = candidate.table
    errors = [one for one in candidate.findings if one.severity == "error"]
    if errors:
        raise ContentRefused(flaw(f"/lines/{one.line}", one.code, *_words(one)) for one in errors)
    if table.name in catalogue.names:
        known = (*catalogue.versions(table.name), *catalogue.withdrawn(table.name))
        if any(one.version == table.version for one in known):
            vi = f"Đã có phiên bản {table.version}; hãy đặt version khác: lượt gửi chỉ ghi lại nhãn phiên bản."
            en = f"There is a version {table.version} already; choose another: deliveries record the label only."
            raise _refused("VERSION_TAKEN", vi, en)
        rival = next((one for one in known if one.effective_from == table.effective_from), None)
        if rival is not None and rival not in catalogue.withdrawn(table.name):
            vi = (
                f"Phiên bản {rival.version} cũng có hiệu lực từ {table.effective_from}; hãy rút nó hoặc chọn ngày khác."
            )
            en = f"Version {rival.version} is in force from {table.effective_from} too; withdraw it or choose a day."
            raise _refused("SAME_DAY", vi, en)
    if candidate.before is not None and table.effective_from < candidate.before.table.effective_from:
        first = candidate.before.table
        vi = f"effective_from sớm hơn bản đang dùng ({first.version}, {first.effective_from}): không bao giờ được dùng."
        en = f"effective_from lies before the version in force ({first.version}, {first.effective_from}): never used."
        raise _refused("NEVER_IN_FORCE", vi, en)


@cache
def canonical_schemas() -> Mapping[str, Mapping[str, Any]]:
    """The schemas of our own documents, by message type."""
    return {name: schemas.document(name) for name in schemas.NAMES if name != schemas.ENVELOPE}


def table_refused(exc: TableError) -> ContentRefused:
    """A table or list that is written wrongly, with its line."""
    vi = f"{exc.file}, dòng {exc.line}: viết chưa đúng."
    return ContentRefused([flaw(f"/lines/{exc.line}", "TABLE", vi, f"{exc.file}:{exc.line}: {exc.problem}")])


def _read(text: str, own: Path | None) -> Table:
    """The table in a text. A schema it names is looked for as for the province's own tables: there, then packaged."""
    folder = own / "catalog" if own is not None and (own / "schemas").is_dir() else None
    if folder is not None:
        folder.mkdir(exist_ok=True, mode=0o700)
    with TemporaryDirectory(prefix=".candidate-", dir=folder) as place:
        path = Path(place) / _FILE
        path.write_bytes(text.encode())
        return read_table(path, _FILE)


def _before(catalogue: Catalogue, table: Table, day: date) -> DocumentMapping | None:
    try:
        return catalogue.get(table.name, day)
    except UnknownMapping:
        return None


def _words(finding: Finding) -> tuple[str, str]:
    where = f"{finding.file}:{finding.line}"
    return f"{where}: {finding.vi}", f"{where}: {finding.en}"


def _padded(line: str, before: str) -> str:
    """As long as the line before, so that a comment behind it stays where it stood."""
    return line.ljust(len(before)) if before.endswith(" ") else line


def _refused(code: str, vi: str, en: str) -> ContentRefused:
    return ContentRefused([flaw("", code, vi, en)])
