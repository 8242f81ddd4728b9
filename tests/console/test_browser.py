"""The console in a real Chromium: what people do on each screen, in both languages, with axe."""

from __future__ import annotations

import inspect
import re
import sys

import pytest
from playwright.async_api import BrowserContext, Page, expect

from adapters.national_portal.simulator import faults
from tests.console.conftest import REFUSED
from tests.console.looking import Console
from tests.console.seeing import a_code, arrived, grave, opened
from tests.console.test_console_roles import WAYS
from tests.e2e.rig import ADMIN, CODE, STRUCTURED, progressed, recorded

# Long: the first time on a machine the browser is fetched.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]


async def test_the_board_leads_from_a_number_to_the_list_behind_it(page: Page) -> None:
    await opened(page, "/console")
    await page.locator(".tiles a.bad").first.click()
    await expect(page).to_have_url(re.compile(r"/console/deliveries\?destination=national_portal&state=dead"))
    await expect(page.locator("tbody tr")).to_have_count(1)
    await opened(page, page.url)


async def test_a_list_is_narrowed_by_its_filters_and_the_address_says_so(page: Page) -> None:
    await opened(page, "/console/deliveries")
    await page.locator('select[name="state"]').select_option("refused")
    await page.locator("form.choices button").click()
    await expect(page).to_have_url(re.compile("state=refused"))
    await expect(page.locator("tbody tr")).to_have_count(1)
    await opened(page, "/console/messages")
    assert await page.locator("tbody tr").count() > 4


async def test_the_search_box_leads_to_the_passport_and_from_there_to_a_message(page: Page) -> None:
    await page.goto("/console")
    await page.locator("#q").fill(CODE)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/console/dossiers/{CODE}"))
    await opened(page, page.url)
    await page.locator(".timeline h3 a").first.click()
    await expect(page).to_have_url(re.compile("/console/messages/"))
    await opened(page, page.url)


async def test_what_is_not_there_and_the_help_can_be_read_too(page: Page) -> None:
    await opened(page, "/console/help")
    await page.locator("#q").fill("không có gì tên thế này")
    await page.locator("form.find button").click()
    await expect(page.locator(".problem")).to_be_visible()
    assert await grave(page) == []


async def test_the_language_switch_turns_the_whole_page_around(signed_in: dict[str, BrowserContext]) -> None:
    page = await signed_in["vi"].new_page()
    await page.goto("/console/messages")
    await page.locator(".language button").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("h1")).to_have_text("Messages")
    await page.locator(".language button").click()
    await expect(page.locator("html")).to_have_attribute("lang", "vi")
    await page.context.clear_cookies(name="lang")
    await page.close()


async def test_a_body_is_masked_until_somebody_says_what_for(page: Page, seeded: Console) -> None:
    message = (await seeded.rig.gateway.ledger.messages_page({"subject": CODE}, None, 50))["items"][-1]
    await opened(page, f"/console/messages/{message['id']}")
    await expect(page.get_by_role("tab")).to_have_count(1)
    await expect(page.locator(".steps pre").first).to_be_visible()
    assert "Mẫu Đơn" not in await page.content()
    await page.locator(".steps .action summary").click()
    await page.locator('.steps input[name="reason"]').fill("kiểm tra theo phản ánh")
    await page.locator(".steps .action button").click()
    await expect(page.locator(".steps pre").first).to_contain_text("Lê Thị Mẫu Đơn")
    await page.get_by_role("tab").first.focus()
    await page.keyboard.press("End")
    await expect(page.get_by_role("tab", selected=True)).to_have_text(re.compile("trả lời|answer"))
    await expect(page.locator(".steps pre:visible")).to_have_count(1)
    assert await grave(page) == []
    [entry] = (await seeded.rig.gateway.ledger.audit_page(None, 1))["items"]
    assert (entry["action"], entry["reason"]) == ("message.body_opened", "kiểm tra theo phản ánh")


