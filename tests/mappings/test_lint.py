"""Checks of whole tables against the schemas at both ends: each finding names file, line and remedy."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.acceptance import schemas
from mappings import Catalogue, Finding, lint
from tests.mappings.canonical import CATALOGUE
from tests.mappings.workbench import COLOURS, FILE, FIRST_LINE, HEAD, a_table, write

CANONICAL = {name: schemas.document(name) for name in schemas.NAMES}
PARCEL: dict[str, Any] = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "colour": {"enum": ["red", "green"]},
        "owner": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["code", "owner"],
    "$defs": {"row": {"type": "object", "properties": {"number": {"type": "string"}}}},
}
ALL = """
- {to: Ma, from: code}
- {to: Mau, from: colour, as: code, list: colours}
- {to: Chu, from: owner.name}
- {to: Dong, from: rows, each: [{to: So, from: number}]}
"""
LOST = "losses:\n  - {paths: [tags]}\n"
XSD = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:thua" elementFormDefault="qualified">
  <xs:element name="Thua"><xs:complexType>
    <xs:sequence>
      <xs:element name="Ma" type="xs:string"/>
      <xs:element name="Mau" type="xs:string" minOccurs="0"/>
      <xs:element name="Chu" type="xs:string" minOccurs="0"/>
      <xs:element name="Dong" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:element name="So" type="xs:string" minOccurs="0"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence>
    <xs:attribute name="id" use="required"/>
  </xs:complexType></xs:element>
</xs:schema>
"""
AS_XML = "schema: thua.xsd\nxml: {namespaces: {t: urn:thua}, root: t:Thua}\n"
TARGET = {
    "type": "object",
    "properties": {"Ma": {}, "Mau": {}, "Chu": {}, "Dong": {"type": "array", "items": {"properties": {"So": {}}}}},
    "required": ["Ma"],
}


def found(folder: Path, fields: str = ALL, head: str = HEAD + LOST, colours: str = COLOURS) -> list[Finding]:
    write(folder, "codelists/colours.yaml", colours)
    write(folder, "schemas/thua.xsd", XSD)
    write(folder, "schemas/thua.json", json.dumps(TARGET))
    write(folder, FILE, a_table(fields, head))
    return lint(Catalogue.load(folder), {"parcel.recorded.v1": PARCEL}, date(2025, 6, 12))


def told(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in findings]


def test_nothing_is_found_in_the_package() -> None:
    assert [str(one) for one in lint(CATALOGUE, CANONICAL)] == []


def test_nothing_is_found_in_a_table_that_carries_all_or_declares_it_lost(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_a_finding_reads_like_a_compilers_vietnamese_first(tmp_path: Path) -> None:
    [one] = found(tmp_path, ALL.replace("owner.name", "owner.nam"), HEAD + "losses:\n  - {paths: [tags, owner.name]}\n")
    assert str(one) == (
        f"{FILE}:{FIRST_LINE + 4}: error FIELD_UNKNOWN: Chu: lược đồ parcel.recorded.v1 không có owner.nam; "
        "có phải là owner.name? / Chu: the schema of parcel.recorded.v1 has no owner.nam; did you mean owner.name?"
    )


LINE = FIRST_LINE + len(LOST.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("from: number", "from: numbr", ("FIELD_UNKNOWN", LINE + 3)),
        ("from: colour,", "from: colour, when: {kind: a},", ("FIELD_UNKNOWN", LINE + 1)),
        ("{to: Ma, from: code}", "{to: Ma, function: databases}", ("FIELD_UNKNOWN", LINE)),
        ("from: owner.name", "from: owner", ("FIELD_SHAPE", LINE + 2)),
        ("from: rows", "from: owner", ("FIELD_SHAPE", LINE + 3)),
        (
            "{to: Chu, from: owner.name}",
            "{to: Chu, from: rows, fields: [{to: A, from: number}]}",
            ("FIELD_SHAPE", LINE + 2),
        ),
        ("from: colour,", "from: colour, when: {colour: blue},", ("UNREACHABLE", LINE + 1)),
        ("from: code}", "first_of: [code, colour]}", ("UNREACHABLE", LINE)),
        ("from: owner.name}", "from: owner.name, default: a}", ("UNREACHABLE", LINE + 2)),
    ],
)
def test_a_line_that_cannot_be_what_was_meant_is_found(
    tmp_path: Path, old: str, new: str, expected: tuple[str, int]
) -> None:
    assert old in ALL
    assert expected in told(found(tmp_path, ALL.replace(old, new)))


