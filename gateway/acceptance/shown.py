"""The masked form of a document: structure, codes, states and moments; of everything else only that it is there.

An allow-list over all types: a field that nobody names here is masked, so a new one is silent until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.message import TYPE_PREFIX
from gateway.security.masking import masked

_CODED = frozenset({"code", "name"})
_FEES = frozenset({"code", "name", "amount", "kind", "collected_at"})
SHOWN: Mapping[str, frozenset[str]] = {
    "": frozenset({
        "code", "dossier_code", "procedure_code", "agency_code", "component_code", "result_code", "reference",
        "status", "state", "outcome", "level", "channel", "kind", "mode", "operation", "destination", "system",
        "filed_at", "submitted_at", "received_at", "due_at", "finished_at", "returned_at", "refused_at", "at", "as_of",
        "result_method", "online_payment", "vneid_verified", "updated", "again", "amount", "currency",
        "transaction_time",
    }),
    "procedure": _CODED,
    "field": _CODED,
    "agency": _CODED,
    "issuer": _CODED,
    "applicant": frozenset({"kind"}),
    "consulted_databases": frozenset({"*"}),
    "warnings": frozenset({"*"}),
    "documents": frozenset({
        "component_code", "digitised", "deleted", "reuse", "state", "result_code", "replacing_result_code",
    }),
    "document": frozenset({"state", "result_code", "media_type", "size"}),
    "paper_documents": frozenset({"quantity", "kind"}),
    "fees": _FEES,
    "supplements": frozenset({"id", "requested_at", "received_at", "done", "previous_due_at", "new_due_at"}),
    "results": frozenset({"code", "component_code"}),
    "steps": frozenset({"at", "status", "started_at", "due_at"}),
    "payment": frozenset({"dossier_code", "amount"}),
    "dossiers": frozenset({"code", "status", "result_method", "submitted_at", "received_at", "due_at"}),
    "error": frozenset({"code", "vi", "en", "field"}),
}  # fmt: skip
"""Name of an object (of a list: of its rows; "": the document itself) -> members that say nothing of a person; `*`: the
plain values of a list."""

_PUBLIC = frozenset({TYPE_PREFIX + "catalogue.refresh_requested.v1", TYPE_PREFIX + "catalogue.refreshed.v1"})
"""Catalogues of procedures, which the portal publishes."""


def masked_form(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The document as whoever has not said what for may see it."""
    return dict(data) if type_ in _PUBLIC else {name: _of(value, "", name) for name, value in data.items()}


def is_shown(type_: str, path: str) -> bool:
    """Whether the masked form shows what stands at a path like `documents[].component_code`."""
    *above, name = path.replace("[]", "").split(".")
    return type_ in _PUBLIC or name in SHOWN.get(above[-1] if above else "", ()) or "*" in SHOWN.get(name, ())


def _of(value: Any, of: str, name: str) -> Any:
    """A member `name` of the object `of`."""
    if isinstance(value, Mapping):
        return {inner: _of(one, name, inner) for inner, one in value.items()}
    if isinstance(value, list):
        return [_row(one, name) for one in value]
    return value if value is None or name in SHOWN.get(of, ()) else masked(value)


def _row(value: Any, of: str) -> Any:
    if isinstance(value, Mapping):
        return {inner: _of(one, of, inner) for inner, one in value.items()}
    if isinstance(value, list):
        return [_row(one, of) for one in value]
    return value if value is None or "*" in SHOWN.get(of, ()) else masked(value)
