"""What lines can say beside a path: objects, values handed in, fillers, other spellings, numbers, stand-ins."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mappings import Catalogue, Mapping, MappingError, TableError
from tests.mappings.workbench import COLOURS, FILE, FIRST_LINE, HEAD, NAME, a_catalogue, a_mapping, a_table, write


def with_head(folder: Path, fields: str, head: str) -> Mapping:
    a_catalogue(folder, "- {to: X, constant: a}")
    write(folder, FILE, a_table(fields, HEAD + head))
    return Catalogue.load(folder).get(NAME, date(2025, 6, 12))


def test_an_object_of_the_other_side_is_made_of_what_is_at_hand(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path, "- {to: Chu, fields: [{to: Ten, from: owner.name}, {to: Xa, fields: [{to: Ma, from: unit}]}]}"
    )
    document = {"owner": {"name": "Lê"}, "unit": "18859"}
    record = {"Chu": {"Ten": "Lê", "Xa": {"Ma": "18859"}}}
    assert mapping.forward(document).document == record
    assert mapping.backward(record).document == document
    assert mapping.forward({}).document == {"Chu": {"Ten": "", "Xa": {"Ma": ""}}}


def test_an_object_may_be_one_on_both_sides_and_its_lines_start_there(tmp_path: Path) -> None:
    lines = """
    - {to: Ma, from: code}
    - {to: Chu, from: land.owner, fields: [{to: Ten, from: name}, {to: Ma, from: /code}]}
    """
    mapping = a_mapping(tmp_path, lines)
    document = {"code": "1", "land": {"owner": {"name": "Lê"}}}
    record = {"Ma": "1", "Chu": {"Ten": "Lê", "Ma": "1"}}
    assert mapping.forward(document).document == record
    assert mapping.backward(record).document == document
    with pytest.raises(MappingError) as caught:
        mapping.forward({"land": {"owner": {"name": 7}}})
    assert (caught.value.pointer, caught.value.foreign) == ("/land/owner/name", "Ten")
    with pytest.raises(MappingError) as caught:
        mapping.backward({"Chu": {"Ten": ["x"]}})
    assert caught.value.pointer == "/land/owner/name"


def test_an_object_that_two_fields_tell_of_is_put_together(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path, "- {to: So, from: owner.number}\n- {to: Chu, from: owner, fields: [{to: Ten, from: name}]}"
    )
    document = {"owner": {"number": "1", "name": "Lê"}}
    assert mapping.backward(mapping.forward(document).document).document == document


@pytest.mark.parametrize("absent", ["", None, [], {}])
def test_an_object_that_is_empty_on_the_other_side_does_not_come_back(tmp_path: Path, absent: Any) -> None:
    lines = "- {to: A, fields: [{to: Ten, from: name}]}\n- {to: B, from: owner, fields: [{to: Ten, from: name}]}"
    assert a_mapping(tmp_path, lines).backward({"A": absent, "B": absent}).document == {}


@pytest.mark.parametrize(
    "lines", ["{to: A, fields: [{to: Ten, from: name}]}", "{to: A, from: b, fields: [{to: Ten, from: name}]}"]
)
@pytest.mark.parametrize("wrong", ["x", 7, [1]])
def test_where_an_object_is_meant_nothing_else_is_taken(tmp_path: Path, lines: str, wrong: Any) -> None:
    with pytest.raises(MappingError) as caught:
        a_mapping(tmp_path, f"- {lines}").backward({"A": wrong})
    assert (caught.value.code, caught.value.foreign) == ("VALUE_SHAPE", "A")
    assert "an object is expected (found " in caught.value.en


def test_an_absent_object_goes_empty_or_as_an_empty_list_or_is_demanded(tmp_path: Path) -> None:
    inside = "from: owner, fields: [{to: Ten, from: name}]"
    assert a_mapping(tmp_path / "a", f"- {{to: A, {inside}}}").forward({}).document == {"A": {"Ten": ""}}
    listed = a_mapping(tmp_path / "b", f"- {{to: A, {inside}, default: []}}")
    first = listed.forward({}).document
    assert first == {"A": []} and first["A"] is not listed.forward({}).document["A"]
    assert listed.forward({"owner": {"name": "Lê"}}).document == {"A": {"Ten": "Lê"}}
    with pytest.raises(MappingError) as caught:
        a_mapping(tmp_path / "c", f"- {{to: A, {inside}, required: true}}").forward({})
    assert (caught.value.code, caught.value.pointer) == ("VALUE_MISSING", "/owner")


def test_a_table_that_omits_leaves_out_what_is_absent_at_every_depth(tmp_path: Path) -> None:
    lines = """
    - {to: Ten, from: name}
    - {to: Chu, fields: [{to: Ten, from: owner.name}]}
    - {to: Dat, from: land, fields: [{to: So, from: number}]}
    - {to: Dong, from: rows, each: [{to: So, from: number}]}
    - {to: Mau, from: colour, as: code, list: colours, default: "1"}
    """
    mapping = with_head(tmp_path, lines, "absent: omit\n")
    assert mapping.forward({}).document == {"Mau": "1"}
    assert mapping.forward({"rows": [{}], "land": {}}).document == {"Dong": [{}], "Mau": "1"}


def test_a_given_value_goes_out_when_it_is_handed_in_and_is_told_apart_when_it_comes_back(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ma, given: reference}\n- {to: Ten, from: name}")
    assert mapping.forward({"name": "a"}).document == {"Ten": "a"}
    record = mapping.forward({"name": "a"}, {"reference": "r1", "other": "x"}).document
    assert record == {"Ma": "r1", "Ten": "a"}
    back = mapping.backward(record)
    assert (back.document, back.given) == ({"name": "a"}, {"reference": "r1"})
    assert mapping.backward({"Ma": "", "Ten": "a"}).given == {}
    with pytest.raises(MappingError) as caught:
        mapping.forward({}, {"reference": ["r1"]})
    assert (caught.value.code, caught.value.pointer, caught.value.foreign) == ("VALUE_SHAPE", "", "Ma")
    assert caught.value.vi.startswith("Không chuyển được giữa Ma: cần chuỗi ký tự (đang là danh sách 1 phần tử)")


def test_a_filler_goes_where_a_value_is_absent_and_comes_back_as_none(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, '- {to: So, from: number, filler: "000"}')
    assert mapping.forward({}).document == {"So": "000"}
    assert mapping.backward({"So": "000"}).document == {}
    assert mapping.backward({"So": "001"}).document == {"number": "001"}


def test_a_field_is_read_under_any_of_its_spellings_and_written_under_the_first(tmp_path: Path) -> None:
    lines = """
    - {to: Url, from: url, also: [URL, url]}
    - {to: Dong, from: rows, also: [DONG], each: [{to: So, from: number, also: [SO]}]}
    """
    mapping = a_mapping(tmp_path, lines)
    assert mapping.forward({"url": "a"}).document == {"Url": "a", "Dong": []}
    assert mapping.backward({"Url": "", "URL": "a"}).document == {"url": "a"}
    assert mapping.backward({"url": "b", "DONG": [{"SO": "1"}, {"So": "2"}]}).document == {
        "url": "b", "rows": [{"number": "1"}, {"number": "2"}],
    }  # fmt: skip


def test_what_is_read_only_is_never_written(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Moi, from: name}\n- {to: Cu, from: name, read_only: true}")
    assert mapping.forward({"name": "a"}).document == {"Moi": "a"}
    assert mapping.backward({"Cu": "a"}).document == {"name": "a"}


def test_of_fields_that_tell_one_value_the_later_wins(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Nam, from: born, as: year}\n- {to: Ngay, from: born, as: day_compact}")
    assert mapping.forward({"born": "1985-04-12"}).document == {"Nam": "1985", "Ngay": "19850412"}
    assert mapping.backward({"Nam": "1985", "Ngay": "19850412"}).document == {"born": "1985-04-12"}
    assert mapping.forward({"born": "1985"}).document == {"Nam": "1985", "Ngay": ""}
    assert mapping.backward({"Nam": "1985", "Ngay": ""}).document == {"born": "1985"}


def test_codes_and_flags_may_go_as_numbers(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path,
        "- {to: Mau, from: colour, as: code, list: colours, numeric: true, default: 0}\n"
        "- {to: Co, from: there, as: flag, numeric: true}",
    )
    assert mapping.forward({"colour": "green", "there": True}).document == {"Mau": 2, "Co": 1}
    assert mapping.forward({}).document == {"Mau": 0, "Co": ""}
    assert mapping.backward({"Mau": 2, "Co": 0}).document == {"colour": "green", "there": False}
    assert mapping.backward({"Mau": "1"}).document == {"colour": "red"}


def test_a_code_that_is_no_number_does_not_go_as_one(tmp_path: Path) -> None:
    words = COLOURS.replace('"1"', '"do"')
    mapping = a_mapping(tmp_path, "- {to: Mau, from: colour, as: code, list: colours, numeric: true}", colours=words)
    with pytest.raises(MappingError, match="a code that is a number is expected"):
        mapping.forward({"colour": "red"})
    with pytest.raises(MappingError, match="UNMAPPED_CODE"):
        mapping.forward({"colour": "blue"})


def test_rows_that_are_plain_values_are_read_and_put_back_as_such(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: DS, from: tags, each: [{to: Ma, from: .}]}")
    assert mapping.forward({"tags": ["a", "b"]}).document == {"DS": [{"Ma": "a"}, {"Ma": "b"}]}
    assert mapping.backward({"DS": [{"Ma": "a"}, {"Ma": ""}]}).document == {"tags": ["a"]}
    with pytest.raises(MappingError) as caught:
        mapping.forward({"tags": ["a", 7]})
    assert caught.value.pointer == "/tags/1"


def test_a_table_for_one_kind_of_document_refuses_others_and_says_so_when_it_comes_back(tmp_path: Path) -> None:
    mapping = with_head(tmp_path, "- {to: Ten, from: name}", "when: {service: lookup}\n")
    assert mapping.forward({"service": "lookup", "name": "a"}).document == {"Ten": "a"}
    assert mapping.backward({"Ten": "a"}).document == {"service": "lookup", "name": "a"}
    for other in ({"service": "verify"}, {}):
        with pytest.raises(MappingError) as caught:
            mapping.forward(other)
        assert (caught.value.code, caught.value.pointer) == ("WRONG_MAPPING", "/service")


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("absent: maybe\n", "absent takes empty or omit"),
        ("when: {service: 1}\n", "when says what is always so"),
        ("schema: no.xsd\n", "schema names an .xsd or .json file of the folder schemas/ that is there"),
        ("schema: ../schemas/citizen-db.xsd\n", "schema names an .xsd or .json file"),
        ("schema: citizen-db.wsdl\n", "schema names an .xsd or .json file"),
        ("xml: a\n", "xml takes {namespaces:"),
        ("xml: {root: a:b}\n", "namespaces takes {prefix: URI}"),
        ("xml: {namespaces: {}, root: a:b}\n", "namespaces takes {prefix: URI}"),
        ("xml: {namespaces: {a: ''}, root: a:b}\n", "namespaces takes {prefix: URI}"),
        ("xml: {namespaces: {1a: urn:x}, root: a:b}\n", "namespaces takes {prefix: URI}"),
        ("xml: {namespaces: {a: urn:x}}\n", "root takes a path of elements"),
        ("xml: {namespaces: {a: urn:x}, root: b:c}\n", "root takes a path of elements"),
        ("xml: {namespaces: {a: urn:x}, root: a:b//a:c}\n", "root takes a path of elements"),
        ("xml: {namespaces: {a: urn:x}, root: {one: a:b, two: c}}\n", "root takes a path of elements"),
        ("xml: {namespaces: {a: urn:x}, root: a:b, port: c}\n", "unknown key 'port'"),
    ],
)
def test_a_head_that_is_written_wrongly_is_named(tmp_path: Path, head: str, problem: str) -> None:
    with pytest.raises(TableError) as caught:
        with_head(tmp_path, "- {to: Ten, from: name}", head)
    assert caught.value.file == FILE
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{to: a b, from: name}", "`to` takes an XML name"),
        ("{to: 'a:@b', from: name}", "`to` takes an XML name"),
        ("{to: 'b:Ten', from: name}", "no namespace has the prefix 'b'"),
        ("{to: '@ds', from: rows, each: [{to: A, from: a}]}", "an attribute is one value"),
        ("{to: A, holds: xml, fields: [{to: B, holds: xml, fields: [{to: C, from: c}]}]}", "`holds: xml` needs"),
    ],
)
def test_a_line_that_is_no_xml_is_named(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(TableError) as caught:
        with_head(tmp_path, f"- {line}", "xml: {namespaces: {a: urn:x}, root: a:b}\n")
    assert problem in caught.value.problem
    assert caught.value.line == FIRST_LINE + 1


def test_a_schema_beside_the_catalogue_counts_before_a_packaged_one(tmp_path: Path) -> None:
    write(tmp_path, "schemas/payment-bill.json", '{"properties": {"Ten": {"maxLength": 1}}}')
    mapping = with_head(tmp_path, "- {to: Ten, from: owner.name}", "schema: payment-bill.json\n")
    [misfit] = mapping.validate({"Ten": "ab"})
    assert (misfit.code, misfit.pointer, misfit.foreign) == ("SCHEMA_MAXLENGTH", "/owner/name", "/Ten")
    assert with_head(tmp_path / "b", "- {to: A, from: a}", "schema: payment-bill.json\n").validate({}) != ()
