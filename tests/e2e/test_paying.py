"""Payments through the whole gateway: opened once, concluded once, whoever speaks first and whatever gets lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from adapters.payment import simulator as platform
from adapters.payment.simulator import SimulatedPayment, SimulatorSettings, faults
from gateway.reports.reconciliation import reconcile, unexplained
from mappings.convert import VIETNAM
from tests.e2e.province import Province, province
from tests.e2e.rig import ADMIN, eventually

DOSSIER = "000.00.16.H46-250612-0001"
QUICK = {"payments": {"watch_after": "100ms", "open_grace": "300ms"}}
CALM = {"payments": {"watch_after": "1h", "open_grace": "1h"}}
"""Nothing by the clock: what is learnt comes from the call under test."""


def a_request(code: str = DOSSIER, **changes: Any) -> dict[str, Any]:
    return {
        "dossier_code": code,
        "amount": 100_000,
        "description": "Lệ phí đăng ký hộ kinh doanh",
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": {"code": "000.00.16.H46", "name": "Phòng Tài chính (đơn vị giả lập)"},
        "payer": {"name": "Lê Thị Mẫu Đơn", "id_number": "044999000123"},
        **changes,
    }


def patient(**changes: Any) -> SimulatedPayment:
    """A platform that sends again within a moment."""
    return platform.build(SimulatorSettings(notice_pauses=(0.05, 0.1, 0.2, 0.4), **changes))


@asynccontextmanager
async def paying(folder: Path, simulated: SimulatedPayment, **changes: Any) -> AsyncIterator[Province]:
    section: Callable[[str], dict[str, Any]] = lambda url: {  # noqa: E731
        **platform.adapter_settings(url, simulated.settings),
        "query_pauses": ["50ms"],
        "receipt_pauses": ["50ms"],
    }
    async with province(folder, {"payment": (simulated, section)}, **(CALM | changes)) as rig:
        simulated.notices.callbacks = f"{rig.gateway.address}/v1/callbacks/payment"
        yield rig


async def known(rig: Province, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = await rig.get(f"/v1/payments/{reference}")
    return found


async def reads(rig: Province) -> list[dict[str, Any]]:
    """Audit entries about who took a receipt, newest first."""
    items = (await rig.gateway.ledger.audit_page(None, 50))["items"]
    return [one for one in items if one["action"] == "payment.receipt_read"]


async def reference_of(simulated: SimulatedPayment, number: int = 0) -> str:
    async def there() -> bool:
        return len(simulated.attempts.all()) > number

    await eventually(there)
    return simulated.attempts.all()[number].reference


async def test_a_payment_is_opened_paid_settled_and_its_receipt_fetched(tmp_path: Path) -> None:
    simulated = patient()
    async with paying(tmp_path, simulated) as rig:
        sent = await rig.send("payment.requested.v1", a_request(), "tt-1")
        [opened] = await rig.told("payment.opened.v1")
        reference = opened["data"]["reference"]
        assert opened["causation_id"] == sent["id"]
        assert opened["data"]["page_url"].endswith(reference)
        simulated.pay(reference)
        [settled] = await rig.told("payment.settled.v1")
        [issued] = await rig.told("payment.receipt_issued.v1")
        receipt = await rig.get(f"/v1/payments/{reference}/receipt", as_admin=False)
        balance = await rig.settled()
        payment = await known(rig, reference)
        assert [one["reason"] for one in await reads(rig)] == [""], "a system has no purpose of its own to tell"
        path = f"{rig.gateway.address}/v1/payments/{reference}/receipt"
        for query, status in (("", 422), ("?purpose=+", 422), ("?purpose=khi%E1%BA%BFu+n%E1%BA%A1i", 200)):
            async with rig.http.get(path + query, headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
                assert answer.status == status, await answer.read()
        assert [one["reason"] for one in await reads(rig)] == ["khiếu nại", ""]
    data = settled["data"]
    assert (data["dossier_code"], data["reference"], data["outcome"], data["amount"]) == (
        DOSSIER, reference, "paid", 100_000,
    )  # fmt: skip
    assert (payment["state"], payment["refund"], payment["transaction"]) == ("paid", False, data["transaction"])
    assert issued["data"]["url"].endswith(f"/v1/payments/{reference}/receipt")
    assert receipt.startswith(b"%PDF")
    assert (balance["balance"], balance["dead"]) == (0, 0)


async def test_the_receipt_of_another_dossiers_payment_is_refused_and_not_asked_for(tmp_path: Path) -> None:
    """Somebody who may speak for one dossier alone learns nothing of another's."""
    simulated = patient()
    async with paying(tmp_path, simulated) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        reference = await reference_of(simulated)
        asked = {"dossier_code": "000.00.16.H46-250612-0002", "reference": reference}
        sent = await rig.send("payment.receipt_requested.v1", asked, "bl-1")
        delivery = await rig.reaches(sent["id"], "refused")
    assert delivery["last_error"]["code"] == "PAYMENT_OF_ANOTHER"
    assert [effect.kind for effect in simulated.effects] == ["init"]