async def test_a_group_tells_what_to_do_takes_a_note_and_leads_to_its_replay(page: Page) -> None:
    await opened(page, "/console/groups")
    await page.locator("tbody tr", has_text="UNMAPPED_CODE").locator("a strong").click()
    await arrived(page, "/console/groups/[0-9a-f]+")
    await opened(page, page.url)
    await page.locator(".action", has_text=re.compile("Ghi chú|Note")).locator("summary").click()
    await page.locator('input[name="note"]').fill("đã báo Sở Tư pháp")
    await page.locator('form[action$="/note"] button').click()
    await expect(page.locator(".note")).to_have_text("đã báo Sở Tư pháp")
    await page.locator('a[href*="/replays/plan"]').click()
    await arrived(page, "/console/replays/plan")
    await expect(page.locator('input[name="digest"]')).to_have_count(1)
    await opened(page, page.url)
    await page.locator('form.act input[name="reason"]').fill("ma moi")
    await page.locator("form.act button").click()
    await arrived(page, "/console/replays/[0-9a-f-]+.*said=started")
    await opened(page, page.url)
    await expect(page.locator("#job .tiles a[aria-current], #job progress").first).to_have_attribute("value", "1")


async def test_a_doubt_is_ended_by_a_choice_whose_consequence_is_told_beside_it(page: Page, seeded: Console) -> None:
    seeded.rig.portal.next(faults.cut_before_commit(), on="CapNhatTienDoHoSoMC")
    sent = await seeded.rig.send(progressed(1, "processing", code=a_code("14")))
    await seeded.rig.reaches(sent["id"], "uncertain")
    await opened(page, f"/console/messages/{sent['id']}")
    await page.locator('a[href$="/decide"]').click()
    await arrived(page, "/decide$")
    await opened(page, page.url)
    choice = page.locator('input[value="taken"]')
    await expect(page.locator(f"#{await choice.get_attribute('aria-describedby')}")).not_to_be_empty()
    await choice.check()
    await page.locator('main input[name="reason"]').fill("đã gọi điện hỏi Cổng")
    await page.locator("form.choose button").click()
    await arrived(page, "/console/messages/.*said=decided")
    await seeded.rig.reaches(sent["id"], "delivered")


async def test_a_reconciliation_is_begun_watched_and_cancelled(page: Page) -> None:
    await page.goto("/console/reconciliations")
    await page.locator(".action summary").click()
    await page.locator('form.act input[name="reason"]').fill("so lại sau sự cố")
    await page.locator("form.act button").click()
    await arrived(page, "/console/reconciliations/[0-9a-f-]+.*said=started")
    await opened(page, page.url)
    ending = page.locator(".action", has=page.locator('input[value="cancel"]'))
    await ending.locator("summary").click()
    await ending.locator('input[name="reason"]').fill("xem xong")
    await ending.locator("button").click()
    await arrived(page, "said=steered")


async def test_a_document_is_corrected_with_the_difference_before_it_is_sent(page: Page, seeded: Console) -> None:
    items = (await seeded.rig.gateway.ledger.deliveries_page({"subject": REFUSED}, None, 10))["items"]
    refused = next(one for one in items if one["state"] == "refused")
    await opened(page, f"/console/deliveries/{refused['id']}/edit")
    await page.locator('main input[name="reason"]').fill("bổ sung tên thủ tục")
    await page.locator("main button").click()
    text = await page.locator("#data").input_value()
    assert await grave(page) == []
    await page.locator("#data").fill(text.replace("hộ kinh doanh", "hộ kinh doanh cá thể"))
    await expect(page.locator("#verdict .came")).to_contain_text("cá thể")
    await page.locator("#data").fill(text.replace('"citizen"', '"nobody"'))
    await expect(page.locator("#verdict .chip.bad")).to_be_visible()
    await page.locator("form.edit > button").click()
    await expect(page.locator('input[name="reason"]')).to_have_count(0)
    assert await grave(page) == []


async def test_the_indicators_are_readable_for_everybody_and_narrowed_by_their_form(page: Page) -> None:
    await opened(page, "/console/indicators?from=2025-06-12&to=2025-06-14")
    await page.locator('select[name="level"]').select_option("commune")
    await page.locator("form.choices button").click()
    await expect(page).to_have_url(re.compile("level=commune"))
    await page.locator("figure.chart summary").first.click()
    await expect(page.locator("figure.chart tbody tr").first).to_be_visible()
    await opened(page, page.url)


