"""Unmapped codes that dead deliveries wait for: bodies are looked into, in memory only, and forgotten."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.acceptance.canonical import document_of
from gateway.ledger.port import DeadMessage
from gateway.message import DeliveryId
from gateway.operations.suggest import propose
from mappings import Catalogue, MappingError, UnknownMapping
from mappings.catalogue import today
from mappings.codelists import UnmappedCode

_EXAMPLES = 3
_LOOKS_LIKE_A_CODE = re.compile(r"(?!.*[0-9]{9})[0-9A-Za-z._/-]{1,60}")
"""As in the engine's complaints: what does not look like a code may be a name or a number in the wrong field."""
_NAMED = frozenset({"/procedure/code", "/procedure/field/code", "/agency/code"})
"""Codes beside which the document gives their name, which is no person's."""
_ROW = re.compile(r"/[0-9]+(?=/)")

_Key = tuple[str, str, str]
"""Code list, code (empty: it does not look like one), place in the document."""


@dataclass(slots=True)
class UnmappedCodes:
    """What was met so far. `ready`: deliveries whose codes have been mapped since, which a replay would carry."""

    ready: int = 0
    _codes: Counter[_Key] = field(default_factory=Counter)
    _names: dict[_Key, str] = field(default_factory=dict)
    _deliveries: dict[_Key, list[DeliveryId]] = field(default_factory=lambda: defaultdict(list))

    def look(self, catalogue: Catalogue, page: Sequence[DeadMessage]) -> None:
        """Translate the messages of some dead deliveries again, and note what is still missing."""
        for dead in page:
            try:
                document = document_of(dead.message.open_body(), dead.message.body_form)
                mapping = catalogue.get(dead.mapping or "", version=dead.pinned_version)
            except UnknownMapping:
                continue
            except Exception:  # noqa: BLE001, S112 - a body that does not open any more has its own place to show
                continue
            try:
                mapping.forward(document)
            except MappingError as exc:
                # The engine keeps its own exception out of tracebacks; it alone knows the list and the code.
                if isinstance(exc.__context__, UnmappedCode):
                    self._note(exc.__context__, exc.pointer, document, dead.delivery_id)
            else:
                self.ready += 1

    def items(self, catalogue: Catalogue, wanted: str | None = None) -> Iterator[dict[str, Any]]:
        """Each code (of one list, if wanted) with the nearest entries of its list, the commonest first."""
        for key, count in self._codes.most_common():
            list_name, code, pointer = key
            if wanted is not None and wanted != list_name:
                continue
            name = self._names.get(key, "")
            proposals = propose(catalogue.lists[list_name], code, name, today()) if code else []
            yield {
                "list": list_name,
                "code": code or None,
                "pointer": pointer,
                "name": name or None,
                "count": count,
                "deliveries": self._deliveries[key],
                "proposals": [one.as_dict() for one in proposals],
            }

    def _note(self, unmapped: UnmappedCode, pointer: str, document: dict[str, Any], delivery: DeliveryId) -> None:
        code = unmapped.code if _LOOKS_LIKE_A_CODE.fullmatch(unmapped.code) else ""
        key = unmapped.code_list.name, code, _ROW.sub("/…", pointer)
        self._codes[key] += 1
        if len(self._deliveries[key]) < _EXAMPLES:
            self._deliveries[key].append(delivery)
        if pointer in _NAMED:
            holder: Any = document
            for step in pointer.split("/")[1:-1]:
                holder = holder[step]
            self._names[key] = str(holder.get("name", ""))
