"""SOAP over our own HTTP: what is built, what is never fetched, and envelopes of strangers read without trust."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import zeep.exceptions

from adapters.citizen_db.ports import WSDL
from adapters.contract import UncertainError
from adapters.transport.envelope import Envelope, Fault, Unreadable, clean_code, read_envelope, read_xml
from adapters.transport.http import Answer
from adapters.transport.soap import NotInWsdl, SoapPort, open_port
from adapters.transport.texts import TEXTS

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
QUESTION = {
    "MaYeuCau": "1",
    "MaDVC": "1.001193",
    "MaTichHop": "037",
    "MaCanBo": "044082999100",
    "SoDinhDanh": "044085999001",
    "HoVaTen": 'A & <B> "C"',
    "NgayThangNamSinh": {"Nam": "1985"},
}


async def a_port() -> SoapPort:
    return await open_port(WSDL, "CitizenDbService", "CitizenDbDirect")


def enveloped(content: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Header/><s:Body>{content}</s:Body></s:Envelope>'.encode()


async def test_an_envelope_is_built_in_the_order_of_the_schema_and_carried_by_the_caller() -> None:
    carried: list[tuple[bytes, Mapping[str, str]]] = []

    async def carry(body: bytes, headers: Mapping[str, str]) -> Answer:
        carried.append((body, headers))
        return Answer(200, "text/xml", b"said")

    backwards = dict(reversed(QUESTION.items()))
    answer = await (await a_port()).call("TraCuuThongTinCongDan", backwards, carry)
    [(body, headers)] = carried
    read = read_envelope(body)
    assert isinstance(read, Envelope) and read.content is not None
    assert [child.tag.rpartition("}")[2] for child in read.content] == list(QUESTION)
    assert read.content.findtext("{*}HoVaTen") == QUESTION["HoVaTen"]
    assert headers == {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    assert answer.body == b"said"


async def test_what_goes_wrong_on_the_way_is_told_as_it_is() -> None:
    for failure in (TEXTS["TIMEOUT"].error(UncertainError), ValueError("ours"), zeep.exceptions.Error("theirs")):

        async def carry(_body: bytes, _headers: Mapping[str, str], failure: Exception = failure) -> Answer:
            raise failure

        with pytest.raises(type(failure)) as caught:
            await (await a_port()).call("TraCuuThongTinCongDan", QUESTION, carry)
        assert caught.value is failure


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("TraCuuThongTinCongDan", {**QUESTION, "Thua": "1"}),
        ("TraCuuThongTinCongDan", {**QUESTION, "MaDVC": None}),
        ("TraCuuThongTinCongDan", {**QUESTION, "HoVaTen": "\x00"}),
        ("TraCuuThongTinCongDan", {**QUESTION, "NgayThangNamSinh": "1985"}),
        ("KhongCo", QUESTION),
    ],
)
async def test_what_does_not_fit_the_wsdl_is_never_carried(operation: str, fields: dict[str, object]) -> None:
    async def carry(_body: bytes, _headers: Mapping[str, str]) -> Answer:
        raise AssertionError("carried")

    with pytest.raises(NotInWsdl) as caught:
        await (await a_port()).call(operation, fields, carry)
    assert "044085999001" not in str(caught.value)


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/x.xsd", "../outside.xsd", "file:///etc/x.xsd"])
async def test_a_wsdl_that_names_anything_outside_its_folder_is_not_opened(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "wsdl"
    folder.mkdir()
    (tmp_path / "outside.xsd").write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>')
    text = WSDL.read_text("utf-8").replace('schemaLocation="citizen-db.xsd"', f'schemaLocation="{location}"')
    for file in WSDL.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / WSDL.name).write_text(text, "utf-8")
    with pytest.raises((ValueError, zeep.exceptions.Error)):
        await open_port(folder / WSDL.name, "CitizenDbService", "CitizenDbDirect")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", Unreadable.EMPTY),
        (b" \r\n\t", Unreadable.EMPTY),
        (b"\xef\xbb\xbf", Unreadable.EMPTY),
        (b"<html><body>x</body></html>", Unreadable.HTML),
        (b"<!DOCTYPE html><html>", Unreadable.HTML),
        (b"<!-- x --> <HTML>", Unreadable.HTML),
        (b"plain words", Unreadable.GARBAGE),
        (b'{"error_code":0}', Unreadable.GARBAGE),
        (b"<a>", Unreadable.GARBAGE),
        (b"<a/>", Unreadable.GARBAGE),
        (enveloped("<a/>")[:-3], Unreadable.GARBAGE),
        (enveloped("<a/>").decode().encode("utf-16"), Unreadable.GARBAGE),
        (enveloped("<a>é</a>").decode().encode("latin-1"), Unreadable.GARBAGE),
        (enveloped("<a>\x00</a>"), Unreadable.GARBAGE),
        (enveloped("&unknown;"), Unreadable.GARBAGE),
        (f'<Envelope xmlns="{SOAP}"/>'.encode(), Unreadable.GARBAGE),
        (b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>', Unreadable.GARBAGE),
    ],
)
def test_what_is_no_envelope_is_told_apart(body: bytes, why: Unreadable) -> None:
    assert read_envelope(body) is why


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/hostname"> %a;]>',
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l "l"><!ENTITY m "&l;&l;&l;&l;&l;&l;">]>',
    ],
)
def test_a_document_type_is_refused_before_it_is_looked_at(prologue: str) -> None:
    assert read_envelope(prologue.encode() + enveloped("<a/>")) is Unreadable.GARBAGE


def test_an_answer_nested_too_deep_is_refused() -> None:
    def nested(depth: int) -> bytes:
        return enveloped("<a>" * depth + "</a>" * depth)

    assert isinstance(read_envelope(nested(200)), Envelope)
    assert read_envelope(nested(300)) is Unreadable.GARBAGE
    assert read_envelope(nested(100_000)) is Unreadable.GARBAGE


@pytest.mark.parametrize("declared", ["utf-8", "UTF-8", "utf-16", "ISO-8859-1"])
def test_bytes_are_utf_8_whatever_they_declare(declared: str) -> None:
    read = read_xml(f'<?xml version="1.0" encoding="{declared}"?><a>Mẫu</a>'.encode())
    assert not isinstance(read, Unreadable) and read.text == "Mẫu"


def test_an_empty_body_is_an_envelope_without_content() -> None:
    assert read_envelope(enveloped(" <!-- x --> ")) == Envelope((), None)


@pytest.mark.parametrize("qualified", ["", "s:"])
def test_a_fault_is_read_with_its_reference(qualified: str) -> None:
    uuid = "3f0b8a52-6a41-4f0e-9f0a-1d6a5b0c0009"
    fault = (
        f"<s:Fault><{qualified}faultcode>s:Server.X.IOError</{qualified}faultcode><faultstring>chữ</faultstring>"
        f"<{qualified}detail><faultDetail>{uuid}</faultDetail></{qualified}detail></s:Fault>"
    )
    assert read_envelope(enveloped(fault)) == Fault("Server.X.IOError", uuid)


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, ""), (" a:b.C_d ", "b.C_d"), ("Nguyễn Văn Mẫu", ""), ("hai chữ", ""), ("x" * 121, "")],
)
def test_only_what_looks_like_a_code_is_shown_as_one(text: str | None, code: str) -> None:
    assert clean_code(text) == code
