"""What is read from an XSD for order and for checking: groups, references, extensions, imports, recursion."""

from __future__ import annotations

from pathlib import Path

from mappings.catalogue import HOME
from mappings.xsd_shape import Shape, roots_of, shape_of
from tests.mappings.workbench import write

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
BASE = f"""\
<xs:schema {XS} targetNamespace="urn:b" elementFormDefault="qualified">
  <xs:element name="Ngoai"><xs:complexType><xs:attribute name="ma"/></xs:complexType></xs:element>
</xs:schema>
"""
MAIN = f"""\
<xs:schema {XS} xmlns:a="urn:a" xmlns:b="urn:b" targetNamespace="urn:a" elementFormDefault="qualified">
  <xs:import namespace="urn:b" schemaLocation="base.xsd"/>
  <xs:complexType name="Goc"><xs:sequence><xs:element name="Dau"/></xs:sequence><xs:attribute name="id" use="required"/></xs:complexType>
  <xs:complexType name="Them"><xs:complexContent><xs:extension base="a:Goc"><xs:sequence>
    <xs:choice><xs:element name="Mot"/><xs:sequence><xs:element name="Hai"/></xs:sequence></xs:choice>
    <xs:sequence minOccurs="0"><xs:element name="Ba"/></xs:sequence>
    <xs:element ref="b:Ngoai"/>
    <xs:element name="Bat" type="xs:anyType" minOccurs="0"/>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
  <xs:complexType name="Cay"><xs:all><xs:element name="Canh" type="a:Cay" minOccurs="0"/></xs:all></xs:complexType>
  <xs:complexType name="Chu"><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="loai"/></xs:extension></xs:simpleContent></xs:complexType>
  <xs:element name="Goc" type="a:Them"/>
  <xs:element name="Cay" type="a:Cay"/>
  <xs:element name="Chu" type="a:Chu"/>
</xs:schema>
"""  # noqa: E501 - a schema reads better in long lines


def shapes(folder: Path) -> dict[str, Shape]:
    write(folder, "base.xsd", BASE)
    return roots_of(write(folder, "main.xsd", MAIN) / "main.xsd")


def test_an_extension_adds_to_its_base_in_order_and_references_are_followed(tmp_path: Path) -> None:
    shape = shapes(tmp_path)["urn:a}Goc"]
    assert [*shape.children] == ["urn:a}Dau", "urn:a}Mot", "urn:a}Hai", "urn:a}Ba", "urn:b}Ngoai", "urn:a}Bat"]
    assert shape.demanded == {"@id", "urn:a}Dau", "urn:b}Ngoai"}
    assert shape.ordered and shape.children["urn:a}Bat"].anything
    assert shape.children["urn:b}Ngoai"].attributes == {"ma"}


def test_a_type_inside_itself_ends_somewhere_and_order_does_not_count_in_all(tmp_path: Path) -> None:
    shape = shapes(tmp_path)["urn:a}Cay"]
    assert not shape.ordered and shape.children["urn:a}Canh"].anything


def test_text_with_attributes_has_no_elements(tmp_path: Path) -> None:
    shape = shapes(tmp_path)["urn:a}Chu"]
    assert (shape.children, shape.attributes) == ({}, {"loai"})


def test_a_path_leads_through_a_schema_from_the_first_name_it_knows(tmp_path: Path) -> None:
    shapes(tmp_path)
    main = tmp_path / "main.xsd"
    assert shape_of(main, ["urn:soap}Envelope", "urn:a}Goc", "urn:b}Ngoai"]) is not None
    assert shape_of(main, ["urn:a}Goc", "urn:a}Khac", "urn:a}X"]) is None
    assert shape_of(main, ["urn:x}Goc"]) is None
    assert shape_of(None, ["urn:a}Goc"]) is None


def test_the_order_of_a_request_is_that_of_the_guides_table() -> None:
    [shape] = [shape_of(HOME / "schemas" / "citizen-db.xsd", ["http://dancuquocgia.bca}TraCuuThongTinCongDan"])]
    assert shape is not None
    assert [name.rpartition("}")[2] for name in shape.children] == [
        "MaYeuCau", "MaDVC", "MaTichHop", "MaDonVi", "MaCanBo", "TaiKhoan", "SoDienThoai", "SoDinhDanh", "SoCMND",
        "HoVaTen", "NgayThangNamSinh",
    ]  # fmt: skip
