"""What the portal's newest catalogue would change in a code list: shown to people, who confirm it as an import."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.acceptance.canonical import document_of
from gateway.errors import NotFoundError
from gateway.ledger.port import Ledger
from gateway.message import TYPE_PREFIX
from gateway.operations.catalogue_changes import catalogue_changes
from gateway.operations.list_rows import as_rows
from gateway.operations.listing import find_list
from mappings import Catalogue

REFRESHED = TYPE_PREFIX + "catalogue.refreshed.v1"
KINDS: Mapping[str, str] = {"procedures": "procedures", "fields": "fields"}
"""Code list -> the portal's catalogue that feeds it."""


async def refreshed_changes(ledger: Ledger, catalogue: Catalogue, name: str, on: date) -> dict[str, Any]:
    """Codes added, removed and renamed since, and the rows that an import would take. Raises `NotFoundError`.

    Raises `ContentRefused` for an answer without rows: it says nothing about the list.
    """
    code_list = find_list(catalogue, name)
    kind = KINDS.get(name)
    answer = await ledger.latest_message(f"catalogue/{kind}", REFRESHED) if kind else None
    if answer is None:
        raise NotFoundError(
            f"Chưa lấy danh mục nào của Cổng cho {name}; hãy chạy: lienthong codelists refresh {name}. / No catalogue "
            f"of the portal was fetched for {name} yet; run: lienthong codelists refresh {name}."
        )
    data = document_of(answer.open_body(), answer.body_form)
    found = catalogue_changes(code_list, data.get(kind or "", ()), on)
    return {
        "list": name,
        "fetched_at": answer.accepted_at.isoformat(timespec="seconds"),
        "message_id": answer.id,
        "added": [{"code": one.code, "name": one.name} for one in found.added],
        "removed": [{"code": one.foreign, "name": one.vi} for one in found.removed],
        "renamed": [{"code": one.entry.foreign, "name": one.name, "was": one.entry.vi} for one in found.renamed],
        "rows": as_rows(row.entry for row in found.rows()),
    }
