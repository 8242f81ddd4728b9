"""What a person may do to code lists: import rows after seeing the plan, and look at proposals for unmapped codes.

A packaged list is copied into the province's own folder at its first change, comments and all; from then on the copy
counts. Nothing is proposed into a list by itself: a person confirms, with a reason, by importing the row.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.operations import own_files
from gateway.operations.candidate import table_refused
from gateway.operations.list_import import Action, ImportPlan, plan
from gateway.operations.list_rows import ListRow
from gateway.operations.listing import find_list
from gateway.operations.live import LiveCatalogue
from gateway.operations.refreshed import refreshed_changes
from gateway.operations.unmapped import UnmappedCodes
from mappings import Catalogue, TableError
from mappings.catalogue import today
from mappings.codelist_file import new_file, read_list_text, rewritten
from mappings.codelists import CodeList

_PAGE = 200
_IN_AUDIT = 50
"""Changes written out in an audit entry; more are counted."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class NewList:
    """What a list that is not there yet is called."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An import that could be done: the plan, the text the file will have, and what both were made from."""

    code_list: CodeList
    plan: ImportPlan
    text: str
    fingerprint: str
    """Of the list before and after: who confirms it confirms this plan and no other."""

    def as_dict(self) -> dict[str, Any]:
        """For people and machines."""
        return {
            "list": self.code_list.name,
            "fingerprint": self.fingerprint,
            "unchanged": self.plan.unchanged,
            **{action.value: self.plan.count(action) for action in Action},
            "steps": [step.as_dict() for step in self.plan.steps],
        }


class CodeListOperations:
    """Importing and proposing; one change at a time."""

    def __init__(self, ledger: Ledger, live: LiveCatalogue) -> None:
        self._ledger = ledger
        self._live = live
        self._changing = asyncio.Lock()

    async def plan(
        self, name: str, rows: Sequence[ListRow], *, whole: bool = False, new: NewList | None = None
    ) -> dict[str, Any]:
        """What importing these rows would do; nothing is done. Raises `ContentRefused`, `NotFoundError`."""
        catalogue = await self._live.sound()
        return (await asyncio.to_thread(_prepare, catalogue, name, rows, whole=whole, new=new)).as_dict()

    async def apply(
        self,
        name: str,
        rows: Sequence[ListRow],
        fingerprint: str,
        actor: str,
        reason: str,
        *,
        whole: bool = False,
        new: NewList | None = None,
    ) -> dict[str, Any]:
        """Do what `plan` told; `fingerprint` is the one it gave. In force at once, for what is not sent yet.

        Raises `StateError` if the plan would be another one now, `ContentRefused`, `NotFoundError`.
        """
        async with self._changing:
            catalogue = await self._live.sound()
            prepared = await asyncio.to_thread(_prepare, catalogue, name, rows, whole=whole, new=new)
            if prepared.fingerprint != fingerprint:
                raise StateError(
                    "Danh mục đã thay đổi từ lúc xem kế hoạch; hãy xem lại kế hoạch rồi xác nhận. / "
                    "The list has changed since the plan was made; look at the plan again, then confirm."
                )
            if prepared.plan.steps:
                entry = AuditEntry(actor, "codelist.import", name, reason, details=_details(prepared))
                path = self._live.own / "codelists" / f"{name}.yaml"
                await own_files.put_in_force(self._ledger, path, prepared.text, entry)
                await self._live.refresh()
            return prepared.as_dict()

    async def refreshed(self, name: str) -> dict[str, Any]:
        """What the portal's newest catalogue would change in a list; nothing is changed. Raises `NotFoundError`."""
        return await refreshed_changes(self._ledger, self._live.current, name, today())

    async def suggest(self, name: str | None = None) -> dict[str, Any]:
        """Every unmapped code that dead deliveries wait for, with the nearest entries of its list; nothing is written.

        `ready`: deliveries whose code has been mapped since, which a replay would carry.
        """
        catalogue, seen, after = self._live.current, UnmappedCodes(), None
        while page := await self._ledger.dead_messages("UNMAPPED_CODE", after, _PAGE):
            await asyncio.to_thread(seen.look, catalogue, page)
            after = page[-1].delivery_id
        items = await asyncio.to_thread(lambda: [*seen.items(catalogue, name)])
        return {"items": items, "ready": seen.ready}


def _prepare(catalogue: Catalogue, name: str, rows: Sequence[ListRow], *, whole: bool, new: NewList | None) -> Prepared:
    try:
        if new is not None and name not in catalogue.lists and _NAME.fullmatch(name):
            before = new_file(name, new.vi, new.en)
            code_list = read_list_text(name, before, f"mappings/codelists/{name}.yaml")
        else:
            code_list = find_list(catalogue, name)
            before = catalogue.path(code_list).read_text("utf-8")
        made = plan(code_list, rows, whole=whole)
        text, read = rewritten(before, code_list, made.entries)
        catalogue.with_list(read).compile_all()
    except TableError as exc:
        raise table_refused(exc) from exc
    fingerprint = hashlib.sha256(before.encode() + b"\0" + text.encode()).hexdigest()[:16]
    return Prepared(code_list, made, text, fingerprint)


def _details(prepared: Prepared) -> dict[str, Any]:
    steps = prepared.plan.steps
    return {
        **{action.value: prepared.plan.count(action) for action in Action},
        "sha256": hashlib.sha256(prepared.text.encode()).hexdigest(),
        "steps": [f"{one.action} {one.entry.canonical} → {one.entry.foreign}" for one in steps[:_IN_AUDIT]],
    }
