"""`application/xml`: a document of a one-stop system, translated by the catalogue into the event it stands for.

What a CloudEvents header would say stands in attributes of the document; only `source` may be said by the header
`ce-source`, and need not be where the key is good for one source alone. The event is stored in canonical form, as it
was translated on the day it came: a mapping that changes later changes nothing that was accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Protocol

import orjson

import mappings as package
from gateway.errors import IntakeError, Problem
from gateway.intake import cloudevents, problem
from gateway.message import TYPE_PREFIX, Client
from mappings import Catalogue, MappingError
from mappings import Mapping as DocumentMapping

SYSTEM = "onestop/"
SCHEMA_NAME = "onestop-dossier.xsd"
_OTHER_DOCUMENT = "XML_ROOT"
_STATUS = {"XML_MALFORMED": 400, "XML_ENCODING": 400, "XML_DOCTYPE": 400, "XML_TOO_LARGE": 413}
"""What cannot be read at all; everything else could be read and is wrong."""


def schema() -> bytes:
    """The XSD of these documents, as it is published."""
    return (files(package) / "schemas" / SCHEMA_NAME).read_bytes()


class InForce(Protocol):
    """The mappings as they are now."""

    @property
    def current(self) -> Catalogue: ...

    def get(self, name: str) -> DocumentMapping: ...


def read(
    raw: bytes, catalogue: InForce, client: Client, headers: Mapping[str, str], judge: cloudevents.EnvelopeJudge
) -> cloudevents.Reading:
    """The event of a document. Raises `IntakeError` 400 for what is no XML, 422 for what no table or schema takes."""
    mapping, record = _read(raw, catalogue)
    try:
        if misfits := mapping.validate(raw):
            raise problem.invalid(Problem(f"/data{one.pointer}", one.code, f"{one.vi} / {one.en}") for one in misfits)
        translated = mapping.backward(record)
    except MappingError as exc:
        raise _refused(exc) from None
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "type": TYPE_PREFIX + mapping.table.canonical,
        "data": translated.document,
    }
    found = {
        "source": headers.get("ce-source") or _only_source(client),
        "subject": translated.document.get("code"),
        **{name: translated.given.get(name) for name in ("id", "time", "sequence")},
    }
    attributes |= {name: value for name, value in found.items() if value}
    return cloudevents.translated(attributes, orjson.dumps(translated.document), judge)


def _read(raw: bytes, catalogue: InForce) -> tuple[DocumentMapping, dict[str, Any]]:
    """The table of this kind of document, and the document's fields."""
    for mapping in _tables(catalogue):
        try:
            return mapping, mapping.read(raw)
        except MappingError as exc:
            if exc.code != _OTHER_DOCUMENT:
                raise _refused(exc) from None
    raise problem.refusal(
        422,
        _OTHER_DOCUMENT,
        "Không nhận loại tài liệu XML này; phần tử ngoài cùng phải là HoSo hoặc TienDo của "
        "/schemas/onestop-dossier.xsd.",
        "This kind of XML document is not taken; the outermost element must be HoSo or TienDo of "
        "/schemas/onestop-dossier.xsd.",
    )


def _tables(catalogue: InForce) -> Iterator[DocumentMapping]:
    for name in catalogue.current.names:
        if name.startswith(SYSTEM) and (mapping := catalogue.get(name)).table.is_xml:
            yield mapping


def _only_source(client: Client) -> str | None:
    return client.sources[0] if len(client.sources) == 1 else None


def _refused(exc: MappingError) -> IntakeError:
    pointer = f"/data{exc.pointer}" if exc.pointer else ""
    return problem.refusal(_STATUS.get(exc.code, 422), exc.code, exc.vi, exc.en, pointer)
