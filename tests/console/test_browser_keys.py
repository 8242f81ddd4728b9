"""The console in a real Chromium without a mouse: ways around, and the ten things that people do most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pytest
from playwright.async_api import BrowserContext, Page, expect

from adapters.national_portal.simulator import faults
from tests.console.conftest import DEAD
from tests.console.looking import Console
from tests.console.seeing import a_code, arrived
from tests.e2e.rig import progressed, recorded

# Long: the first time on a machine the browser is fetched.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]


async def test_keys_alone_lead_around(signed_in: dict[str, BrowserContext]) -> None:
    page = await signed_in["vi"].new_page()
    await page.goto("/console")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await arrived(page, "/console/deliveries")
    await page.keyboard.press("/")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type(DEAD)
    await page.keyboard.press("Enter")
    await arrived(page, f"/console/dossiers/{DEAD}")
    await page.keyboard.press("g")
    await page.keyboard.press("m")
    await arrived(page, "/console/messages")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await expect(page.locator("tbody tr").first.locator("a").first).to_be_focused()
    await page.keyboard.press("Enter")
    await arrived(page, "/console/messages/")
    await page.keyboard.press("?")
    await arrived(page, "/console/help")
    await page.locator("#keys-off").focus()
    await page.keyboard.press("Space")
    await page.locator("main").focus()
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await arrived(page, "/console/help")
    await page.locator("#keys-off").uncheck()
    await page.close()


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until it has the focus, as somebody without a mouse does."""
    wanted = page.locator(selector).first
    for _ in range(120):
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {selector}")


async def pressed(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def filled(page: Page, selector: str, text: str) -> None:
    """Come to a field, say something, and send it."""
    await tab_to(page, selector)
    await pressed(page, "Control+A")
    await page.keyboard.type(text)
    await pressed(page, "Enter")


async def unfolded(page: Page, selector: str) -> None:
    await tab_to(page, selector)
    await pressed(page, "Enter")


async def find_a_dossier(page: Page, _: Console) -> None:
    await pressed(page, "/")
    await page.keyboard.type(DEAD)
    await pressed(page, "Enter")
    await arrived(page, f"/console/dossiers/{DEAD}")


async def pause_a_destination(page: Page, _: Console) -> None:
    await pressed(page, "g", "b")
    await arrived(page, "/console$")
    await unfolded(page, ".action summary")
    await filled(page, 'form[action$="/pause"] input[name="reason"]', "Cổng báo nâng cấp")
    await arrived(page, "said=paused")


async def resume_it(page: Page, _: Console) -> None:
    await unfolded(page, ".action summary")
    await filled(page, 'form[action$="/resume"] input[name="reason"]', "xong")
    await arrived(page, "said=resumed")


async def note_on_a_failure_group(page: Page, _: Console) -> None:
    await pressed(page, "g", "f")
    await arrived(page, "/console/groups")
    await pressed(page, "j")
    await unfolded(page, 'tr:has-text("UNMAPPED_CODE") a:has(strong)')
    await arrived(page, "/console/groups/[0-9a-f]+")
    await unfolded(page, '.action summary:has-text("Ghi chú")')
    await filled(page, 'input[name="note"]', "đang chờ mã mới")
    await arrived(page, "said=noted")


async def replay_a_group(page: Page, _: Console) -> None:
    await unfolded(page, 'a[href*="/replays/plan"]')
    await arrived(page, "/console/replays/plan")
    await filled(page, 'form.act input[name="reason"]', "ma moi")
    await arrived(page, "/console/replays/[0-9a-f-]+.*said=started")


async def narrow_a_list(page: Page, _: Console) -> None:
    await pressed(page, "g", "d")
    await arrived(page, "/console/deliveries")
    await tab_to(page, 'select[name="state"]')
    await pressed(page, "ArrowDown")
    await unfolded(page, "form.choices button")
    await arrived(page, "state=open")


async def read_a_message(page: Page, _: Console) -> None:
    await pressed(page, "j", "Enter")
    await arrived(page, "/console/messages/")


async def open_its_body(page: Page, _: Console) -> None:
    await unfolded(page, ".steps .action summary")
    await filled(page, '.steps input[name="reason"]', "kiểm tra")
    await expect(page.locator(".steps .chip.wait")).to_be_visible()


async def try_a_delivery_now(page: Page, console: Console) -> None:
    console.rig.portal.next(faults.http_status(503), on="DongBoHoSoMC")
    sent = await console.rig.send(recorded(1, code=a_code("16")))
    await console.rig.reaches(sent["id"], "waiting")
    await page.goto(f"/console/messages/{sent['id']}")
    await unfolded(page, '.action:has(form[action$="/hurry"]) summary')
    await filled(page, 'form[action$="/hurry"] input[name="reason"]', "Cổng đã lên lại")
    await arrived(page, "said=hurried")
    await console.rig.reaches(sent["id"], "delivered")


async def end_a_doubt(page: Page, console: Console) -> None:
    console.rig.portal.next(faults.cut_before_commit(), on="CapNhatTienDoHoSoMC")
    sent = await console.rig.send(progressed(1, "processing", code=a_code("15")))
    await console.rig.reaches(sent["id"], "uncertain")
    await pressed(page, "g", "u")
    await arrived(page, "state=uncertain")
    await pressed(page, "j", "Enter")
    await arrived(page, f"/console/messages/{sent['id']}")
    await unfolded(page, 'a[href$="/decide"]')
    await arrived(page, "/decide$")
    await tab_to(page, 'input[name="choice"]')
    await pressed(page, "Space")
    await filled(page, 'main input[name="reason"]', "đã gọi điện hỏi Cổng")
    await arrived(page, "said=decided")
    await console.rig.reaches(sent["id"], "delivered")


MOST: Mapping[str, Callable[[Page, Console], Awaitable[None]]] = {
    "find a dossier": find_a_dossier,
    "pause a destination": pause_a_destination,
    "let it go on": resume_it,
    "write on a failure group": note_on_a_failure_group,
    "send a failure group again": replay_a_group,
    "narrow a list": narrow_a_list,
    "read a message": read_a_message,
    "open what is masked in it, and say what for": open_its_body,
    "try a delivery now": try_a_delivery_now,
    "end a doubt": end_a_doubt,
}
"""What people do most, each beginning where the one before it ended."""


async def test_the_ten_things_that_people_do_most_are_done_by_keyboard_alone(
    signed_in: dict[str, BrowserContext], seeded: Console
) -> None:
    page = await signed_in["vi"].new_page()
    await page.goto("/console")
    assert len(MOST) == 10
    for do in MOST.values():
        await do(page, seeded)
    acts = [one["action"] for one in (await seeded.rig.gateway.ledger.audit_page(None, 50))["items"] if one["ok"]]
    for action in ("destination.pause", "destination.resume", "message.body_opened", "delivery.decide"):
        assert action in acts
    await page.close()