def test_a_value_that_no_line_brings_back_is_found_unless_it_is_declared_lost(tmp_path: Path) -> None:
    lines = "- {to: Ma, from: code}\n- {to: Chu, from: owner.name, one_way: true}"
    findings = found(tmp_path, lines, HEAD)
    assert [one.code for one in findings] == ["NOT_CARRIED"] * 4
    assert [one.en.split()[3] for one in findings] == ["colour", "owner.name", "rows[].number", "tags"]


@pytest.mark.parametrize(
    ("losses", "code"),
    [("[tags, colur]", "LOSS_UNKNOWN"), ("[tags, code]", "LOSS_CARRIED")],
)
def test_a_loss_that_is_none_is_found_with_its_line(tmp_path: Path, losses: str, code: str) -> None:
    [one] = found(tmp_path, head=HEAD + f"losses:\n  - {{paths: {losses}}}\n")
    assert (one.code, one.line) == (code, FIRST_LINE)


def test_a_word_of_the_schema_without_a_code_is_found(tmp_path: Path) -> None:
    [one] = found(tmp_path, colours=COLOURS.replace('"green"', '"gren"').replace("entries:", "entries:\n  # x"))[:1]
    assert (one.code, one.severity, one.line) == ("CODES_MISSING", "error", LINE + 1)
    assert "green" in one.vi and "colours" in one.vi


def test_a_code_counts_only_while_it_is_valid(tmp_path: Path) -> None:
    dated = COLOURS.replace('foreign: "2"', 'foreign: "2", valid_to: 2025-06-11')
    assert told(found(tmp_path, colours=dated)) == [("CODES_MISSING", LINE + 1)]


def test_a_code_for_a_word_that_no_document_holds_is_found(tmp_path: Path) -> None:
    more = COLOURS + '  - {canonical: "blue", foreign: "3"}\n'
    [one] = found(tmp_path, colours=more)
    assert (one.code, one.severity) == ("UNREACHABLE", "warning") and "'blue'" in one.vi


def test_a_field_that_the_xsd_does_not_know_is_an_error_and_one_it_demands_too(tmp_path: Path) -> None:
    lines = ALL.replace("to: Chu", "to: Chuu").replace("to: So", "to: Soo") + '- {to: "@idd", given: id}\n'
    head = HEAD + LOST + AS_XML
    findings = found(tmp_path, lines, head)
    at = FIRST_LINE + 4
    assert [(one.code, one.line, one.severity) for one in findings] == [
        ("FIELD_MISSING", 1, "error"),
        ("FOREIGN_UNKNOWN", at + 2, "error"),
        ("FOREIGN_UNKNOWN", at + 3, "error"),
        ("FOREIGN_UNKNOWN", at + 4, "error"),
    ]
    assert [one.en.rpartition("; ")[2] for one in findings[1:]] == [
        "did you mean Chu?", "did you mean So?", "did you mean @id?",
    ]  # fmt: skip


def test_a_root_that_the_xsd_does_not_know_is_found(tmp_path: Path) -> None:
    head = HEAD + LOST + AS_XML.replace("t:Thua}", "t:Nha}")
    assert told(found(tmp_path, head=head)) == [("ROOT_UNKNOWN", 1)]


def test_a_field_that_a_json_schema_does_not_know_may_be_newer_than_the_schema(tmp_path: Path) -> None:
    lines = ALL.replace("{to: Ma,", "{to: Mã,")
    findings = found(tmp_path, lines, HEAD + LOST + "schema: thua.json\n")
    assert [(one.code, one.severity) for one in findings] == [
        ("FIELD_MISSING", "error"), ("FOREIGN_UNKNOWN", "warning"),
    ]  # fmt: skip


def test_a_type_without_a_schema_is_found(tmp_path: Path) -> None:
    write(tmp_path, FILE, a_table("- {to: Ma, from: code}"))
    assert told(lint(Catalogue.load(tmp_path), {})) == [("TYPE_UNKNOWN", 1)]


def test_a_list_that_is_not_there_is_found_like_the_rest(tmp_path: Path) -> None:
    write(tmp_path, FILE, a_table("- {to: Mau, from: colour, as: code, list: colours}", HEAD))
    findings = lint(Catalogue.load(tmp_path), {"parcel.recorded.v1": PARCEL})
    assert ("TABLE", FIRST_LINE) in told(findings)
