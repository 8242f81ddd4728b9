"""What people do about failures, through the whole gateway over HTTP: groups, edit and resend, doubts, held heads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.payment.simulator import faults
from tests.e2e.province import Province
from tests.e2e.rig import ADMIN, KEY, Rig, eventually, progressed, recorded, running
from tests.e2e.test_paying import a_request, patient, paying, reference_of

UNMAPPED = {"code": "9.999999.000.00.00.H46", "name": "Thủ tục nội bộ"}
GOOD = {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"}
NAME = "Lê Thị Mẫu Đơn"


async def act(rig: Rig | Province, path: str, status: int = 200, *, key: str = ADMIN, **told: Any) -> dict[str, Any]:
    """Command something; the answer, which must have the status."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with rig.http.post(rig.gateway.address + path, data=orjson.dumps(told), headers=headers) as response:
        body: dict[str, Any] = await response.json(content_type=None)
        assert response.status == status, (response.status, body)
        return body


async def look(rig: Rig | Province, path: str, status: int = 200, *, key: str = ADMIN) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    async with rig.http.get(rig.gateway.address + path, headers=headers) as response:
        body: dict[str, Any] = await response.json(content_type=None)
        assert response.status == status, (response.status, body)
        return body


async def audited(rig: Rig | Province, *, at_the_door: bool = False) -> list[dict[str, Any]]:
    """What operations wrote, newest first; or what was refused before it came to any."""
    items: list[dict[str, Any]] = (await rig.gateway.ledger.audit_page(None, 100))["items"]
    return [one for one in items if one["action"].startswith("refused.") == at_the_door]


async def a_dead_dossier(rig: Rig, number: int = 1, **changes: Any) -> tuple[str, str]:
    """(message, delivery): a dossier whose procedure has no national code."""
    sent = await rig.send(recorded(number, **({"procedure": UNMAPPED} | changes)))
    return sent["id"], (await rig.reaches(sent["id"], "dead"))["id"]


# ---- groups ----------------------------------------------------------------------------------------------------------


