"""The portal's catalogue services (§5, §8): every kind of row, in every access style, and what becomes of odd answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import orjson
import pytest

from adapters.contract import (
    DeliveryError,
    Outbound,
    PermanentError,
    Receipt,
    RefusedError,
    Reply,
    TransientError,
    UncertainError,
)
from adapters.national_portal import SPEC
from adapters.national_portal.catalogue_services import SERVICES
from adapters.national_portal.simulator import SimulatorSettings, faults
from gateway.acceptance import schemas
from mappings import JsonSchema
from tests.adapters.portal_rig import PortalRig, open_portal_rig, outbound
from tests.contract.adapter_contract import AdapterContract, OpenRig
from tests.mappings.canonical import CATALOGUE

KINDS = {entry.canonical: entry.foreign for entry in CATALOGUE.lists["portal_catalogues"].entries}
QUESTION = CATALOGUE.get("national_portal/catalogue.refresh_requested.v1")


def question(kind: str, **parameters: str) -> Outbound:
    """A question as the gateway hands it over: the route names the service, the mapping makes the parameters."""
    return outbound(KINDS[kind], QUESTION.forward({"kind": kind, **parameters}).document)


def message_of(reply: Reply | None) -> dict[str, Any]:
    """The message that the gateway makes of a reply, judged by the published schema."""
    assert reply is not None
    mapping = CATALOGUE.get(reply.mapping)
    document: dict[str, Any] = mapping.backward(dict(reply.record)).document  # type: ignore[arg-type]
    assert mapping.validate_canonical(document, JsonSchema(schemas.document(reply.type))) == ()
    return document


async def refreshed(rig: PortalRig, kind: str, **parameters: str) -> dict[str, Any]:
    return message_of((await rig.adapter.deliver(question(kind, **parameters))).reply)


async def said(answer: Mapping[str, Any], kind: str = "procedures", **parameters: str) -> Receipt | DeliveryError:
    """What becomes of one answer of the portal, word for word."""
    async with open_portal_rig() as rig:
        rig.portal.next(faults.Raw(orjson.dumps(answer)))
        try:
            return await rig.adapter.deliver(question(kind, **parameters))
        except DeliveryError as error:
            return error


class CatalogueRig(PortalRig):
    """The rig for questions: an effect is a list that was answered."""

    def request(self, deadline: float) -> Outbound:
        document = QUESTION.forward({"kind": "procedures"}).document
        return outbound("LayDanhSachTTHC", document, deadline=deadline)

    def effects(self) -> int:
        return self.portal.services.reads["LayDanhSachTTHC"]


@asynccontextmanager
async def open_catalogue_rig(**how: Any) -> AsyncIterator[CatalogueRig]:
    async with open_portal_rig(**how) as rig:
        yield CatalogueRig(rig.adapter, rig.portal)


class TestCatalogueServices(AdapterContract):
    unclear = TransientError

    @pytest.fixture(params=["header", "query", "gateway"])
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        return partial(open_catalogue_rig, style=request.param)


def test_every_catalogue_service_is_an_operation_that_may_be_repeated() -> None:
    settings = SPEC.settings.model_validate({"style": "gateway", "adapter_url": "http://adapter.example"})
    assert set(SERVICES) == set(KINDS.values())
    assert SPEC.operations >= set(SERVICES)
    assert SPEC.repeatable(settings) >= set(SERVICES)


@pytest.mark.parametrize("style", ["header", "query", "gateway"])
@pytest.mark.parametrize("wrapped", [True, False])
async def test_all_kinds_come_in_every_access_style_wrapped_by_a_gateway_or_not(style: str, wrapped: bool) -> None:
    """§4: a gateway may put the portal's answer into `message`, to be parsed twice."""
    async with open_portal_rig(style=style, simulator=SimulatorSettings(wrap_gateway=wrapped)) as rig:
        procedures = await refreshed(rig, "procedures")
        assert procedures["kind"] == "procedures"
        assert {"code": "1.001193", "name": "Đăng ký khai sinh"} in procedures["procedures"]
        one = (await refreshed(rig, "procedure", procedure_code="1.001612"))["procedures"]
        assert [(row["code"], row["public"], row["results"][0]["code"]) for row in one] == [
            ("1.001612", True, "KQ.G05.000001")
        ]
        fields = (await refreshed(rig, "fields"))["fields"]
        assert {"code": "G15-HT01", "name": "Hộ tịch", "owner": "000.00.00.G15"} in fields
        agencies = (await refreshed(rig, "agencies"))["agencies"]
        assert [(row["code"], row["level"]) for row in agencies] == [("000.00.00.H46", "1"), ("000.00.16.H46", "2")]
        services = (await refreshed(rig, "services"))["services"]
        assert services[0]["procedure_code"] == "1.001612"
        assert services[0]["offered"] == [{"agency_code": "000.00.00.H46", "level": "4"}]


async def test_the_procedures_of_an_agency_are_asked_for_by_its_bare_suffix() -> None:
    async with open_portal_rig(style="gateway") as rig:
        assert len((await refreshed(rig, "agency_procedures", agency_code="H46"))["procedures"]) == 3
        assert await refreshed(rig, "agency_procedures", agency_code="H47") == {"kind": "agency_procedures"}


