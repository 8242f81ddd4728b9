"""Dossiers out of a CSV or XLSX file: code, status and the moment of the last confirmation, judged row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import dossier, moment
from gateway.errors import Problem
from gateway.ledger.steering.port import KnownDossier
from gateway.operations.refused import ContentRefused, flaw
from gateway.operations.spreadsheet import Cells, column_letter, filled_rows, refused
from mappings.convert import VIETNAM

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("mã hồ sơ", "mahoso", "ma_ho_so"),
    "status": ("trạng thái", "trangthai", "trang_thai", "matrangthai"),
    "at": ("thời điểm", "xác nhận lúc", "thoi_diem", "ngày cập nhật"),
}
"""The columns and what else their headers may say; capitals and spaces around do not matter."""
STATUSES = (
    "filed", "received", "refused", "processing", "supplement_requested", "payment_requested", "withdrawn", "stopped",
    "completed", "returned",
)  # fmt: skip
"""In the order of the portal's codes 1 to 10."""
_MOST_FLAWS = 100
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y",
          "%Y%m%d%H%M%S")  # fmt: skip


def read_dossiers(
    file_name: str, content: bytes, sheet: str | None = None, *, now: datetime | None = None
) -> list[KnownDossier]:
    """The dossiers of a file; of one that stands there twice, the later confirmation. Raises `ContentRefused`.

    All flaws are told (the first hundred), each with its row; nothing is guessed.
    """
    now = now or datetime.now(UTC)
    rows = filled_rows(file_name, content, sheet)
    places = _places(next(rows, (1, ()))[1])
    found: dict[str, KnownDossier] = {}
    flaws: list[Problem] = []
    for number, cells in rows:
        one = _read(number, cells, places, flaws, now)
        if one is not None and (one.subject not in found or found[one.subject].confirmed_at <= one.confirmed_at):
            found[one.subject] = one
        if len(flaws) >= _MOST_FLAWS:
            break
    if flaws:
        raise ContentRefused(flaws)
    if not found:
        raise refused("FILE_EMPTY", "Tệp không có hồ sơ nào.", "The file holds no dossier.")
    return list(found.values())


def fingerprint(destination: str, dossiers: Sequence[KnownDossier]) -> str:
    """What a person has seen in the plan, so that nothing else is done than that."""
    digest = hashlib.sha256(destination.encode())
    for one in sorted(dossiers, key=lambda one: one.subject):
        digest.update(f"\n{one.subject} {one.status} {one.confirmed_at.isoformat()}".encode())
    return digest.hexdigest()[:16]


def _places(head: Cells) -> dict[str, int]:
    names = {name: column for column, others in COLUMNS.items() for name in (column, *others)}
    places = {
        names[str(cell).strip().lower()]: index
        for index, cell in enumerate(head)
        if str(cell or "").strip().lower() in names
    }
    missing = [column for column in COLUMNS if column not in places]
    if missing:
        told = "; ".join(f"{column} ({', '.join(COLUMNS[column])})" for column in missing)
        raise refused("COLUMN_MISSING", f"Dòng đầu thiếu cột: {told}.", f"The first row lacks: {told}.")
    return places


def _read(
    number: int, cells: Cells, places: Mapping[str, int], flaws: list[Problem], now: datetime
) -> KnownDossier | None:
    def cell(column: str) -> Any:
        return cells[places[column]] if places[column] < len(cells) else None

    def wrong(column: str, code: str, vi: str, en: str) -> None:
        flaws.append(flaw(f"/{number}/{column_letter(places[column])}", code, vi, en))

    before = len(flaws)
    subject, status = tidy_code(str(cell("code") or "")), _status(cell("status"))
    at = _at(cell("at"))
    if dossier.parse(subject) is None:
        wrong("code", "DOSSIER_FORMAT", "Không phải mã hồ sơ.", "This is no dossier code.")
    if status is None:
        wrong("status", "STATUS_UNKNOWN", f"Trạng thái: 1 đến 10, hoặc {', '.join(STATUSES)}.", "1 to 10, or a name.")
    if at is None:
        wrong("at", "MOMENT_FORMAT", "Thời điểm như 2025-06-12 08:15 hoặc 12/06/2025 08:15.", "A moment like these.")
    elif at > now:
        wrong("at", "MOMENT_FUTURE", "Thời điểm này ở tương lai.", "This moment is in the future.")
    if len(flaws) > before or status is None or at is None:
        return None
    return KnownDossier(subject, status, at)


def _status(cell: Any) -> str | None:
    """A name, or the portal's code as text or number."""
    text = str(cell if cell is not None else "").strip().lower().removesuffix(".0")
    if text in STATUSES:
        return text
    return STATUSES[int(text) - 1] if text.isascii() and text.isdigit() and 1 <= int(text) <= len(STATUSES) else None


def _at(cell: Any) -> datetime | None:
    """What bears no offset is Vietnamese time."""
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=VIETNAM)).astimezone(UTC)
    text = str(cell if cell is not None else "").strip()
    if (found := moment.parse(text)) is not None:
        return found.astimezone(UTC)
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=VIETNAM).astimezone(UTC)
        except ValueError:
            continue
    return None
