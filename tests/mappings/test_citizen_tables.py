"""The tables of the population database against its sheet, quirk by quirk."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.acceptance import schemas
from mappings import Mapping, MappingError
from mappings.catalogue import HOME
from mappings.xsd_shape import roots_of
from tests.mappings.canonical import CATALOGUE

TYPE = "citizen_db/citizen.lookup_requested.v1"
LOOKUP, VERIFY, HOUSEHOLD = (CATALOGUE.get(f"{TYPE}.{service}") for service in ("lookup", "verify", "household"))
PERSON = {"citizen_id": "044999000123", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}


def question(service: str = "lookup", person: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "service": service,
        "dossier_code": "000.00.16.H46-210820-0001",
        "procedure_code": "1.001193",
        "officer": {"id": "044082999100"},
        "person": PERSON if person is None else person,
        **changes,
    }


def asked(mapping: Mapping, document: dict[str, Any]) -> dict[str, Any]:
    return mapping.forward(document, {"request_id": "QB20210820083015001"}).document


@pytest.mark.parametrize(
    ("mapping", "service", "root", "code"),
    [
        (LOOKUP, "lookup", "TraCuuThongTinCongDan", "037"),
        (VERIFY, "verify", "XacThucThongTinCongDan", "033"),
        (HOUSEHOLD, "household", "XacThucThongTinHoGiaDinh", "034"),
    ],
)
def test_each_service_has_its_root_and_its_integration_code(
    mapping: Mapping, service: str, root: str, code: str
) -> None:
    members = {"members": [PERSON]} if service == "household" else {}
    mapped = mapping.forward(question(service, **members), {"request_id": "1"})
    assert mapped.text is not None and mapped.text.startswith(f'<dan:{root} xmlns:dan="http://dancuquocgia.bca">')
    assert mapped.document["MaTichHop"] == code
    assert mapping.validate(mapped.text) == ()


def test_a_question_for_one_service_is_not_asked_of_another() -> None:
    with pytest.raises(MappingError, match="WRONG_MAPPING"):
        VERIFY.forward(question("lookup"))


def test_the_request_number_is_made_with_the_attempt_and_stays_out_until_then() -> None:
    assert "MaYeuCau" not in LOOKUP.forward(question()).document
    assert asked(LOOKUP, question())["MaYeuCau"] == "QB20210820083015001"


@pytest.mark.parametrize(
    ("code", "agency"),
    [("000.00.16.H46-210820-0001", "000.00.16.H46"), ("H46.16.05-210820-00012", "H46.16.05")],
)
def test_the_asking_agency_is_the_one_in_the_dossier_code(code: str, agency: str) -> None:
    assert asked(LOOKUP, question(dossier_code=code))["MaDonVi"] == agency


@pytest.mark.parametrize(
    ("born", "sent"),
    [("1985-04-12", {"NgayThangNam": "19850412"}), ("1985", {"Nam": "1985"})],
)
def test_a_birth_goes_as_a_day_or_as_a_year_and_never_as_both(born: str, sent: dict[str, str]) -> None:
    assert asked(LOOKUP, question(person={**PERSON, "birth_date": born}))["NgayThangNamSinh"] == sent


def test_a_day_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(MappingError) as caught:
        asked(LOOKUP, question(person={**PERSON, "birth_date": "1985-02-30"}))
    assert (caught.value.code, caught.value.pointer) == ("VALUE_SHAPE", "/person/birth_date")
    assert "1985-02-30" not in str(caught.value)


def test_an_old_card_number_goes_alone_and_an_absent_number_is_left_out() -> None:
    record = asked(LOOKUP, question(person={"id_card": "194999001", "full_name": "Y Thử", "birth_date": "1950"}))
    assert record["SoCMND"] == "194999001" and "SoDinhDanh" not in record


def test_a_local_procedure_goes_as_the_national_one() -> None:
    assert asked(LOOKUP, question(procedure_code="1.001193.000.00.00.H46"))["MaDVC"] == "1.001193"
    with pytest.raises(MappingError, match="unmapped procedure"):
        asked(LOOKUP, question(procedure_code="9.999999.000.00.00.H46"))


def test_household_members_go_with_what_is_known_of_them() -> None:
    members = [
        {"citizen_id": "044188999002", "full_name": "Lê Thị Vợ Mẫu", "birth_date": "1988"},
        {"id_card": "194999003", "full_name": "Y"},
    ]
    record = asked(HOUSEHOLD, question("household", members=members))
    assert record["ChuHo"]["HoVaTen"] == "Nguyễn Văn Mẫu"
    assert record["ThanhVien"] == [
        {"SoDinhDanh": "044188999002", "HoVaTen": "Lê Thị Vợ Mẫu", "NgayThangNamSinh": {"Nam": "1988"}},
        {"SoCMND": "194999003", "HoVaTen": "Y"},
    ]


def test_a_platform_of_a_province_gets_json_with_empty_texts_for_what_is_absent() -> None:
    lgsp, camel = CATALOGUE.get(f"{TYPE}.lgsp"), CATALOGUE.get(f"{TYPE}.lgsp_camel")
    assert asked(lgsp, question()) == {
        "MaYeuCau": "QB20210820083015001",
        "MaDVC": "1.001193",
        "MaTichHop": "037",
        "MaCanBo": "044082999100",
        "SoDinhDanh": "044999000123",
        "SoCMND": "",
        "HoVaTen": "Nguyễn Văn Mẫu",
        "NgayThangNam": "19850412",
        "Nam": "",
    }
    assert camel.forward(question(), {"request_id": "1", "service_account": "STTTT"}).document == {
        "maYeuCau": "1",
        "maDVC": "1.001193",
        "maCanBo": "044082999100",
        "soDinhDanh": "044999000123",
        "soCMND": "",
        "hoVaTen": "Nguyễn Văn Mẫu",
        "ngayThangNam": "1985-04-12",
        "userNameService": "STTTT",
    }


FOUND, QCVN = (CATALOGUE.get(f"citizen_db/citizen.found.v1{form}") for form in ("", ".qcvn109"))


def found(**members: Any) -> dict[str, Any]:
    return {"dossier_code": "000.00.16.H46-210820-0001", "citizens": [{"full_name": "NGUYỄN VĂN MẪU", **members}]}


def test_the_two_forms_write_one_person_differently_and_each_is_read_by_the_other() -> None:
    person = found(birth_date="1985-04-12", hometown={"commune_code": "18859"}, father={"full_name": "NGÔ MẪU"})
    live, standard = (mapping.forward(person) for mapping in (FOUND, QCVN))
    [one], [other] = live.document["CongDan"], standard.document["CongDan"]
    assert one["HoVaTen"] == {"Ho": "", "ChuDem": "", "Ten": "NGUYỄN VĂN MẪU"}
    assert other["HoVaTen"] == {"Ho": "NGUYỄN", "ChuDem": "VĂN", "Ten": "MẪU"}
    assert one["NgayThangNamSinh"] == {"Nam": "1985", "NgayThangNam": "19850412"}
    assert other["NgayThangNamSinh"] == {"NgayThangNam": "1985-04-12"}
    assert one["QueQuan"] == {"MaPhuongXa": "18859"} and other["QueQuan"] == {"MaDonViHanhChinh": "18859"}
    assert one["Cha"]["HoVaTen"] == "NGÔ MẪU" and other["Cha"]["HoVaTen"] == {"Ho": "NGÔ", "Ten": "MẪU"}
    back = {"citizens": person["citizens"]}
    assert FOUND.backward(FOUND.read(standard.text or "")).document == back
    assert QCVN.backward(QCVN.read(live.text or "")).document["citizens"][0]["full_name"] == "NGUYỄN VĂN MẪU"


def test_an_answer_says_how_many_people_it_holds() -> None:
    assert FOUND.forward({**found(), "citizens": found()["citizens"] * 3}).document["@SoCongDan"] == "3"


@pytest.mark.parametrize("form", ["", ".qcvn109"])
def test_both_ports_carry_what_their_xsd_takes(form: str) -> None:
    mapping = CATALOGUE.get(f"citizen_db/citizen.found.v1{form}")
    for port, root in (("xroad", "<dan:TraCuuThongTinCongDanResponse"), ("direct", "<dc:CongdanCollection")):
        text = mapping.forward(found(), port=port).text
        assert text is not None and text.startswith(root) and mapping.validate(text) == ()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gender", ("citizen", "gender")),
        ("marital_status", ("citizen", "marital_status")),
        ("blood_type", ("citizen", "blood_type")),
    ],
)
def test_a_code_list_has_a_code_for_every_word_of_the_schema(name: str, path: tuple[str, str]) -> None:
    words = schemas.document("citizen.found.v1")["$defs"][path[0]]["properties"][path[1]]["enum"]
    assert [entry.canonical for entry in CATALOGUE.lists[name].entries] == words


def test_a_code_nobody_knows_is_refused_and_not_dropped() -> None:
    text = FOUND.forward(found(gender="male")).text or ""
    with pytest.raises(MappingError, match="UNMAPPED_CODE"):
        FOUND.backward(FOUND.read(text.replace("<dc:GioiTinh>1<", "<dc:GioiTinh>9<")))


@pytest.mark.parametrize("field", ["TonTai", "ThanhVien"])
def test_a_verification_is_read_in_every_spelling_of_true(field: str) -> None:
    mapping = CATALOGUE.get("citizen_db/citizen.verified.v1.household")
    inside = (
        "<TonTai>1</TonTai>" if field == "TonTai" else "<TonTai>true</TonTai><ThanhVien><TonTai>0</TonTai></ThanhVien>"
    )
    back = mapping.backward(
        mapping.read(f'<KetQuaXacThucHoGiaDinh xmlns="http://dancuquocgia.bca">{inside}</KetQuaXacThucHoGiaDinh>')
    ).document
    assert back["verified"] is True and back.get("members", [{"verified": False}]) == [{"verified": False}]


def test_the_packaged_contract_is_whole() -> None:
    """The XSDs import each other, and the WSDL names every root our tables read or write."""
    roots = {name.rpartition("}")[2] for name in roots_of(HOME / "schemas" / "citizen-db.xsd")}
    tables = [CATALOGUE.in_force(name) for name in CATALOGUE.names if name.startswith("citizen_db/")]
    ours = {way[0][1] for table in tables if table.is_xml and table.xml for _, way in table.xml.ports}
    wsdl = (HOME / "schemas" / "citizen-db.wsdl").read_text("utf-8")
    assert ours <= roots
    assert [name for name in ours if f':{name}"' not in wsdl] == []
