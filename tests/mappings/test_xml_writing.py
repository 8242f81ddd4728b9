"""XML joined from strings says what an lxml builder says, in the order of the XSD, with everything escaped."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from mappings import Mapping, MappingError, read_examples
from mappings.xsd_shape import hardened
from tests.mappings import documents
from tests.mappings.by_lxml import build, canonical_form
from tests.mappings.canonical import CATALOGUE, as_accepted
from tests.mappings.given import given_to
from tests.mappings.workbench import HEAD, NAME, a_catalogue, a_table, write

XML_TABLES = [name for name in CATALOGUE.names if CATALOGUE.in_force(name).is_xml]
PORTS = [(name, port) for name in XML_TABLES for port, _ in CATALOGUE.in_force(name).xml.ports]  # type: ignore[union-attr]
NAMESPACE = "urn:thua"
HEAD_XML = HEAD + f"xml: {{namespaces: {{t: {NAMESPACE}}}, root: t:Thua}}\n"


def a_mapping(folder: Path, fields: str, head: str = HEAD_XML, xsd: str = "") -> Mapping:
    if xsd:
        write(folder, "schemas/thua.xsd", xsd)
        head += "schema: thua.xsd\n"
    catalogue = a_catalogue(folder, "- {to: X, constant: a}")
    write(folder, f"catalog/{NAME}/mapping.yaml", a_table(fields, head))
    return type(catalogue).load(folder).get(NAME, date(2025, 6, 12))


def same(text: str, other: etree._Element) -> bool:
    return canonical_form(etree.fromstring(text.encode(), hardened())) == canonical_form(other)


@pytest.mark.parametrize(("name", "port"), PORTS)
def test_every_example_is_written_as_by_an_lxml_builder(name: str, port: str) -> None:
    mapping = CATALOGUE.get(name)
    for example in read_examples(name):
        mapped = mapping.forward(example.document, example.given, port)
        assert mapped.text is not None and same(mapped.text, build(mapping.table, mapped.document, port))
        assert mapping.validate(mapped.text) == ()


@pytest.mark.parametrize("name", ["onestop/dossier.recorded.v1", "citizen_db/citizen.found.v1"])
def test_any_document_is_written_as_by_an_lxml_builder(name: str) -> None:
    mapping = CATALOGUE.get(name)

    @settings(derandomize=True, max_examples=60, deadline=None)
    @given(documents.any_document(mapping.table.canonical, for_xml=True))
    def run(document: dict[str, Any]) -> None:
        mapped = mapping.forward(as_accepted(document), given_to(mapping.table))
        assert mapped.text is not None and same(mapped.text, build(mapping.table, mapped.document))

    run()


def test_elements_stand_in_the_order_of_the_xsd_whatever_the_order_of_the_lines(tmp_path: Path) -> None:
    xsd = f"""\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
  <xs:element name="Thua"><xs:complexType><xs:sequence>
    <xs:element name="Mot" minOccurs="0"/><xs:element name="Hai" minOccurs="0"/><xs:element name="Ba" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""
    lines = "- {to: Ba, from: c}\n- {to: Mot, from: a}\n- {to: Khac, from: d}\n- {to: Hai, from: b}"
    text = a_mapping(tmp_path, lines, xsd=xsd).forward({"a": "1", "b": "2", "c": "3", "d": "4"}).text
    body = "<t:Mot>1</t:Mot><t:Hai>2</t:Hai><t:Ba>3</t:Ba><t:Khac>4</t:Khac>"
    assert text == f'<t:Thua xmlns:t="{NAMESPACE}">{body}</t:Thua>'


def test_what_is_absent_is_left_out_and_an_empty_text_is_an_empty_element(tmp_path: Path) -> None:
    lines = """
    - {to: Ten, from: name}
    - {to: Chu, from: owner, default: ""}
    - {to: Dong, from: rows, each: [{to: So, from: number}]}
    """
    mapping = a_mapping(tmp_path, lines)
    assert mapping.forward({}).text == f'<t:Thua xmlns:t="{NAMESPACE}"><t:Chu/></t:Thua>'
    assert mapping.forward({"name": "a", "rows": [{}]}).text == (
        f'<t:Thua xmlns:t="{NAMESPACE}"><t:Ten>a</t:Ten><t:Chu/><t:Dong/></t:Thua>'
    )