async def test_the_tail_shows_what_happens_while_it_can_be_narrowed_and_paused(page: Page, seeded: Console) -> None:
    await opened(page, "/console/tail")
    await expect(page.locator("#told")).to_have_text(re.compile("đang theo dõi|watching"))
    code = a_code("12")
    await seeded.rig.send(recorded(1, code=code))
    await expect(page.locator("#tail tbody tr", has_text=code).first).to_be_visible()
    await page.locator('select[name="destination"]').select_option("national_portal")
    await expect(page).to_have_url(re.compile("destination=national_portal"))
    await expect(page.locator("#tail tbody tr")).to_have_count(0)  # they came by other filters
    await page.locator("#pause").click()
    await expect(page.locator("#told")).to_have_text(re.compile("đang ngừng|paused"))
    await page.route("**/console/stream*", lambda asked: asked.fulfill(status=503))
    await page.locator('select[name="destination"]').select_option("")
    await expect(page.locator("#told")).to_have_text(re.compile("tải lại trang|load the page again"))
    assert await grave(page) == []


async def test_the_board_is_pushed_what_happens(page: Page, seeded: Console) -> None:
    await page.goto("/console")
    delivered = page.locator(".tiles a", has_text=re.compile("Đã nhận|Delivered")).first
    before = await delivered.inner_text()
    await page.wait_for_timeout(300)
    await seeded.rig.send(recorded(1, code=a_code("13")))
    await expect(delivered).not_to_have_text(before, timeout=15_000)


RECORDS = ("balance", "charts", "codes", "codes/procedures", "mappings", "system", "users", "clients", "audit",
           "reconciliations", "replays", "unmapped", "users/admin", "clients/mot-cua",
           "codes/fields/refreshed")  # fmt: skip


async def the_catalogue(console: Console) -> None:
    """The portal was asked for its fields."""
    url, headers = f"{console.rig.gateway.address}/v1/messages", {"Authorization": f"Bearer {ADMIN}", **STRUCTURED}
    event = {
        "specversion": "1.0", "id": "catalogue/fields/1", "source": "urn:lienthong:test", "data": {"kind": "fields"},
        "type": "vn.lienthong.catalogue.refresh_requested.v1", "subject": "catalogue/fields",
    }  # fmt: skip
    async with console.rig.http.post(url, json=event, headers=headers) as response:
        told = await response.json()
        assert response.status == 202, told
    await console.rig.reaches(told["id"], "delivered")


async def test_the_screens_of_records_are_readable_for_everybody(page: Page, seeded: Console) -> None:
    await the_catalogue(seeded)
    for name in RECORDS:
        await opened(page, f"/console/{name}")
        await expect(page.locator("main h1")).not_to_be_empty()


async def test_delays_and_causes_are_drawn_with_their_figures_beside_them(page: Page) -> None:
    await page.goto("/console/charts")
    for title in (re.compile("Độ trễ|Delay"), re.compile("Nguyên nhân lỗi|Causes of failure")):
        part = page.locator("section", has=page.locator("h2", has_text=title))
        await expect(part.locator(".chart[aria-hidden=true] canvas")).to_be_visible()
        await expect(part.locator("tbody tr").first).to_be_visible()
    drawn = await page.locator(".chart canvas").evaluate_all(
        "(all) => all.map((one) => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data]"
        ".some(Boolean))"
    )
    assert all(drawn) and len(drawn) >= 2


async def test_a_view_is_saved_under_a_name_and_leads_back(page: Page) -> None:
    await page.goto("/console/deliveries?state=dead")
    saving = page.locator(".action", has=page.locator('input[name="name"]'))
    await saving.locator("summary").click()
    await saving.locator('input[name="name"]').fill("của tôi")
    await saving.locator("button").click()
    await arrived(page, "state=dead.*said=saved")
    await page.goto("/console/deliveries")
    await page.locator(".views a", has_text="của tôi").click()
    await arrived(page, "state=dead$")
    assert await grave(page) == []
    await page.locator(".views button").click()
    await arrived(page, "said=dropped")
    await expect(page.locator(".views li")).to_have_count(0)


async def test_the_bench_shows_the_output_as_one_types_and_tries_it_on_stored_messages(page: Page) -> None:
    await opened(page, "/console/bench?name=national_portal/dossier.recorded.v1")
    await expect(page.locator("#output .chip.good")).to_be_visible()
    await expect(page.locator("#output pre")).to_contain_text("MaHoSo")
    await page.locator("#sample").fill("{}")
    await expect(page.locator("#output .chip.bad")).to_be_visible()
    assert await grave(page) == []
    await page.locator('#bench input[name="reason"]').fill("công văn 999")
    await page.locator('button[formaction$="/trial"]').click()
    await expect(page.locator("#report")).to_contain_text(re.compile("thông điệp|messages"))
    assert await grave(page) == []


