"""Worked examples beside a table: what must come out, what must be reported, what must come back.

`<case>.in.json` is a canonical document, `<case>.out.json` the other side's record (`<case>.out.xml` its XML, in which
white space between elements does not count). `<case>.given.json` holds what is handed in beside the document.
`<case>.warnings.json` lists what is lost on the way (without the file: nothing); `<case>.back.json` is what comes back,
where that is not the document itself without the paths the table declares always lost.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mappings.catalogue import HOME
from mappings.engine import Mapped, Mapping
from mappings.errors import MappingError
from mappings.table import Table
from mappings.xml_tree import Element, read_xml

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """One case. `record` is empty and `text` holds XML where the other side speaks XML.

    `back` is None where the document itself comes back.
    """

    mapping: str
    case: str
    document: Document
    record: Document
    warnings: list[dict[str, str]]
    back: Document | None
    text: str | None = None
    given: Document = field(default_factory=dict)


def read_examples(name: str, folder: Path = HOME) -> list[Example]:
    """The examples of a mapping, by case. Raises `FileNotFoundError` for a case without what must come out."""
    home = folder / "catalog" / name / "examples"
    cases = sorted(path.name.removesuffix(".in.json") for path in home.glob("*.in.json"))
    return [_example(name, home, case) for case in cases]


def _example(name: str, home: Path, case: str) -> Example:
    xml = home / f"{case}.out.xml"
    text = xml.read_text("utf-8") if xml.exists() else None
    return Example(
        mapping=name,
        case=case,
        document=_read(home / f"{case}.in.json"),
        record={} if text is not None else _read(home / f"{case}.out.json"),
        warnings=_read_if_there(home / f"{case}.warnings.json") or [],
        back=_read_if_there(home / f"{case}.back.json"),
        text=text,
        given=_read_if_there(home / f"{case}.given.json") or {},
    )


def wrong_with(example: Example, mapping: Mapping) -> tuple[str, ...]:
    """What does not come out as the example says, in words and without values; nothing if all does."""
    try:
        return tuple(_wrong(example, mapping))
    except MappingError as exc:
        return (f"{exc.code} {exc.pointer} → {exc.foreign}: {exc.vi} / {exc.en}",)


def _wrong(example: Example, mapping: Mapping) -> Iterator[str]:
    mapped = mapping.forward(example.document, example.given)
    if not _as_written(mapped, example):
        yield f"{example.case}: kết quả khác tệp .out / what comes out differs from the .out file"
    told = [{"code": one.code, "pointer": one.pointer, "foreign": one.foreign} for one in mapped.warnings]
    if told != example.warnings:
        yield f"{example.case}: cảnh báo khác tệp .warnings / the warnings differ from the .warnings file"
    for misfit in mapping.validate(mapped.document):
        yield f"{example.case}: {misfit.vi} / {misfit.en}"
    back = mapping.backward(example.record if example.text is None else mapping.read(example.text))
    if (back.document, dict(back.given)) != (expected_back(example, mapping.table), example.given):
        yield f"{example.case}: chiều ngược lại khác tệp .back hoặc .in / what comes back differs from what is expected"


def _as_written(mapped: Mapped, example: Example) -> bool:
    if example.text is None or mapped.text is None:
        return mapped.document == example.record
    return same_xml(read_xml(mapped.text), read_xml(example.text))


def same_xml(one: Element, other: Element) -> bool:
    """Whether two trees say the same in the same order; white space between elements does not count."""
    return (
        (one.name, one.attributes, len(one.children)) == (other.name, other.attributes, len(other.children))
        and (one.text == other.text if not one.children else one.text.strip() == other.text.strip())
        and all(map(same_xml, one.children, other.children))
    )


def expected_back(example: Example, table: Table) -> Document:
    """What must come back: as the example says, else the document without what the table declares always lost."""
    if example.back is not None:
        return example.back
    made = copy.deepcopy(example.document)
    for loss in table.losses:
        for path in loss.paths if loss.when == "always" else ():
            _drop(made, path.split("."))
    return made


def _drop(node: Any, way: list[str]) -> None:
    name, rest = way[0].removesuffix("[]"), way[1:]
    if not isinstance(node, dict) or name not in node:
        return
    if not rest:
        del node[name]
        return
    inside = node[name]
    for each in inside if isinstance(inside, list) else [inside]:
        _drop(each, rest)
    if inside == {}:  # an object that tells nothing does not come back
        del node[name]


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _read_if_there(path: Path) -> Any:
    return _read(path) if path.exists() else None
