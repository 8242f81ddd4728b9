"""`DongBoHoSoMC` (§6, §9): create, on "đã tồn tại" update, and what every other answer leads to."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from adapters.contract import DeliveryError, PermanentError, RefusedError, TransientError, UncertainError
from adapters.national_portal.simulator import SimulatorSettings, digest, faults
from tests.adapters.portal_rig import a_record, open_portal_rig, outbound


async def failure_after(fault: faults.Fault, **settings: Any) -> DeliveryError:
    async with open_portal_rig(**settings) as rig:
        rig.portal.next(fault)
        with pytest.raises(DeliveryError) as caught:
            await rig.adapter.deliver(rig.dossier())
        return caught.value


async def test_a_new_dossier_is_created_and_arrives_unchanged() -> None:
    async with open_portal_rig() as rig:
        receipt = await rig.adapter.deliver(rig.dossier(a_record()))
        (effect,) = rig.portal.effects
        assert (effect.kind, effect.key, effect.digest) == ("create", "000.00.09.H46-250612-0007", digest(a_record()))
        assert (receipt.code, receipt.text, dict(receipt.facts)) == ("0", "thành công", {"mode": "create"})
        assert b"error_code" in receipt.answer


@pytest.mark.parametrize("numeric", [True, False])
@pytest.mark.parametrize("code", [0, 3, -3])
@pytest.mark.parametrize("style", ["header", "gateway"])
async def test_a_known_dossier_is_updated_whatever_code_says_so(style: str, code: Any, numeric: bool) -> None:
    simulator = SimulatorSettings(exists_code=code, numeric_codes=numeric)
    async with open_portal_rig(style=style, simulator=simulator) as rig:
        await rig.adapter.deliver(rig.dossier())
        receipt = await rig.adapter.deliver(rig.dossier(a_record(TrangThaiHoSo="10")))
        assert rig.done() == [("create", "2"), ("update", "10")]
        assert dict(receipt.facts) == {"mode": "update"}


async def test_the_words_for_existing_count_in_any_form_of_unicode() -> None:
    async with open_portal_rig() as rig:
        await rig.adapter.deliver(rig.dossier())
        rig.portal.next(faults.refuse("3", unicodedata.normalize("NFD", "Mã hồ sơ ĐÃ TỒN TẠI")))
        await rig.adapter.deliver(rig.dossier())
        assert [e.kind for e in rig.portal.effects] == ["create", "update"]


@pytest.mark.parametrize("fault", [faults.cut_after_commit(), faults.cut_in_answer(), faults.truncated()])
async def test_a_dossier_whose_answer_was_lost_is_safe_to_send_again(fault: faults.Fault) -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(fault)
        with pytest.raises(UncertainError):
            await rig.adapter.deliver(rig.dossier())
        receipt = await rig.adapter.deliver(rig.dossier(may_repeat=True))
        assert (rig.done(), receipt.facts["mode"]) == ([("create", "2"), ("update", "2")], "update")


async def test_an_update_that_finds_nothing_is_tried_a_few_times_from_the_start() -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.refuse(0, "Mã hồ sơ đã tồn tại"))  # says so, and is wrong
        with pytest.raises(TransientError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert (caught.value.code, caught.value.max_tries) == ("DOSSIER_UNKNOWN", 3)


async def test_existing_even_on_update_is_not_taken_for_success() -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.refuse(0, "Mã hồ sơ đã tồn tại"), times=2)
        with pytest.raises(TransientError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert caught.value.code == "EXISTS_ON_UPDATE"
        assert rig.portal.calls == 3


async def test_a_missing_field_is_refused_by_name() -> None:
    async with open_portal_rig() as rig:
        with pytest.raises(RefusedError) as caught:
            await rig.adapter.deliver(rig.dossier(a_record(MaTTHC="")))
        assert (caught.value.code, caught.value.field) == ("MISSING_FIELD", "MaTTHC")
        assert "MaTTHC" in caught.value.vi
        assert rig.effects() == 0


async def test_a_missing_field_with_a_name_nobody_knows_is_not_repeated_to_people() -> None:
    error = await failure_after(faults.refuse(-1, "Thiếu trường Lan"))
    assert isinstance(error, RefusedError)
    assert error.field is None
    assert "Lan" not in f"{error} {error.vi}"


async def test_a_field_that_is_too_long_is_refused_by_name() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(limits=True)) as rig:
        with pytest.raises(RefusedError) as caught:
            await rig.adapter.deliver(rig.dossier(a_record(GhiChu="x" * 2000)))
        assert (caught.value.code, caught.value.field) == ("TOO_LONG", "GhiChu")


async def test_an_agency_the_portal_does_not_know_concerns_the_destination() -> None:
    async with open_portal_rig(madonvi="000.00.00.H99") as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(rig.dossier())
        assert (caught.value.code, caught.value.scope) == ("AGENCY_UNKNOWN", "destination")


async def test_a_service_the_portal_does_not_offer_concerns_the_destination() -> None:
    error = await failure_after(faults.refuse(-1, "Dịch vụ không tồn tại"))
    assert (type(error), error.code, error.scope) == (PermanentError, "SERVICE_UNKNOWN", "destination")


@pytest.mark.parametrize("code", [-1, "-1", 7, "99"])
async def test_a_failure_no_rule_names_is_tried_five_times_in_a_group_of_its_own(code: Any) -> None:
    error = await failure_after(faults.refuse(code, "Lỗi hệ thống"))
    assert isinstance(error, TransientError)
    assert (error.code, error.max_tries, str(code) in error.en) == ("unnamed", 5, True)
    assert error.answer is not None


async def test_a_reference_that_does_not_exist_on_creating_is_not_taken_for_an_unknown_dossier() -> None:
    assert (await failure_after(faults.refuse(-1, "Thủ tục không tồn tại"))).code == "unnamed"


async def test_a_missing_error_code_is_a_failure() -> None:
    error = await failure_after(faults.error_code_missing())
    assert (type(error), error.code) == (UncertainError, "NO_ERROR_CODE")


@pytest.mark.parametrize("code", ["", None, "OK", "0x0", True, [], "0 0", 0.5])
async def test_an_error_code_that_is_no_number_is_a_failure(code: Any) -> None:
    assert (await failure_after(faults.refuse(code, "Thành công"))).code == "NO_ERROR_CODE"


@pytest.mark.parametrize("code", [0, "0", " 0 ", "00", "+0", 0.0])
async def test_an_error_code_that_is_numerically_zero_is_success(code: Any) -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.refuse(code, ""))
        await rig.adapter.deliver(rig.dossier())


async def test_demanding_the_words_of_success_is_a_switch() -> None:
    error = await failure_after(faults.refuse(0, "OK"), require_success_text=True)
    assert (type(error), error.code) == (UncertainError, "NO_SUCCESS_TEXT")
    async with open_portal_rig(require_success_text=True) as rig:
        await rig.adapter.deliver(rig.dossier())


async def test_a_refusal_hidden_in_a_batch_answer_is_found() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(batch="partial")) as rig:
        with pytest.raises(RefusedError, match="DonViXuLy"):
            await rig.adapter.deliver(rig.dossier(a_record(DonViXuLy="")))
        await rig.adapter.deliver(rig.dossier())
        assert (await rig.adapter.deliver(rig.dossier())).facts["mode"] == "update"


async def test_believing_batch_items_is_a_switch() -> None:
    async with open_portal_rig(simulator=SimulatorSettings(batch="partial"), read_item_results=False) as rig:
        await rig.adapter.deliver(rig.dossier(a_record(DonViXuLy="")))
        assert rig.effects() == 0


async def test_words_that_only_look_like_a_session_do_not_cost_a_login() -> None:
    async with open_portal_rig() as rig:
        rig.portal.next(faults.refuse(-1, "Phiên bản dữ liệu không được hỗ trợ"))
        with pytest.raises(TransientError, match="unnamed"):
            await rig.adapter.deliver(rig.dossier())
        assert rig.portal.sessions.logins == 1


async def test_an_operation_the_portal_does_not_have_is_permanent() -> None:
    async with open_portal_rig() as rig:
        for request in (outbound("DongBoDanhGia", {}), outbound("DongBoHoSoMC", []), rig.progress({"data": []})):
            with pytest.raises(PermanentError):
                await rig.adapter.deliver(request)
        assert rig.portal.calls == 0