async def test_an_answer_may_come_on_the_same_call(tmp_path: Path) -> None:
    async with paying(tmp_path, patient()) as rig:
        answer = await rig.send("payment.requested.v1", a_request(), "tt-1", status=200, wait=10)
        again = await rig.send("payment.requested.v1", a_request(), "tt-1", status=200, wait=10)
    assert answer["type"] == "vn.lienthong.payment.opened.v1"
    assert answer["data"]["dossier_code"] == DOSSIER
    assert again == answer


async def test_a_lost_answer_is_asked_about_and_never_sent_again(tmp_path: Path) -> None:
    simulated = patient()
    simulated.next(faults.cut_after_commit(), on="INIT")
    async with paying(tmp_path, simulated) as rig:
        sent = await rig.send("payment.requested.v1", a_request(), "tt-1")
        await rig.reaches(sent["id"], "delivered")  # QUERY proves that it was taken
        assert await rig.told("payment.opened.v1", 0) == []
    kinds = [effect.kind for effect in simulated.effects]
    assert kinds.count("init") == 1
    assert "query" in kinds


async def test_an_init_that_never_arrived_stays_uncertain_and_is_not_sent_again(tmp_path: Path) -> None:
    """QUERY with another code than 00 proves nothing: the platform may have it in a moment."""
    simulated = patient()
    simulated.next(faults.FAULTS["cut_before_commit"](), on="INIT")
    async with paying(tmp_path, simulated) as rig:
        sent = await rig.send("payment.requested.v1", a_request(), "tt-1")

        async def asked() -> bool:
            return simulated.calls >= 2

        await eventually(asked)
        assert (await rig.delivery(sent["id"]))["state"] == "uncertain"
    assert simulated.attempts.all() == []


async def test_a_sender_whose_page_was_lost_is_told_may_ask_anew_and_the_old_attempt_stays_watched(
    tmp_path: Path,
) -> None:
    simulated = patient()
    simulated.next(faults.cut_after_commit(), on="INIT")
    async with paying(tmp_path, simulated, **QUICK) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        old = await reference_of(simulated)
        [told] = await rig.told("payment.not_opened.v1")
        assert told["data"]["reference"] == old
        anew = await rig.send("payment.requested.v1", a_request(), "tt-2")
        assert [one["code"] for one in anew["warnings"]] == ["PAYMENT_OPEN"]
        [opened] = await rig.told("payment.opened.v1")
        assert opened["data"]["reference"] != old
        simulated.pay(old)  # the payer found the old page all the same
        simulated.pay(opened["data"]["reference"])
        settled = await rig.told("payment.settled.v1", 2)
        await rig.settled()  # whoever would have asked again later has nothing to wait for any more
        flags = {one: (await known(rig, one))["refund"] for one in (old, opened["data"]["reference"])}
    assert {one["data"]["reference"] for one in settled} == set(flags)
    assert sorted(flags.values()) == [False, True]


async def test_what_is_learnt_by_asking_and_what_is_notified_is_one_message(tmp_path: Path) -> None:
    simulated = patient()
    simulated.next(faults.wait_for_query())
    simulated.next(faults.duplicated(3))
    async with paying(tmp_path, simulated, **QUICK) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        [opened] = await rig.told("payment.opened.v1")
        simulated.pay(opened["data"]["reference"])
        await rig.settled()
        settled = await rig.told("payment.settled.v1")
    assert len(settled) == 1


async def test_a_failed_payment_is_settled_as_failed_and_may_still_be_paid(tmp_path: Path) -> None:
    simulated = patient()
    async with paying(tmp_path, simulated) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        [opened] = await rig.told("payment.opened.v1")
        simulated.fail(opened["data"]["reference"])
        [failed] = await rig.told("payment.settled.v1")
        assert (failed["data"]["outcome"], failed["data"]["error"]["code"]) == ("failed", "24")


async def test_a_forged_notification_is_rejected_recorded_and_changes_nothing(tmp_path: Path) -> None:
    simulated = patient()
    simulated.next(faults.wrong_check())
    async with paying(tmp_path, simulated) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        [opened] = await rig.told("payment.opened.v1")
        reference = opened["data"]["reference"]
        simulated.pay(reference)

        async def recorded() -> bool:
            return "callback.forged" in await rig.audited()

        await eventually(recorded)
        payment = await known(rig, reference)
        assert payment["state"] == "open"
        answers = [effect.details["answer"] for effect in simulated.effects if effect.kind == "notice"]
        assert set(answers) == {"99"}


async def test_another_amount_is_not_believed_even_if_the_platform_signs_it(tmp_path: Path) -> None:
    simulated = patient()
    simulated.next(faults.amount_changed(1000, resign=True))
    async with paying(tmp_path, simulated) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        [opened] = await rig.told("payment.opened.v1")
        simulated.pay(opened["data"]["reference"])

        async def recorded() -> bool:
            return "payment.mismatch" in await rig.audited()

        await eventually(recorded)
        assert (await known(rig, opened["data"]["reference"]))["state"] == "open"
        assert await rig.told("payment.settled.v1", 0) == []