MANY = """
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    window.tell = (count) => {
      for (let number = 0; number < count; number++) {
        const data = JSON.stringify({ at: "2025-06-12T01:00:00Z", what: "delivery", state: "delivered", type: "t",
          message_id: `m${number}`, subject: `000.00.16.H46-250612-${number}`, delivery_id: `d${number}`,
          destination: "national_portal", attempt: 1, code: "" });
        this.dispatchEvent(new MessageEvent("settled", { data }));
      }
    };
  }
  close() {}
};
"""


async def test_five_minutes_of_five_hundred_events_a_second_do_not_grow_the_page(
    signed_in: dict[str, BrowserContext],
) -> None:
    page = await signed_in["vi"].new_page()
    await page.add_init_script(MANY)
    await page.goto("/console/tail")
    devtools = await page.context.new_cdp_session(page)

    async def heap() -> int:
        await devtools.send("HeapProfiler.collectGarbage")
        return int((await devtools.send("Runtime.getHeapUsage"))["usedSize"])

    await page.evaluate("tell(2000)")
    await expect(page.locator("#tail tbody tr")).to_have_count(2000)
    before = await heap()
    for _ in range(3):
        await page.evaluate("tell(50_000); new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    await expect(page.locator("#tail tbody tr")).to_have_count(2000)
    assert await heap() - before < 50_000_000
    await page.close()


OPENED = {
    "": "test_the_board_leads_from_a_number_to_the_list_behind_it",
    "/messages": "test_a_list_is_narrowed_by_its_filters_and_the_address_says_so",
    "/deliveries": "test_a_list_is_narrowed_by_its_filters_and_the_address_says_so",
    "/dossiers/{code}": "test_the_search_box_leads_to_the_passport_and_from_there_to_a_message",
    "/messages/{id}": "test_the_search_box_leads_to_the_passport_and_from_there_to_a_message",
    "/help": "test_what_is_not_there_and_the_help_can_be_read_too",
    "/groups": "test_a_group_tells_what_to_do_takes_a_note_and_leads_to_its_replay",
    "/groups/{fingerprint}": "test_a_group_tells_what_to_do_takes_a_note_and_leads_to_its_replay",
    "/replays/plan": "test_a_group_tells_what_to_do_takes_a_note_and_leads_to_its_replay",
    "/replays/{id}": "test_a_group_tells_what_to_do_takes_a_note_and_leads_to_its_replay",
    "/deliveries/{id}/decide": "test_a_doubt_is_ended_by_a_choice_whose_consequence_is_told_beside_it",
    "/deliveries/{id}/edit": "test_a_document_is_corrected_with_the_difference_before_it_is_sent",
    "/indicators": "test_the_indicators_are_readable_for_everybody_and_narrowed_by_their_form",
    "/tail": "test_the_tail_shows_what_happens_while_it_can_be_narrowed_and_paused",
    "/reconciliations/{id}": "test_a_reconciliation_is_begun_watched_and_cancelled",
    "/bench": "test_the_bench_shows_the_output_as_one_types_and_tries_it_on_stored_messages",
    **{f"/{name}": "test_the_screens_of_records_are_readable_for_everybody" for name in RECORDS if "/" not in name},
    **dict.fromkeys(
        ("/codes/{name}", "/codes/{name}/refreshed", "/users/{name}", "/clients/{name}"),
        "test_the_screens_of_records_are_readable_for_everybody",
    ),
}
"""Every screen, and the test that opens it in both languages and has axe look at it."""
NO_SCREEN = frozenset({"/search", "/stream"})
"""A way on, a stream."""


async def test_every_screen_is_looked_at_by_axe_in_both_languages() -> None:
    assert set(OPENED) == {way.path for way in WAYS if way.method == "GET"} - NO_SCREEN
    for name in set(OPENED.values()):
        found = getattr(sys.modules[__name__], name)
        assert "page" in inspect.signature(found).parameters  # the fixture comes in each language
        assert re.search(r"\bopened\(|\bgrave\(", inspect.getsource(found)), name
