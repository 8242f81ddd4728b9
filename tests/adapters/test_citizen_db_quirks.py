"""The quirk table of the population database (sheet §6), each quirk by its number."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.citizen_db.question import name_as, new_request_id
from adapters.citizen_db.simulator import SimulatorSettings
from adapters.contract import RefusedError
from tests.adapters.citizen_rig import MAU, a_question, message_of, open_citizen_rig, open_line, sample

PORTS = ["xroad", "direct", "lgsp", "lgsp_camel"]
SOAP_PORTS = ["xroad", "direct"]
NOBODY = {"citizen_id": "044085999099", "full_name": "Không Có Ai", "birth_date": "1985"}


@pytest.mark.parametrize("form", ["live", "qcvn109"])
@pytest.mark.parametrize("port", PORTS)
async def test_q1_a_name_whole_in_ten_or_split_in_three_is_one_name(port: str, form: Any) -> None:
    async with open_citizen_rig(port=port, simulator=SimulatorSettings(form=form)) as rig:
        [citizen] = (await rig.told())["citizens"]
        assert citizen["full_name"] == "NGUYỄN VĂN MẪU"
        assert citizen["birth_date"] == "1985-04-12"


async def test_q1_the_form_of_qcvn_109_is_recognised_and_read_by_its_own_table() -> None:
    async with open_line(sample("tracuu-reply-qcvn109-style.direct.xml")) as line:
        receipt = await line.ask()
        assert receipt.reply is not None and receipt.reply.mapping == "citizen_db/citizen.found.v1.qcvn109"
        told = message_of(receipt.reply)
        assert told["note"] == "dữ liệu mẫu"
        assert told["citizens"][0]["father"]["full_name"] == "NGUYỄN VĂN CHA MẪU"


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("plain", "NGUYEN THI DUONG"),
        ("joined", "NGUYENTHIDUONG"),
        ("upper", "NGUYỄN THỊ ĐƯỜNG"),
        ("as_written", "Nguyễn Thị Đường"),
    ],
)
def test_q2_a_name_is_written_as_one_of_the_live_clients_does(form: str, written: str) -> None:
    assert name_as(form, "  Nguyễn  Thị Đường ") == written


@pytest.mark.parametrize("form", ["plain", "joined", "upper", "as_written"])
async def test_q2_a_lenient_database_finds_a_person_by_every_form_of_the_name(form: str) -> None:
    async with open_citizen_rig(name_form=form) as rig:
        assert (await rig.ask()).code == "FOUND"


async def test_q2_a_database_that_compares_exactly_needs_the_form_it_stores() -> None:
    exact = SimulatorSettings(compare="exact")
    async with open_citizen_rig(simulator=exact) as rig:
        assert (await rig.ask()).code == "NOT_FOUND"
    async with open_citizen_rig(simulator=exact, name_form="upper") as rig:
        assert (await rig.ask()).code == "FOUND"


@pytest.mark.parametrize(("form", "written"), [("compact", "19850412"), ("iso", "1985-04-12")])
async def test_q3_a_birth_date_goes_with_or_without_dashes(form: str, written: str) -> None:
    async with open_line(sample("tracuu-reply.direct.xml"), day_form=form) as line:
        await line.ask()
        assert line.sent().findtext(".//{*}NgayThangNam") == written
    async with open_citizen_rig(day_form=form) as rig:
        assert (await rig.ask()).code == "FOUND"


@pytest.mark.parametrize("port", PORTS)
async def test_q4_a_birth_known_by_its_year_is_asked_and_answered_by_the_year(port: str) -> None:
    person = {"citizen_id": "044150999005", "full_name": "Trần Thị Năm Sinh", "birth_date": "1950"}
    async with open_citizen_rig(port=port) as rig:
        assert (await rig.told(person=person))["citizens"][0]["birth_date"] == "1950"


@pytest.mark.parametrize(("rule", "code"), [(True, "FOUND"), (False, "NOT_FOUND")])
async def test_q4_whether_a_year_matches_a_full_date_is_the_databases_choice(rule: bool, code: str) -> None:
    async with open_citizen_rig(simulator=SimulatorSettings(year_matches_day=rule)) as rig:
        assert (await rig.ask(person={**MAU, "birth_date": "1985"})).code == code


@pytest.mark.parametrize("reply", ["wrapped", "view"])
@pytest.mark.parametrize("shape", ["nobody", "nameless", "no_collection"])
@pytest.mark.parametrize("port", PORTS)
async def test_q5_nobody_found_is_an_answer_in_three_shapes(port: str, shape: Any, reply: Any) -> None:
    simulator = SimulatorSettings(not_found=shape, platform_reply=reply)
    async with open_citizen_rig(port=port, simulator=simulator) as rig:
        receipt = await rig.ask(person=NOBODY)
        assert receipt.code == "NOT_FOUND"
        assert receipt.reply is not None and receipt.reply.type == "citizen.not_found.v1"
        assert message_of(receipt.reply) == {"dossier_code": "000.00.16.H46-210820-0001"}


async def test_q5_a_number_that_belongs_to_another_name_is_not_found() -> None:
    async with open_citizen_rig() as rig:
        assert (await rig.ask(person={**MAU, "full_name": "Nguyễn Văn Khác"})).code == "NOT_FOUND"


@pytest.mark.parametrize("port", PORTS)
async def test_q6_an_empty_element_is_an_absent_value(port: str) -> None:
    person = {"citizen_id": "044090999006", "full_name": "Phạm Văn Khuyết", "birth_date": "1990-01-01"}
    async with open_citizen_rig(port=port) as rig:
        [citizen] = (await rig.told(person=person))["citizens"]
        assert "nationality" not in citizen and "permanent_residence" not in citizen


@pytest.mark.parametrize("relatives", ["text", "structure"])
async def test_q7_a_relatives_name_is_read_as_text_and_as_structure(relatives: Any) -> None:
    async with open_citizen_rig(simulator=SimulatorSettings(relatives=relatives)) as rig:
        [citizen] = (await rig.told())["citizens"]
        assert citizen["father"]["full_name"] == "NGUYỄN VĂN CHA MẪU"
        assert citizen["household_head"]["full_name"] == "NGUYỄN VĂN MẪU"


@pytest.mark.parametrize("port", SOAP_PORTS)
@pytest.mark.parametrize("prefix", ["ns1", "dc", "x", "dan", ""])
async def test_q8_prefixes_mean_nothing(port: str, prefix: str) -> None:
    async with open_citizen_rig(port=port, simulator=SimulatorSettings(prefixes=(prefix,))) as rig:
        assert (await rig.told())["citizens"][0]["citizen_id"] == MAU["citizen_id"]
        assert (await rig.told("verify"))["verified"] is True


async def test_q9_http_200_proves_nothing_and_an_error_page_is_kept() -> None:
    async with open_citizen_rig() as rig:
        rig.upset("http_status", status=500)
        with pytest.raises(Exception, match="HTTP_500"):
            await rig.ask()
        rig.upset("other_answer")
        with pytest.raises(Exception, match="OTHER_ANSWER") as caught:
            await rig.ask()
        assert b"ThongBao" in caught.value.answer


@pytest.mark.parametrize("root", ["KetQuaXacThuc", "KetQuaXacThucResponse", "XacThucThongTinCongDanResponse"])
async def test_q10_a_verification_says_yes_or_no_and_nothing_else(root: Any) -> None:
    async with open_citizen_rig(port="direct", simulator=SimulatorSettings(verify_root=root)) as rig:
        assert await rig.told("verify") == {"dossier_code": "000.00.16.H46-210820-0001", "verified": True}
        no = await rig.ask("verify", NOBODY)
        assert no.code == "NOT_VERIFIED" and message_of(no.reply)["verified"] is False


def test_q11_a_request_id_is_unique_and_fits_forty_characters() -> None:
    now = datetime(2025, 3, 10, 1, 30, 0, 15000, tzinfo=UTC)
    made = {new_request_id("LIENTHON", now) for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"LIENTHON20250310083000015[0-9]{12}", one) and len(one) <= 40 for one in made)


async def test_q11_a_second_attempt_carries_a_request_id_of_its_own() -> None:
    async with open_citizen_rig() as rig:
        for _ in range(3):
            await rig.ask()
        assert len({effect.key for effect in rig.database.effects}) == 3


@pytest.mark.parametrize("officer", ["VDXP_VPCP", "canbo.mau", "04408299910"])
@pytest.mark.parametrize("port", PORTS)
async def test_q12_an_officer_without_a_citizen_number_is_refused_before_anything_is_sent(
    port: str, officer: str
) -> None:
    async with open_citizen_rig(port=port) as rig:
        with pytest.raises(RefusedError) as caught:
            await rig.ask(officer={"id": officer})
        assert caught.value.code == "OFFICER_WITHOUT_NUMBER" and rig.calls() == 0
        assert "số định danh của cán bộ" in caught.value.vi and officer not in str(caught.value)


async def test_q12_a_platform_account_will_do_where_the_settings_say_so() -> None:
    async with open_citizen_rig(simulator=SimulatorSettings(account_officers=True), officer_number="any") as rig:
        assert (await rig.ask(officer={"id": "VDXP_VPCP"})).code == "FOUND"


async def test_q12_the_database_itself_refuses_an_officer_without_rights() -> None:
    async with open_citizen_rig(simulator=SimulatorSettings(officers=frozenset({"044082999101"}))) as rig:
        with pytest.raises(RefusedError, match="CANBO_KHONG_CO_QUYEN"):
            await rig.ask()


@pytest.mark.parametrize("number", ["", "X1234567", "12345678901"])
async def test_q13_a_foreigner_has_no_number_here_and_is_refused_up_front(number: str) -> None:
    async with open_citizen_rig() as rig:
        request = rig.outbound(a_question())
        document = {**request.document, "SoDinhDanh": number}
        with pytest.raises(RefusedError) as caught:
            await rig.adapter.deliver(rig.outbound(a_question(), document=document))
        assert caught.value.code == "PERSON_WITHOUT_NUMBER" and rig.calls() == 0
        assert "người nước ngoài" in caught.value.vi


@pytest.mark.parametrize("field", ["MaTichHop", "MaDichVu"])
async def test_q14_the_integration_code_goes_under_either_name(field: str) -> None:
    async with open_line(sample("tracuu-reply.direct.xml"), integration_field=field) as line:
        await line.ask()
        assert line.names()[:3] == ["MaYeuCau", "MaDVC", field]
    async with open_citizen_rig(integration_field=field) as rig:
        assert (await rig.ask()).code == "FOUND"


@pytest.mark.parametrize("spelling", ["NoiOHienTai", "NoiOHienNay"])
async def test_q14_the_current_residence_comes_under_either_name(spelling: Any) -> None:
    async with open_citizen_rig(simulator=SimulatorSettings(residence=spelling)) as rig:
        assert (await rig.told())["citizens"][0]["current_residence"]["commune_code"] == "18859"


async def test_q15_a_number_of_a_test_environment_is_a_number() -> None:
    person = {"citizen_id": "100085999010", "full_name": "Đỗ Thị Thử Nghiệm", "birth_date": "1985-12-12"}
    async with open_citizen_rig() as rig:
        assert (await rig.told(person=person))["citizens"][0]["citizen_id"] == "100085999010"


async def test_q16_an_ethnic_group_of_one_or_two_digits_is_the_same_number() -> None:
    told = []
    for short in (False, True):
        async with open_citizen_rig(simulator=SimulatorSettings(short_ethnicity=short)) as rig:
            told.append((await rig.told())["citizens"][0]["ethnicity"])
    assert told == ["01", "1"] and len(set(map(int, told))) == 1


@pytest.mark.parametrize(("order", "agency"), [("table", True), ("table", False), ("court", True), ("court", False)])
async def test_fields_go_in_the_order_of_the_table_or_of_a_live_client(order: str, agency: bool) -> None:
    async with open_line(sample("tracuu-reply.direct.xml"), element_order=order, send_agency=agency, phone="0") as line:
        await line.ask(officer={"id": "044082999100", "account": "canbo.mau"})
        who = {"table": ["MaDonVi", "MaCanBo"], "court": ["MaCanBo", "MaDonVi"]}[order]
        who = who if agency else ["MaCanBo"]
        rest = ["TaiKhoan", "SoDienThoai", "SoDinhDanh", "HoVaTen", "NgayThangNamSinh"]
        assert line.names() == ["MaYeuCau", "MaDVC", "MaTichHop", *who, *rest]


async def test_a_database_of_strict_order_takes_the_order_of_the_table_and_refuses_the_other() -> None:
    strict = SimulatorSettings(strict_order=True)
    async with open_citizen_rig(simulator=strict) as rig:
        assert (await rig.ask()).code == "FOUND"
    async with open_citizen_rig(simulator=strict, element_order="court") as rig:
        with pytest.raises(Exception, match="SOAP_Client"):
            await rig.ask()
