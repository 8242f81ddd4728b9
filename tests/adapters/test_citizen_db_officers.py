"""Who may ask, and what stays on record of each question: officer, dossier, request id (sheet §5.3, Q12)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.citizen_db import SPEC
from adapters.citizen_db.question import OPERATIONS, frame
from adapters.citizen_db.settings import CitizenDbSettings
from adapters.citizen_db.simulator import SimulatorSettings, adapter_settings
from adapters.contract import PermanentError, Prepares, RefusedError
from tests.adapters.citizen_rig import DOSSIER, OFFICER, a_question, open_citizen_rig

PORTS = ["xroad", "direct", "lgsp", "lgsp_camel"]
OTHER = "044082999101"


@pytest.mark.parametrize("port", PORTS)
async def test_an_officer_the_procedure_does_not_name_is_refused_before_anything_is_sent(port: str) -> None:
    async with open_citizen_rig(port=port, officers={"1.001193": [OTHER]}) as rig:
        with pytest.raises(RefusedError) as caught:
            await rig.ask()
        assert caught.value.code == "OFFICER_NOT_ALLOWED" and rig.calls() == 0
        assert OFFICER not in f"{caught.value}{caught.value.vi}"
        assert (await rig.ask(officer={"id": OTHER})).code == "FOUND"


async def test_an_officer_is_named_by_number_or_account_for_one_procedure_or_for_any() -> None:
    async with open_citizen_rig(officers={"*": [OTHER], "1.001193": ["canbo.mau"]}) as rig:
        assert (await rig.ask(officer={"id": OTHER})).code == "FOUND"
        assert (await rig.ask(officer={"id": OFFICER, "account": "canbo.mau"})).code == "FOUND"
        with pytest.raises(RefusedError, match="OFFICER_NOT_ALLOWED"):
            await rig.ask(officer={"id": OFFICER, "account": "canbo.khac"})


@pytest.mark.parametrize("port", PORTS)
async def test_a_receipt_names_request_and_dossier_and_the_officer_only_by_a_digest(port: str) -> None:
    async with open_citizen_rig(port=port) as rig:
        first, second = await rig.ask(), await rig.ask()
        [effect, _] = rig.database.effects
        assert first.facts["request_id"] == effect.key != second.facts["request_id"]
        assert first.facts["dossier"] == DOSSIER
        assert first.facts["officer"] == second.facts["officer"]
        assert OFFICER not in str(first.facts) and OFFICER not in str(effect)


async def test_another_key_gives_another_digest() -> None:
    digests = set()
    for key in ("", "a", "b"):
        async with open_citizen_rig(audit_key=key) as rig:
            digests.add((await rig.ask()).facts["officer"])
    assert len(digests) == 3


@pytest.mark.parametrize("port", PORTS)
async def test_what_goes_on_record_is_fixed_before_the_first_byte_and_is_what_is_sent(port: str) -> None:
    async with open_citizen_rig(port=port) as rig:
        assert isinstance(rig.adapter, Prepares)
        prepared = rig.adapter.prepare(rig.outbound(a_question()))
        assert rig.calls() == 0
        receipt = await rig.adapter.deliver(prepared.request)
        assert receipt.facts == prepared.keys
        assert rig.database.effects[0].key == prepared.keys["request_id"]


async def test_over_the_exchange_the_database_knows_the_dossier() -> None:
    for port in ("xroad", "direct"):
        async with open_citizen_rig(port=port) as rig:
            await rig.ask()
            assert rig.database.effects[0].details["issue"] == DOSSIER


async def test_a_request_id_used_before_is_refused_by_the_database() -> None:
    async with open_citizen_rig() as rig:
        prepared = rig.adapter.prepare(rig.outbound(a_question()))  # type: ignore[attr-defined]
        await rig.adapter.deliver(prepared.request)
        with pytest.raises(RefusedError, match="MAYEUCAU_TRUNG"):
            await rig.adapter.deliver(prepared.request)


@pytest.mark.parametrize("port", PORTS)
async def test_a_probe_asks_for_nobody_in_the_name_of_its_officer_and_not_found_is_health(port: str) -> None:
    async with open_citizen_rig(port=port) as rig:
        await rig.adapter.probe()
        assert (rig.calls(), rig.effects(), rig.database.counts()) == (1, 0, {"not_found": 1})


async def test_a_probe_that_finds_somebody_is_healthy_too() -> None:
    async with open_citizen_rig(probe_number="044085999001", probe_name="NGUYEN VAN MAU", probe_birth="1985") as rig:
        await rig.adapter.probe()
        assert rig.effects() == 1


async def test_a_probe_says_what_an_operator_would_meet() -> None:
    async with open_citizen_rig(
        simulator=SimulatorSettings(consumers={"VN/GOV/000.00.00.H46/khac": ()}),
        xroad_client="VN/GOV/000.00.00.H46/qbdvcconsumer",
    ) as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.probe()
        assert (caught.value.code, caught.value.scope) == ("XROAD_AccessDenied", "destination")


async def test_data_without_a_name_is_no_not_found_but_a_missing_entitlement() -> None:
    mask = ("SoDinhDanh", "GioiTinh", "ThuongTru")
    consumers = {"VN/GOV/000.00.00.H46/qbdvcconsumer": mask, "platform": mask}
    async with open_citizen_rig(simulator=SimulatorSettings(consumers=consumers)) as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.ask()
        assert caught.value.code == "NAME_NOT_SHARED" and "HoVaTen" in caught.value.vi


@pytest.mark.parametrize("port", PORTS)
async def test_a_consumer_gets_the_fields_it_is_entitled_to(port: str) -> None:
    mask = ("HoVaTen", "NgayThangNamSinh")
    consumers = {"VN/GOV/000.00.00.H46/qbdvcconsumer": mask, "platform": mask}
    async with open_citizen_rig(port=port, simulator=SimulatorSettings(consumers=consumers)) as rig:
        [citizen] = (await rig.told())["citizens"]
        assert citizen == {"full_name": "NGUYỄN VĂN MẪU", "birth_date": "1985-04-12"}


def settings(**changes: object) -> CitizenDbSettings:
    return SPEC.settings.model_validate({**adapter_settings("http://127.0.0.1:1"), **changes})  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"road": {}}, "road.address"),
        ({"probe_officer": ""}, "probe_officer"),
        ({"xroad_client": ""}, "xroad_client"),
        ({"xroad_service": ""}, "xroad_service"),
        ({"port": "direct", "secret_key": ""}, "secret_key"),
        ({"port": "direct", "sv_url": ""}, "sv_url"),
        ({"port": "lgsp_camel", "service_account": ""}, "service_account"),
        ({"xroad_client": "VN GOV"}, "xroad_client"),
        ({"request_prefix": "QUADAIROI9"}, "request_prefix"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_settings_that_make_no_sense_are_named(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named.replace(".", r"\.")):
        settings(**changes)


def test_every_operation_may_be_asked_twice() -> None:
    assert SPEC.operations == OPERATIONS == SPEC.repeatable(settings())


@pytest.mark.parametrize(
    ("operation", "document", "code"),
    [
        ("XoaCongDan", {}, "UNKNOWN_OPERATION"),
        ("TraCuuThongTinCongDan", [], "DOCUMENT_SHAPE"),
        ("XacThucThongTinHoGiaDinh", {"MaCanBo": OFFICER}, "DOCUMENT_SHAPE"),
        ("XacThucThongTinHoGiaDinh", {"MaCanBo": OFFICER, "ChuHo": {}, "ThanhVien": [1]}, "DOCUMENT_SHAPE"),
    ],
)
async def test_what_a_route_or_a_mapping_got_wrong_is_permanent(operation: str, document: object, code: str) -> None:
    async with open_citizen_rig() as rig:
        with pytest.raises(PermanentError, match=code):
            frame(rig.request(0)._replace(operation=operation, document=document), settings())


@pytest.mark.parametrize(
    "changes",
    [
        {"Thua": "1"},
        {"MaDVC": None},
        {"NgayThangNamSinh": "1985"},
        {"HoVaTen": {"Ten": "A"}},
        {"TaiKhoan": "\x01"},
    ],
)
async def test_a_document_that_does_not_fit_the_wsdl_is_never_sent(changes: dict[str, object]) -> None:
    async with open_citizen_rig() as rig:
        request = rig.request(float("inf"))
        with pytest.raises(PermanentError, match="DOCUMENT_SHAPE") as caught:
            await rig.adapter.deliver(request._replace(document={**request.document, **changes}))
        assert rig.calls() == 0 and caught.value.scope == "message"
