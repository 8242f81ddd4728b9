"""What may come over the wire as XML: prefixes, envelopes and ports vary, emptiness and repeats are told apart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mappings import MappingError
from tests.mappings.canonical import CATALOGUE
from tests.mappings.test_xml_writing import NAMESPACE, a_mapping

FOUND = CATALOGUE.get("citizen_db/citizen.found.v1")
DC = "http://www.mic.gov.vn/dancu/1.0"
DAN = "http://dancuquocgia.bca"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def citizen(inside: str, prefix: str = "ns1") -> str:
    p = f"{prefix}:" if prefix else ""
    declared = f"xmlns:{prefix}" if prefix else "xmlns"
    inside = re.sub(r"(</?)(?=[A-Za-z])", rf"\g<1>{p}", inside)
    return f'<{p}CongdanCollection {declared}="{DC}"><{p}CongDan>{inside}</{p}CongDan></{p}CongdanCollection>'


def read(text: str | bytes) -> dict[str, Any]:
    return FOUND.backward(FOUND.read(text)).document


def one(inside: str) -> Any:
    return read(citizen(inside))["citizens"][0]


@pytest.mark.parametrize("prefix", ["ns1", "dc", "x", ""])
def test_the_prefix_does_not_matter_and_the_namespace_does(prefix: str) -> None:
    assert read(citizen("<SoDinhDanh>044999000123</SoDinhDanh>", prefix)) == {
        "citizens": [{"citizen_id": "044999000123"}]
    }
    with pytest.raises(MappingError, match="XML_ROOT"):
        read(citizen("<SoDinhDanh>044999000123</SoDinhDanh>", prefix).replace(DC, "urn:khac"))


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        f'<dan:TraCuuThongTinCongDanResponse xmlns:dan="{DAN}">{{}}</dan:TraCuuThongTinCongDanResponse>',
        f'<s:Envelope xmlns:s="{SOAP}"><s:Header/><s:Body>{{}}</s:Body></s:Envelope>',
        (
            f'<s:Envelope xmlns:s="{SOAP}"><s:Body><TraCuuThongTinCongDanResponse xmlns="{DAN}">{{}}'
            "</TraCuuThongTinCongDanResponse></s:Body></s:Envelope>"
        ),
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{}</s:Body></s:Envelope>',
    ],
)
def test_both_ports_are_read_bare_or_in_an_envelope(around: str) -> None:
    text = around.format(citizen("<HoVaTen><Ten>LÊ THỬ</Ten></HoVaTen>"))
    assert read(text) == {"citizens": [{"full_name": "LÊ THỬ"}]}


@pytest.mark.parametrize(
    "text",
    [
        f'<dan:TraCuuThongTinCongDanResponse xmlns:dan="{DAN}"/>',
        f'<c:CongdanCollection xmlns:c="{DC}"/>',
        f'<c:CongdanCollection xmlns:c="{DC}"><c:CongDan/></c:CongdanCollection>',
        citizen("<HoVaTen><Ho/><ChuDem/><Ten/></HoVaTen>"),
    ],
)
def test_nobody_found_reads_as_nobody_in_every_form_clients_have_met(text: str) -> None:
    assert read(text) == {}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<HoVaTen><Ho/><ChuDem/><Ten>NGUYỄN VĂN MẪU</Ten></HoVaTen>", "NGUYỄN VĂN MẪU"),
        ("<HoVaTen><Ho>NGUYỄN</Ho><ChuDem>VĂN</ChuDem><Ten>MẪU</Ten></HoVaTen>", "NGUYỄN VĂN MẪU"),
        ("<HoVaTen><Ten>MẪU</Ten><Ho>NGUYỄN</Ho></HoVaTen>", "NGUYỄN MẪU"),
        ("<HoVaTen>NGUYỄN  VĂN MẪU </HoVaTen>", "NGUYỄN VĂN MẪU"),
        ("<HoVaTen>\n <Ho> NGUYỄN </Ho>\n <Ten>MẪU</Ten>\n</HoVaTen>", "NGUYỄN MẪU"),
    ],
)
def test_a_name_is_read_whole_or_split_of_people_and_of_their_relatives(written: str, name: str) -> None:
    assert one(written) == {"full_name": name}
    assert one(f"<Cha>{written}</Cha>") == {"father": {"full_name": name}}


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("<Nam>1985</Nam><NgayThangNam>19850412</NgayThangNam>", "1985-04-12"),
        ("<NgayThangNam>1985-04-12</NgayThangNam>", "1985-04-12"),
        ("<NgayThangNam>19850412</NgayThangNam><Nam>1985</Nam>", "1985-04-12"),
        ("<Nam>1985</Nam>", "1985"),
        ("<Nam>1985</Nam><NgayThangNam/>", "1985"),
    ],
)
def test_a_birth_is_read_in_every_form_the_day_before_the_year(written: str, born: str) -> None:
    assert one(f"<NgayThangNamSinh>{written}</NgayThangNamSinh>") == {"birth_date": born}


@pytest.mark.parametrize(
    ("code", "name"), [("44", "province_code"), ("450", "district_code"), ("18859", "commune_code")]
)
def test_a_place_is_read_by_one_code_or_by_three(code: str, name: str) -> None:
    assert one(f"<QueQuan><MaDonViHanhChinh>{code}</MaDonViHanhChinh></QueQuan>") == {"hometown": {name: code}}
    assert one("<NoiOHienNay><MaTinhThanh>44</MaTinhThanh></NoiOHienNay>") == {
        "current_residence": {"province_code": "44"}
    }


def test_an_empty_element_is_an_absent_value_and_so_is_one_that_says_nil() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    assert one(f"<SoCMND/><QuocTich></QuocTich><SoDinhDanh {xsi}>x</SoDinhDanh><SoSoHoKhau>1</SoSoHoKhau>") == {
        "household_book": "1"
    }


def test_elements_that_no_line_names_are_passed_over_and_comments_too() -> None:
    assert one("<Moi>x</Moi><!-- y --><SoSoHoKhau>1<!-- z -->2<?p q?></SoSoHoKhau>") == {"household_book": "12"}


@pytest.mark.parametrize(
    ("inside", "code", "name"),
    [
        ("<SoDinhDanh>1</SoDinhDanh><SoDinhDanh>2</SoDinhDanh>", "XML_REPEATED", "SoDinhDanh"),
        ("<Cha/><Cha/>", "XML_REPEATED", "Cha"),
        ("<NoiOHienTai/><NoiOHienNay/>", "XML_REPEATED", "NoiOHienTai"),
        ("<HoVaTen><Ten>a</Ten><Ten>b</Ten></HoVaTen>", "XML_REPEATED", "Ten"),
        ("<Cha>Bí mật<SoCMND/></Cha>", "XML_MIXED", "Cha"),
        ("<HoVaTen>Bí mật<Ten>a</Ten></HoVaTen>", "XML_MIXED", "HoVaTen"),
        ("Bí mật", "XML_MIXED", "CongDan"),
    ],
)
def test_what_cannot_be_one_value_is_refused_by_name_and_never_quoted(inside: str, code: str, name: str) -> None:
    with pytest.raises(MappingError) as caught:
        one(inside)
    assert (caught.value.code, caught.value.foreign) == (code, name)
    assert "Bí mật" not in f"{caught.value}{caught.value.vi}"


def test_elements_where_a_value_is_meant_are_refused_with_both_places_and_their_shape() -> None:
    with pytest.raises(MappingError) as caught:
        one("<SoDinhDanh><So>044999000123</So></SoDinhDanh>")
    error = caught.value
    assert (error.code, error.pointer, error.foreign) == ("VALUE_SHAPE", "/citizens/0/citizen_id", "SoDinhDanh")
    assert "(found an object of 1 fields)" in error.en and "(đang là đối tượng 1 trường)" in error.vi


def test_a_value_of_the_wrong_shape_tells_its_length_and_not_itself() -> None:
    with pytest.raises(MappingError) as caught:
        one("<NgayThangNamSinh><NgayThangNam>12041985</NgayThangNam></NgayThangNamSinh>")
    assert "(found text of 8 digits)" in caught.value.en and "12041985" not in str(caught.value)


def test_xml_inside_a_json_text_is_read_and_written() -> None:
    mapping = CATALOGUE.get("citizen_db/citizen.found.v1.lgsp")
    text = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{citizen("<SoSoHoKhau>1</SoSoHoKhau>")}</s:Body></s:Envelope>'
    wire = json.dumps({"error_code": "0", "message": f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'})
    back = mapping.backward(mapping.read(wire)).document
    assert back == {"citizens": [{"household_book": "1"}]}
    assert mapping.validate(wire) == ()
    again = mapping.forward(back)
    assert again.text is None and again.document["message"].startswith("<soapenv:Envelope")
    assert mapping.backward(again.document).document == back


@pytest.mark.parametrize(
    ("message", "code"),
    [("<a", "XML_MALFORMED"), ("<a/>", "XML_ROOT"), ({"a": 1}, "VALUE_SHAPE"), ("lỗi hệ thống", "XML_MALFORMED")],
)
def test_xml_inside_a_json_text_that_is_none_is_refused_like_any_other(message: Any, code: str) -> None:
    mapping = CATALOGUE.get("citizen_db/citizen.found.v1.lgsp")
    with pytest.raises(MappingError) as caught:
        mapping.backward({"error_code": "0", "message": message})
    assert caught.value.code == code


def test_the_xsd_judges_xml_inside_a_json_text_too() -> None:
    mapping = CATALOGUE.get("citizen_db/citizen.found.v1.lgsp")
    [misfit] = mapping.validate({"error_code": "0", "message": citizen("<SoDinhDanh>12</SoDinhDanh>")})
    assert (misfit.code, misfit.pointer) == ("XSD_PATTERN", "/citizens/0/citizen_id")


@pytest.mark.parametrize("wire", ["", "{", "[1]", "null", '{"a": 1, }', b"\xff", "[" * 5000])
def test_json_that_is_none_is_refused_in_our_words(wire: str | bytes) -> None:
    mapping = CATALOGUE.get("payment/payment.opened.v1")
    with pytest.raises(MappingError) as caught:
        mapping.read(wire)
    assert caught.value.code == "JSON_MALFORMED"


def test_attributes_are_read_and_those_of_other_namespaces_are_not_taken_for_ours(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, '- {to: "@ma", from: a}\n- {to: Ten, from: b}')
    text = f'<t:Thua xmlns:t="{NAMESPACE}" ma="1" t:ma="2"><t:Ten x="3">a</t:Ten></t:Thua>'
    assert mapping.backward(mapping.read(text)).document == {"a": "1", "b": "a"}