@pytest.mark.parametrize("switch", ["empty", "refused"])
async def test_an_unknown_procedure_has_no_rows_however_the_portal_says_so(switch: Any) -> None:
    """§8: that it answers with no rows is assumed."""
    async with open_portal_rig(simulator=SimulatorSettings(unknown_procedure=switch)) as rig:
        receipt = await rig.adapter.deliver(question("procedure", procedure_code="9.999999"))
        assert message_of(receipt.reply) == {"kind": "procedure"}
        assert receipt.facts == {"rows": "0"}


async def test_a_local_code_is_asked_for_by_its_national_one() -> None:
    async with open_portal_rig() as rig:
        [row] = (await refreshed(rig, "procedure", procedure_code="1.001612.000.00.00.H46"))["procedures"]
        assert row["code"] == "1.001612"


async def test_only_fields_of_our_own_agency_are_kept_where_that_is_wished() -> None:
    """§5: `MANGANH` = own `madonvi`, as one live client does."""
    simulator = SimulatorSettings(fields={"H46-QB01": "Lĩnh vực của tỉnh", "G15-HT01": "Hộ tịch"})
    async with open_portal_rig(simulator=simulator, own_fields_only=True) as rig:
        assert [row["code"] for row in (await refreshed(rig, "fields"))["fields"]] == ["H46-QB01"]
    async with open_portal_rig(simulator=simulator) as rig:
        assert len((await refreshed(rig, "fields"))["fields"]) == 2


@pytest.mark.parametrize("result", [None, "", []])
async def test_an_absent_result_is_no_rows(result: Any) -> None:
    receipt = await said({"error_code": "0", "message": "", "result": result})
    assert isinstance(receipt, Receipt)
    assert message_of(receipt.reply) == {"kind": "procedures"}


@pytest.mark.parametrize("result", ["văn bản", {"MATTHC": "1"}, ["1.001612"], 5])
async def test_what_are_no_rows_is_never_taken_for_an_empty_catalogue(result: Any) -> None:
    error = await said({"error_code": 0, "result": result})
    assert isinstance(error, UncertainError)
    assert error.code in ("ROWS_SHAPE", "GARBAGE_ANSWER")


async def test_a_row_without_its_code_is_left_out_and_said() -> None:
    rows = [{"TENTTHC": "Không mã"}, {"MATTHC": "", "TENTTHC": "Mã trống"}, {"MATTHC": "1.001193"}]
    receipt = await said({"error_code": 0, "result": rows})
    assert isinstance(receipt, Receipt)
    assert message_of(receipt.reply)["procedures"] == [{"code": "1.001193"}]
    [warning] = receipt.warnings
    assert (warning.code, "2 dòng" in warning.vi, "2 rows" in warning.en) == ("ROWS_WITHOUT_CODE", True, True)


async def test_rows_count_whatever_words_come_with_them() -> None:
    """§9: the words of success are demanded of writes only; a read's own words are not shown by any source."""
    async with open_portal_rig(require_success_text=True) as rig:
        assert (await refreshed(rig, "procedures"))["procedures"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ({"error_code": -1, "message": "Dịch vụ không được hỗ trợ"}, PermanentError, "SERVICE_UNKNOWN"),
        ({"error_code": -1, "message": "Mã đơn vị kết nối không hợp lệ"}, PermanentError, "AGENCY_UNKNOWN"),
        ({"error_code": -1, "message": "Thiếu trường maTTHC"}, RefusedError, "MISSING_FIELD"),
        ({"error_code": -1, "message": "Lỗi hệ thống"}, TransientError, "unnamed"),
        ({"error_code": -1, "message": "Danh mục không tồn tại"}, TransientError, "unnamed"),
        ({"error_code": -3, "message": "đã tồn tại"}, TransientError, "unnamed"),
        ({"message": "không có mã", "result": []}, UncertainError, "NO_ERROR_CODE"),
    ],
)
async def test_a_refusal_is_what_it_is_for_writes_too(
    answer: dict[str, Any], kind: type[DeliveryError], code: str
) -> None:
    error = await said(answer)
    assert isinstance(error, kind)
    assert error.code == code


@pytest.mark.parametrize(
    ("operation", "document"),
    [
        ("LayDanhMucCoQuan", {"service": "LayDanhMucLinhVuc"}),
        ("LayThuTuc", {"service": "LayThuTuc"}),
        ("LayDanhSachTTHCDonVi", {"service": "LayDanhSachTTHCDonVi"}),
        ("LayDVC", []),
    ],
)
async def test_a_route_that_leads_to_another_service_is_a_mistake_and_nothing_is_sent(
    operation: str, document: Any
) -> None:
    async with open_portal_rig() as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(outbound(operation, document))
        assert (caught.value.code, rig.calls()) == ("DOCUMENT_SHAPE", 0)


async def test_what_changes_between_two_refreshes_is_seen_by_the_second() -> None:
    async with open_portal_rig() as rig:
        before = (await refreshed(rig, "procedures"))["procedures"]
        rig.portal.catalogue.add("procedures", "1.004194", "Đăng ký tạm trú")
        rig.portal.catalogue.rename("procedures", "1.001193", "Thủ tục đăng ký khai sinh")
        rig.portal.catalogue.remove("procedures", "2.000815")
        after = (await refreshed(rig, "procedures"))["procedures"]
        assert [row for row in after if row not in before] == [
            {"code": "1.001193", "name": "Thủ tục đăng ký khai sinh"},
            {"code": "1.004194", "name": "Đăng ký tạm trú"},
        ]
        assert "2.000815" not in {row["code"] for row in after}
        rig.portal.reset()
        assert (await refreshed(rig, "procedures"))["procedures"] == before
