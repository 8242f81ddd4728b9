"""Edit and resend in the console: who has not opened a body is told nothing of it, and what is gone is said to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.console.conftest import REFUSED
from tests.console.looking import Console, Document, looking
from tests.e2e.rig import recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")
NAME = "Lê Thị Mẫu Đơn"


async def refused(console: Console) -> str:
    items = (await console.rig.gateway.ledger.deliveries_page({"subject": REFUSED}, None, 10))["items"]
    return str(next(one["id"] for one in items if one["state"] == "refused"))


async def newest(console: Console, count: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await console.rig.gateway.ledger.audit_page(None, count))["items"]
    return found


def hidden(page: Document, name: str) -> str:
    return next(one.get("value", "") for one in page.root.iter("input") if one.get("name") == name)


async def test_a_check_shows_no_more_than_what_was_opened_and_is_posted_back(seeded: Console) -> None:
    path = f"/console/deliveries/{await refused(seeded)}/edit"
    opened = await seeded.fill(path, reason="bổ sung tên thủ tục")
    assert [(one["action"], one["ok"]) for one in await newest(seeded)] == [("message.body_opened", True)]
    before = hidden(opened, "before")
    assert NAME in before
    document = orjson.loads(before) | {"note": "đã bổ sung"}
    checked = await seeded.fill(f"{path}/check", before=before, data=orjson.dumps(document).decode())
    assert [one.text for one in checked.all("span", "came")] == ['+   "note": "đã bổ sung",\n']
    assert hidden(checked, "before") == before


@pytest.mark.parametrize("before", ["{}", "", f'{{"citizen":{{"name":"{NAME}"}}}}'])
async def test_who_never_opened_a_body_is_told_nothing_of_it_by_guessing(seeded: Console, before: str) -> None:
    path = f"/console/deliveries/{await refused(seeded)}/edit/check"
    fields = {"before": before} if before else {}
    page = await seeded.fill(path, 409 if before else 422, data='{"code":"x"}', **fields)
    assert NAME not in page.source and "044999000123" not in page.source
    assert "FIELD" not in page.source and "/citizen" not in page.source
    if before:
        [entry] = await newest(seeded)
        assert (entry["action"], entry["ok"], entry["details"]) == ("delivery.edit", False, {"refused": "StateError"})


async def test_a_body_that_was_shredded_is_said_to_be_gone_on_the_page_and_over_http(tmp_path: Path) -> None:
    async with looking(tmp_path) as console:
        sent = await console.rig.send(recorded(1))
        await console.rig.settled()
        await console.rig.gateway.ledger.shred(datetime.now(UTC) + timedelta(days=1), 100)
        delivery = (await console.rig.delivery(sent["id"]))["id"]
        page = await console.fill(f"/console/deliveries/{delivery}/edit", 410, reason="xem lại")
        assert "hủy khi hết hạn lưu" in page.text
        await console.fill(f"/console/messages/{sent['id']}/open", 410, reason="xem lại")
        address = f"{console.rig.gateway.address}/v1/deliveries/{delivery}/edit?purpose=xem"
        async with console.browser.get(address) as answer:
            assert (answer.status, (await answer.json())["errors"][0]["code"]) == (410, "BODY_SHREDDED")
        told = [(one["ok"], one["details"].get("refused")) for one in await newest(console, 3)]
        assert told == [(False, "ShreddedError")] * 3