async def test_a_group_says_what_it_is_who_can_fix_it_and_what_to_press(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        _, delivery_id = await a_dead_dossier(rig)
        [group] = (await look(rig, "/v1/groups"))["items"]
        listed = await look(rig, group["deliveries"])
        one = await look(rig, f"/v1/groups/{group['fingerprint']}")
    assert (group["code"], group["class"], group["count"], group["standing"]) == (
        "UNMAPPED_CODE", "mapping", 1, {"dead": 1},
    )  # fmt: skip
    assert (group["state"], group["known"], group["fixer"]["who"]) == ("open", True, "operator")
    assert "codelists" in group["advice"]["vi"] and group["advice"]["en"]
    assert any("replay" in button["command"] for button in group["press"])
    assert [item["id"] for item in listed["items"]] == [delivery_id]
    assert one == group


async def test_what_people_write_on_a_group_is_kept_and_audited(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await a_dead_dossier(rig)
        [group] = (await look(rig, "/v1/groups"))["items"]
        path = f"/v1/groups/{group['fingerprint']}"
        until = (datetime.now(UTC) + timedelta(hours=8)).isoformat(timespec="seconds")
        await act(rig, f"{path}/note", note="chờ danh mục của Sở")
        await act(rig, f"{path}/owner", owner="tổ hỗ trợ")
        await act(rig, f"{path}/name", vi="Thủ tục chưa có mã", en="Procedure without a code")
        muted = await act(rig, f"{path}/mute", until=until, reason="đã báo Sở")
        awake = await act(rig, f"{path}/unmute")
        await act(rig, f"{path}/mute", 422, until="2020-01-01T00:00:00Z", reason="đã báo Sở")
        await act(rig, f"{path}/mute", 422, until=until)
        await act(rig, "/v1/groups/0000000000000000/note", 404, note="x")
        entries = await audited(rig)
    assert muted["muted"]["reason"] == "đã báo Sở"
    assert awake["muted"] is None
    assert (awake["note"], awake["owner"], awake["title"]["vi"], awake["named"]) == (
        "chờ danh mục của Sở", "tổ hỗ trợ", "Thủ tục chưa có mã", True,
    )  # fmt: skip
    told = [(one["action"], one["ok"]) for one in reversed(entries)]
    assert told == [
        ("group.note", True), ("group.owner", True), ("group.name", True), ("group.mute", True),
        ("group.unmute", True), ("group.note", False),
    ]  # fmt: skip


async def test_groups_and_what_is_done_by_hand_are_for_people_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        _, delivery_id = await a_dead_dossier(rig)
        await look(rig, "/v1/groups", 403, key=KEY)
        await look(rig, f"/v1/deliveries/{delivery_id}/edit?purpose=x", 403, key=KEY)
        for action in ("skip", "supersede", "decide", "edit"):
            await act(rig, f"/v1/deliveries/{delivery_id}/{action}", 403, key=KEY, reason="thử")
        assert await audited(rig) == []
        assert {one["action"] for one in await audited(rig, at_the_door=True)} == {
            "refused.listGroups", "refused.getEdit", "refused.skipDelivery", "refused.supersedeDelivery",
            "refused.decideDelivery", "refused.editDelivery",
        }  # fmt: skip


async def test_a_group_is_shown_alike_by_a_door_in_a_process_of_its_own(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig:
        message_id, delivery_id = await a_dead_dossier(rig)
        [group] = (await look(rig, "/v1/groups"))["items"]
        document = (await look(rig, f"/v1/deliveries/{delivery_id}/edit?purpose=x"))["document"]
        told = {"data": document | {"procedure": GOOD}, "reason": "mã thủ tục", "unlock": True}
        await act(rig, f"/v1/deliveries/{delivery_id}/edit", 422, data={"code": 1}, reason="thử")
        done = await act(rig, f"/v1/deliveries/{delivery_id}/edit", **told)
        await rig.reaches(done["id"], "delivered")
        assert (await rig.get(f"/v1/messages/{message_id}"))["edited_as"] == [done["id"]]
    assert group["standing"] == {"dead": 1}


# ---- edit and resend -------------------------------------------------------------------------------------------------


async def test_an_edited_dossier_reaches_the_portal_and_the_original_stays(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        message_id, delivery_id = await a_dead_dossier(rig)
        before = await rig.gateway.ledger.message_body(message_id)
        opened = await look(rig, f"/v1/deliveries/{delivery_id}/edit?purpose=tra%20ma%20thu%20tuc")
        document = opened["document"] | {"procedure": GOOD}
        path = f"/v1/deliveries/{delivery_id}/edit"
        locked = await act(rig, path, 422, data=document, reason="mã thủ tục của tỉnh chưa có trong danh mục")
        done = await act(rig, path, data=document, reason="mã thủ tục của tỉnh", unlock=True)
        await rig.reaches(done["id"], "delivered")
        original, edited = await rig.get(f"/v1/messages/{message_id}"), await rig.get(f"/v1/messages/{done['id']}")
        again = await rig.send(recorded(1, procedure=UNMAPPED))
        await act(rig, path, 409, data=document, reason="lần nữa", unlock=True)
        [group] = (await look(rig, "/v1/groups"))["items"]
        balance = await rig.settled()
        after = await rig.gateway.ledger.message_body(message_id)
        entries = await audited(rig)
    assert opened["editable"] and "/status" in [one["pointer"] for one in opened["locked"]]
    assert {one["code"] for one in locked["errors"]} == {"FIELD_LOCKED"}
    assert done["changed"] == ["/procedure/code", "/procedure/name"]
    assert original["deliveries"][0]["state"] == "superseded"
    assert (original["edited_as"], edited["edit_of"]["message_id"]) == ([done["id"]], message_id)
    assert done["id"] not in [reply["id"] for reply in original["replies"]]
    assert (again["id"], again["duplicate"]) == (message_id, True)
    assert before == after
    assert (group["count"], group["standing"]) == (0, {})
    assert (balance["balance"], balance["superseded"]) == (0, 1)
    told = [(one["action"], one["ok"]) for one in entries]
    assert told == [
        ("delivery.edit", False), ("delivery.edit", True), ("delivery.edit", False), ("message.body_opened", True),
    ]  # fmt: skip
    assert entries[1]["details"]["changed"] == done["changed"]
    assert entries[3]["reason"] == "tra ma thu tuc"
    text = str(entries)
    assert NAME not in text and "044999000123" not in text


async def test_what_is_edited_is_judged_as_at_the_door_and_the_code_stays(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        _, delivery_id = await a_dead_dossier(rig)
        path = f"/v1/deliveries/{delivery_id}/edit"
        document = (await look(rig, path + "?purpose=sua"))["document"]
        wrong = await act(rig, path, 422, data=document | {"channel": "by pigeon"}, reason="thử", unlock=True)
        moved = {**document, "code": "000.00.16.H46-250612-0002"}
        fixed = await act(rig, path, 422, data=moved, reason="thử", unlock=True)
        same = await act(rig, path, 422, data=document, reason="thử")
        stray = {**document, NAME: "x"}
        await act(rig, path, 422, data=stray, reason="thử", unlock=True)
        assert NAME not in str(await audited(rig))
        await look(rig, path, 422)
        await act(rig, path, 422, data=document)
        await act(rig, "/v1/deliveries/khong-co/edit", 404, data=document, reason="thử")
        assert (await rig.delivery((await rig.send(recorded(1, procedure=UNMAPPED)))["id"]))["state"] == "dead"
        assert [one["ok"] for one in await audited(rig)] == [False, False, False, False, False, True]
    assert ("/channel", "SCHEMA_ENUM") in [(one["pointer"], one["code"]) for one in wrong["errors"]]
    assert [(one["pointer"], one["code"]) for one in fixed["errors"]] == [("/code", "FIELD_FIXED")]
    assert [one["code"] for one in same["errors"]] == ["NOTHING_CHANGED"]


async def test_a_newer_snapshot_of_the_sender_comes_before_the_edit(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        _, delivery_id = await a_dead_dossier(rig)
        document = (await look(rig, f"/v1/deliveries/{delivery_id}/edit?purpose=sua"))["document"]
        sent = await rig.send(recorded(2))
        await rig.reaches(sent["id"], "delivered")
        told = {"data": document | {"procedure": GOOD}, "reason": "mã thủ tục", "unlock": True}
        await act(rig, f"/v1/deliveries/{delivery_id}/edit", 409, **told)
        assert (await rig.settled())["balance"] == 0


# ---- held heads ------------------------------------------------------------------------------------------------------


async def test_a_skipped_head_lets_its_progress_go_and_a_superseded_one_is_counted(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        message_id, delivery_id = await a_dead_dossier(rig)
        behind = await rig.send(progressed(2, "processing"))
        assert (await rig.delivery(behind["id"]))["state"] == "held"
        skipped = await act(rig, f"/v1/deliveries/{delivery_id}/skip", reason="cổng đã có hồ sơ này từ hệ thống cũ")
        await act(rig, f"/v1/deliveries/{delivery_id}/skip", 409, reason="lần nữa")

        async def gone() -> bool:
            return bool((await rig.delivery(behind["id"]))["state"] in ("delivered", "refused", "waiting", "dead"))

        await eventually(gone)
        assert (await rig.delivery(message_id))["state"] == "dead"
        done = await act(rig, f"/v1/deliveries/{delivery_id}/supersede", reason="đã có bản ở hệ thống cũ")
        balance = await rig.gateway.ledger.balance()
    assert (skipped["state"], skipped["holds_lane"]) == ("dead", False)
    assert (done["state_before"], done["state"]) == ("dead", "superseded")
    assert (balance["balance"], balance["superseded"]) == (0, 1)


# ---- doubts ----------------------------------------------------------------------------------------------------------


async def an_unclear_payment(rig: Province) -> tuple[str, str]:
    """(message, delivery): an INIT whose connection was cut before the platform had it."""
    sent = await rig.send("payment.requested.v1", a_request(), "tt-1")
    return sent["id"], (await rig.reaches(sent["id"], "uncertain"))["id"]


async def test_a_payment_that_is_sent_again_by_hand_goes_out_with_a_new_reference(tmp_path: Path) -> None:
    simulated = patient()
    simulated.next(faults.FAULTS["cut_before_commit"](), on="INIT")
    async with paying(tmp_path, simulated) as rig:
        message_id, delivery_id = await an_unclear_payment(rig)
        shown = await look(rig, f"/v1/deliveries/{delivery_id}/decide")
        old = shown["keys"]["MaThamChieu"]
        again = next(one for one in shown["choices"] if one["choice"] == "send_again")
        told = {"choice": "send_again", "reason": "Nền tảng báo không có giao dịch này", "attempt": shown["attempt"]}
        await act(rig, f"/v1/deliveries/{delivery_id}/decide", **told)
        await rig.reaches(message_id, "delivered")
        new = await reference_of(simulated)
        await act(rig, f"/v1/deliveries/{delivery_id}/decide", 409, **told)
        await look(rig, f"/v1/deliveries/{delivery_id}/decide", 409)
        assert (await rig.get(f"/v1/payments/{old}"))["state"] == "open"  # still watched: it may yet be paid
        entries = await audited(rig)
    assert new != old
    assert "mã tham chiếu mới" in again["consequence"]["vi"] and "new reference" in again["consequence"]["en"]
    assert [(one["ok"], one["details"].get("choice")) for one in entries if one["action"] == "delivery.decide"] == [
        (False, "send_again"), (True, "send_again"),
    ]  # fmt: skip


@pytest.mark.parametrize(("choice", "state"), [("taken", "delivered"), ("give_up", "dead")])
async def test_a_person_ends_the_doubt_and_nothing_is_sent(tmp_path: Path, choice: str, state: str) -> None:
    simulated = patient()
    simulated.next(faults.FAULTS["cut_before_commit"](), on="INIT")
    async with paying(tmp_path, simulated) as rig:
        message_id, delivery_id = await an_unclear_payment(rig)
        await act(rig, f"/v1/deliveries/{delivery_id}/discard", 409, reason="thử")
        decided = await act(rig, f"/v1/deliveries/{delivery_id}/decide", choice=choice, reason="đã gọi điện")
        found = await rig.delivery(message_id)
    assert (decided["state"], found["state"]) == (state, state)
    assert simulated.attempts.all() == []


async def test_a_decision_about_an_attempt_that_is_over_changes_nothing(tmp_path: Path) -> None:
    simulated = patient()
    simulated.next(faults.FAULTS["cut_before_commit"](), on="INIT")
    async with paying(tmp_path, simulated) as rig:
        message_id, delivery_id = await an_unclear_payment(rig)
        told = {"choice": "taken", "reason": "đã gọi điện", "attempt": 2}
        await act(rig, f"/v1/deliveries/{delivery_id}/decide", 409, **told)
        await act(rig, f"/v1/deliveries/{delivery_id}/decide", 422, choice="perhaps", reason="thử")
        assert (await rig.delivery(message_id))["state"] == "uncertain"
        assert (await rig.delivery(message_id))["doubt"]["waits_for"] == "proof"