async def test_a_paid_dossier_is_not_charged_again_unless_that_is_wanted(tmp_path: Path) -> None:
    simulated = patient()
    async with paying(tmp_path, simulated) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        [opened] = await rig.told("payment.opened.v1")
        simulated.pay(opened["data"]["reference"])
        await rig.told("payment.settled.v1")
        await rig.send("payment.requested.v1", a_request(), "tt-2")
        [refused] = await rig.told("payment.refused.v1")
        assert refused["data"]["error"]["code"] == "ALREADY_PAID"
        await rig.send("payment.requested.v1", a_request(again=True), "tt-3")
        [_, second] = await rig.told("payment.opened.v1", 2)
        simulated.pay(second["data"]["reference"])
        await rig.told("payment.settled.v1", 2)
        assert (await known(rig, second["data"]["reference"]))["refund"] is False


async def test_a_citizen_on_the_portal_sees_what_is_due_and_may_pay_there(tmp_path: Path) -> None:
    simulated = patient(notice_dossier=True)
    async with paying(tmp_path, simulated) as rig:
        assert (await simulated.look_up(DOSSIER))["error_code"] == -1
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        await rig.told("payment.opened.v1")
        due = await simulated.look_up(DOSSIER)
        assert (due["error_code"], due["message"]["MaHoSo"]) == (1, DOSSIER)
        assert due["message"]["MaTraCuuTT"].startswith(DOSSIER)
        assert due["message"]["TKThuHuong"] == "0000111122223"  # the configured account
        simulated.begin(DOSSIER, 100_000, "CONG0001")
        simulated.pay("CONG0001")
        [settled] = await rig.told("payment.settled.v1")
        assert settled["data"]["reference"] == "CONG0001"
        assert await simulated.look_up(DOSSIER) == {"error_code": 0, "message": []}


async def test_the_day_adds_up_with_the_platforms_file(tmp_path: Path) -> None:
    simulated = patient()
    async with paying(tmp_path, simulated) as rig:
        codes = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 6)]
        for code in codes:
            await rig.send("payment.requested.v1", a_request(code), code)
        for opened in await rig.told("payment.opened.v1", len(codes)):
            simulated.pay(opened["data"]["reference"])
        await rig.told("payment.settled.v1", len(codes))
        today = datetime.now(VIETNAM).date()
        content = simulated.day_file(today.strftime("%Y%m%d"))
        assert content is not None
        payments = (await rig.get("/v1/payments"))["items"]
        lines = reconcile(content, payments, today)
        assert ([line.kind for line in lines], unexplained(lines)) == (["matched"] * 5, 0)
        # The judge is awake: a payment the ledger does not know is found.
        assert unexplained(reconcile(content, payments[1:], today)) == 1


async def test_calls_from_elsewhere_are_not_heard_where_networks_are_named(tmp_path: Path) -> None:
    simulated = patient()
    elsewhere = {"callbacks": {"payment": {"allow_from": ["10.0.0.0/8"]}}}
    async with paying(tmp_path, simulated, **elsewhere) as rig:
        body = orjson.dumps({"MaHoSo": DOSSIER})
        answer = await rig.call("payment/dptracuuthanhtoanhs", body, 403)
        assert answer["errors"][0]["code"] == "CALLBACK_NETWORK"
        for said, status in (("10.1.2.3", 200), ("10.1.2.3, 192.0.2.9", 403)):  # as the proxy in front tells it
            url = f"{rig.gateway.address}/v1/callbacks/payment/dptracuuthanhtoanhs"
            async with rig.http.post(url, data=body, headers={"X-Forwarded-For": said}) as response:
                assert response.status == status
        await rig.call("payment/unknown", body, 404)
        await rig.call("nothing/dptracuuthanhtoanhs", body, 404)


async def test_a_payment_begun_on_the_portal_is_known_by_whatever_reference_the_platform_gives_it(
    tmp_path: Path,
) -> None:
    simulated = patient()
    async with paying(tmp_path, simulated) as rig:
        await rig.send("payment.requested.v1", a_request(), "tt-1")
        await rig.told("payment.opened.v1")
        simulated.begin(DOSSIER, 100_000, "PP-1.2025:07")
        simulated.pay("PP-1.2025:07")
        [settled] = await rig.told("payment.settled.v1")
        assert (settled["data"]["reference"], settled["data"]["outcome"]) == ("PP-1.2025:07", "paid")
        simulated.begin(DOSSIER, 99_999, "PP-2")
        simulated.pay("PP-2")

        async def noticed() -> bool:
            return "payment.unknown" in await rig.audited() or "payment.mismatch" in await rig.audited()

        await eventually(noticed)
        listed = await rig.get(f"/v1/payments?subject={DOSSIER}")
        assert "PP-2" not in {one["reference"] for one in listed["items"]}  # what is not believed leaves nothing behind
