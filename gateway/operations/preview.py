"""What a document becomes, without sending or storing anything: judged first as the door would, then translated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from gateway.acceptance.canonical import canonical, tidy_codes
from gateway.errors import NotFoundError, Problem
from gateway.operations.candidate import read_candidate, table_refused
from gateway.operations.judge import Judge
from gateway.operations.refused import ContentRefused, flaw
from mappings import Catalogue, Mapped, Mapping, MappingError, MappingWarning, TableError, UnknownMapping
from mappings.errors import Misfit


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mapping: the one in force (on a day), a version by its label, or a candidate's text."""

    name: str
    on: date | None = None
    version: str | None = None
    candidate: str | None = None


def preview(
    catalogue: Catalogue, judge: Judge, wanted: Wanted, content: dict[str, Any] | bytes | str, *, back: bool = False
) -> dict[str, Any]:
    """The document on the other side, with what is lost on the way and what the schema at that end does not allow.

    `content` is a document, or its bytes as they go over the wire. `text` is the XML, for a system that speaks it.
    Raises `NotFoundError` for a mapping nobody knows, `ContentRefused` for a document that breaks its schema or cannot
    be translated, and for a candidate that is written wrongly.
    """
    mapping = _mapping(catalogue, wanted)
    try:
        made, noticed = _backward(mapping, judge, content) if back else _forward(mapping, judge, content)
    except MappingError as exc:
        raise ContentRefused([_told(exc)]) from exc
    return {
        "mapping": {"name": mapping.name, "version": mapping.version},
        "document": made.document,
        "text": made.text,
        "warnings": [_as_dict(one) for one in (*noticed, *map(_warned, made.warnings))],
    }


Noticed = tuple[Mapped, Sequence[Problem]]


def _forward(mapping: Mapping, judge: Judge, content: dict[str, Any] | bytes | str) -> Noticed:
    document = canonical(content if isinstance(content, dict) else _json(content))
    tidy_codes(document)
    judged = judge.judge(mapping.table.canonical, document)
    if judged.errors:
        raise ContentRefused(judged.errors)
    made = mapping.forward(document)
    return made, [*judged.warnings, *map(_warned, mapping.validate(made.document))]


def _backward(mapping: Mapping, judge: Judge, content: dict[str, Any] | bytes | str) -> Noticed:
    record = content if isinstance(content, dict) else mapping.read(content)
    misfits = mapping.validate(content)
    made = mapping.backward(record)
    judged = judge.judge(mapping.table.canonical, made.document)
    return made, [*map(_warned, misfits), *judged.errors, *judged.warnings]


def _json(content: bytes | str) -> dict[str, Any]:
    """Our document, or a whole event that carries one."""
    try:
        tree = orjson.loads(content)
    except orjson.JSONDecodeError as exc:
        vi, en = f"Dòng {exc.lineno}: không phải JSON.", f"Line {exc.lineno}: not JSON."
        raise ContentRefused([flaw("", "JSON_SYNTAX", vi, en)]) from None
    found = tree.get("data") if isinstance(tree, dict) and "specversion" in tree else tree
    if not isinstance(found, dict):
        raise ContentRefused([flaw("", "SCHEMA_TYPE", "Cần một đối tượng JSON.", "A JSON object is needed.")])
    return found


def _mapping(catalogue: Catalogue, wanted: Wanted) -> Mapping:
    if wanted.candidate is not None:
        return read_candidate(wanted.candidate, catalogue).mapping
    try:
        return catalogue.get(wanted.name, wanted.on, wanted.version)
    except UnknownMapping as exc:
        raise NotFoundError(f"Không có bảng dịch hay phiên bản này. / {exc}") from exc
    except TableError as exc:
        raise table_refused(exc) from exc


def _told(exc: MappingError) -> Problem:
    where = f" ({exc.where})" if exc.where else ""
    return Problem(exc.pointer, exc.code, f"{exc.pointer} → {exc.foreign}{where}: {exc.vi} / {exc.en}")


def _warned(warning: MappingWarning | Misfit) -> Problem:
    place = " → ".join(filter(None, (warning.pointer, warning.foreign)))
    return Problem(warning.pointer, warning.code, f"{place}: {warning.vi} / {warning.en}")


def _as_dict(problem: Problem) -> dict[str, str]:
    return {"pointer": problem.pointer, "code": problem.code, "message": problem.message}