def test_a_table_may_want_empty_elements_for_what_is_absent(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, from: name}", HEAD_XML + "absent: empty\n")
    assert mapping.forward({}).text == f'<t:Thua xmlns:t="{NAMESPACE}"><t:Ten/></t:Thua>'


def test_rows_are_repeated_elements_or_items_inside_one(tmp_path: Path) -> None:
    lines = (
        "- {to: A, from: a, each: [{to: So, from: number}]}\n- {to: B, from: b, item: C, each: [{to: '@so', from: .}]}"
    )
    mapping = a_mapping(tmp_path, lines)
    text = mapping.forward({"a": [{"number": "1"}, {"number": "2"}], "b": ["x", "y"]}).text
    assert text == (
        f'<t:Thua xmlns:t="{NAMESPACE}"><t:A><t:So>1</t:So></t:A><t:A><t:So>2</t:So></t:A>'
        '<t:B><t:C so="x"/><t:C so="y"/></t:B></t:Thua>'
    )
    assert mapping.backward(mapping.read(text)).document == {"a": [{"number": "1"}, {"number": "2"}], "b": ["x", "y"]}


def test_a_name_keeps_the_namespace_of_the_element_around_it_unless_it_says_another(tmp_path: Path) -> None:
    head = HEAD + "xml: {namespaces: {t: urn:thua, u: urn:khac}, root: t:Thua/u:Trong}\n"
    mapping = a_mapping(tmp_path, "- {to: A, fields: [{to: 't:B', from: b}, {to: C, from: c}]}", head)
    text = mapping.forward({"b": "1", "c": "2"}).text
    assert text == (
        '<t:Thua xmlns:t="urn:thua" xmlns:u="urn:khac"><u:Trong><u:A><t:B>1</t:B><u:C>2</u:C></u:A></u:Trong></t:Thua>'
    )
    assert mapping.backward(mapping.read(text)).document == {"b": "1", "c": "2"}


def test_names_without_a_prefix_stand_in_the_namespace_that_has_none(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, from: a}", HEAD + 'xml: {namespaces: {"": urn:thua}, root: Thua}\n')
    assert mapping.forward({"a": "1"}).text == '<Thua xmlns="urn:thua"><Ten>1</Ten></Thua>'
    bare = a_mapping(tmp_path, "- {to: Ten, from: a}", HEAD + 'xml: {namespaces: {"": ""}, root: Thua}\n')
    assert bare.forward({"a": "1"}).text == "<Thua><Ten>1</Ten></Thua>"
    assert bare.backward(bare.read("<Thua><Ten>1</Ten></Thua>")).document == {"a": "1"}


@pytest.mark.parametrize(
    "text", ["<b>&</b>", "]]>", "\"'", "a\r\nb", "a\rb", "\t a \n", " ", "&amp;", "\u0085\u2028", "😀", "\x7f\x9f"]
)
def test_any_text_comes_back_letter_by_letter_from_elements_and_attributes(tmp_path: Path, text: str) -> None:
    mapping = a_mapping(tmp_path, '- {to: Ten, from: a}\n- {to: "@ma", from: b}')
    written = mapping.forward({"a": text, "b": text}).text
    assert written is not None
    assert mapping.backward(mapping.read(written)).document == {"a": text, "b": text}
    tree = etree.fromstring(written.encode(), hardened())
    assert (tree[0].text, tree.get("ma")) == (text, text)


@pytest.mark.parametrize("character", ["\0", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_a_character_that_no_xml_can_hold_is_refused_with_its_place_and_never_quoted(
    tmp_path: Path, character: str
) -> None:
    lines = "- {to: Dong, from: rows, each: [{to: Ten, from: name, as: name_whole}, {to: '@ma', given: code}]}"
    mapping = a_mapping(tmp_path, lines)
    with pytest.raises(MappingError) as caught:
        mapping.forward({"rows": [{"name": "a"}, {"name": f"Bí mật{character}"}]})
    assert (caught.value.code, caught.value.pointer, caught.value.foreign) == ("VALUE_SHAPE", "/rows/1/name", "Ten")
    assert "Bí mật" not in caught.value.vi + str(caught.value)
    with pytest.raises(MappingError, match="VALUE_SHAPE"):
        mapping.forward({"rows": [{}]}, {"code": character})


def test_a_port_nobody_described_is_no_port() -> None:
    with pytest.raises(KeyError):
        CATALOGUE.get("citizen_db/citizen.verified.v1").forward({"verified": True}, port="rest")
