"""Lists and strange values: what other systems wrote stays text, and pages of a list neither skip nor repeat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from gateway.message import Dead, Fault
from tests.builders import a_begin, a_delivery, a_message, a_settlement
from tests.console.looking import Console, Document, looking

STRANGE = """<script>alert(1)</script><img src=x onerror="x">&amp;'"/\\ế\u202e\x01"""
ELEMENTS = {"script", "img", "b", "i", "u"}
NOWHERE = "<b>nowhere</b>"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with looking(tmp_path) as found:
        yield found


async def test_whatever_a_sender_or_a_system_wrote_is_inert(console: Console) -> None:
    ledger = console.rig.gateway.ledger
    delivery = a_delivery(destination=NOWHERE, operation="<i>do</i>", mapping="<u>map</u>")
    message = a_message(delivery, subject=STRANGE, source=STRANGE, source_id=STRANGE, client=STRANGE, type=STRANGE)
    await ledger.accept([message])
    await ledger.begin_attempt(a_begin(delivery.id))
    fault = Fault("<i>kind</i>", "<b>CODE</b>", STRANGE, STRANGE, "<u>field</u>")
    warnings = ({"code": "<i>W</i>", "pointer": "/", "vi": STRANGE, "en": STRANGE},)
    settlement = a_settlement(delivery.id, Dead(fault), facts={"mode": "<b>mode</b>"}, warnings=warnings)
    assert await ledger.settle(settlement)
    pages = [
        await console.look(path)
        for path in (
            "/console",
            "/console/deliveries",
            f"/console/deliveries?destination={quote(NOWHERE)}&state=dead&code={quote('<b>CODE</b>')}",
            f"/console/dossiers/{quote(STRANGE, safe='')}",
            f"/console/messages/{message.id}",
        )
    ]
    for page in pages:
        [main] = page.all("main")
        assert not ELEMENTS & {element.tag for element in main.iter()}
        assert not [name for element in page.root.iter() for name in element.attrib if name.startswith("on")]
        assert "alert(1)" in page.text
        assert "<b>nowhere</b>" in page.text
    assert "Không còn tuyến" in pages[0].text
    [listed] = pages[2].root.findall(".//tbody/tr")
    assert [link.get("href") for link in listed.iter("a")] == [
        f"/console/messages/{message.id}#{delivery.id}",
        f"/console/dossiers/{quote(STRANGE, safe='')}",
    ]


@pytest.mark.parametrize("state", ["", "open", "held"])
async def test_the_pages_of_a_list_show_every_delivery_once_newest_first(console: Console, state: str) -> None:
    messages = [
        a_message(a_delivery(destination="elsewhere"), subject=f"000.00.16.H46-250612-{number:04}")
        for number in range(1, 91)
        for _ in range(2)
    ]
    await console.rig.gateway.ledger.accept(messages)
    ids = {one.deliveries[0].id for one in messages}
    if state == "held":
        items = (await console.rig.gateway.ledger.deliveries_page({"state": "held"}, None, 200))["items"]
        ids = {item["id"] for item in items}
        assert len(ids) == 90
    path: str | None = f"/console/deliveries?destination=elsewhere&state={state}"
    seen: list[str] = []
    pages = 0
    while path:
        page = await console.look(path)
        rows = listed(page)
        assert 0 < len(rows) <= 50
        seen += rows
        pages += 1
        path = next((link for link in page.links if "cursor=" in link), None)
        assert any(link.endswith("/console/deliveries") for link in page.links)
    assert seen == sorted(ids, reverse=True)
    assert pages == -(-len(ids) // 50)


async def test_the_list_of_what_failed_at_least_once_has_what_came_through_later_too(console: Console) -> None:
    ledger = console.rig.gateway.ledger
    fine, late = a_delivery(destination="elsewhere"), a_delivery(destination="elsewhere")
    await ledger.accept([a_message(fine), a_message(late, subject="000.00.16.H46-250612-0077")])
    assert await ledger.begin_attempt(a_begin(late.id))
    assert await ledger.settle(a_settlement(late.id, Dead(Fault("permanent", "X", "hỏng", "broken"))))
    assert listed(await console.look("/console/deliveries?failed=true&destination=elsewhere")) == [late.id]


def listed(page: Document) -> list[str]:
    """The deliveries of a list, by the fragment their link ends in."""
    return [link.rsplit("#", 1)[1] for link in page.links if link.startswith("/console/messages/")]


async def test_a_list_that_just_fills_its_page_has_no_next_one(console: Console) -> None:
    messages = [
        a_message(a_delivery(destination="elsewhere"), subject=f"000.00.16.H46-250612-{number:04}")
        for number in range(1, 51)
    ]
    await console.rig.gateway.ledger.accept(messages)
    page = await console.look("/console/deliveries?state=open")
    assert len(listed(page)) == 50
    assert not [link for link in page.links if "cursor=" in link]


async def test_the_form_keeps_what_was_chosen(console: Console) -> None:
    page = await console.look("/console/deliveries?destination=elsewhere&state=dead&code=HTTP_503")
    chosen = [one.get("value") for one in page.all("option") if one.get("selected") is not None]
    assert chosen == ["elsewhere", "dead", None]  # and the number of rows
    typed = [one for one in page.all("input") if one.get("name") == "code" and one.get("type") != "hidden"]
    assert [one.get("value") for one in typed] == ["HTTP_503"]
    offered = {one.get("value") for one in page.all("option")}
    assert {"national_portal", "onestop/mot-cua", "open", "uncertain"} <= offered
    assert "Không có gì như vậy" in page.text
