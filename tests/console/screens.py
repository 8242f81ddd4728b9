"""Makes the pictures of `docs/screens/`: `python -m tests.console.screens`, after a change that people will see."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, async_playwright

from adapters.national_portal.simulator import SimulatorSettings, build, faults
from tests.architecture.tree import ROOT
from tests.console.conftest import DEAD, seed
from tests.console.looking import Console, Document, looking
from tests.console.seeing import launch
from tests.e2e.rig import CODE, progressed, recorded

FOLDER = ROOT / "docs/screens"
RECORDED = "vn.lienthong.dossier.recorded.v1"
PATHS = {
    "board": "/console",
    "messages": "/console/messages",
    "deliveries": "/console/deliveries",
    "dossier": f"/console/dossiers/{CODE}",
    "stopped": f"/console/dossiers/{DEAD}",
    "groups": "/console/groups",
    "replay-plan": "/console/replays/plan?code=UNMAPPED_CODE",
    "tail": "/console/tail",
    "mappings": "/console/mappings",
    "bench": "/console/bench?name=national_portal/dossier.recorded.v1",
    "codes": "/console/codes",
    "code-list": "/console/codes/procedures",
    "balance": "/console/balance",
    "reconciliations": "/console/reconciliations",
    "indicators": "/console/indicators",
    "charts": "/console/charts",
    "system": "/console/system",
    "users": "/console/users",
    "clients": "/console/clients",
    "client": "/console/clients/mot-cua",
    "unmapped": "/console/unmapped",
    "audit": "/console/audit",
    "help": "/console/help",
}
FOUND = ("message", "group", "edit", "doubt", "replay", "reconciliation", "sign-in")
"""Pictures of what has an address of its own each time, or none who look at it signed in."""


async def main() -> None:
    """Every screen at 1366×768 in Vietnamese, the board in English and on a phone too."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        portal = build(SimulatorSettings())
        async with looking(Path(folder), portal, retry_schedule=["1h"], mode="sandbox") as console:
            await seed(console)
            async with async_playwright() as playwright:
                browser = await launch(playwright)
                for name, path in PATHS.items():
                    await _picture(browser, console, name, path)
                    if name == "tail":
                        await console.rig.send(recorded(1, code="000.00.16.H46-250612-0099"))
                await _picture(browser, console, "board-en", "/console", locale="en-US")
                await _picture(browser, console, "board-phone", "/console", width=390, height=800)
                for name, path in (await _found(console)).items():
                    await _picture(browser, console, name, path, signed_in=name != "sign-in")
                await browser.close()


async def _found(console: Console) -> dict[str, str]:
    """Where the pictures of `FOUND` are taken; a doubt, a replay and a reconciliation are made for them."""
    rig, ledger = console.rig, console.rig.gateway.ledger
    [message] = (await ledger.messages_page({"subject": CODE, "type": RECORDED}, None, 1))["items"]
    [dead] = (await ledger.deliveries_page({"subject": DEAD, "state": "dead"}, None, 1))["items"]
    rig.portal.next(faults.cut_before_commit(), on="CapNhatTienDoHoSoMC")
    doubtful = await rig.send(progressed(1, "processing", code="000.00.16.H46-250612-0098"))
    doubt = await rig.reaches(doubtful["id"], "uncertain")
    group = next(link for link in (await console.look("/console/groups")).links if "/groups/" in link)
    plan = await console.look(PATHS["replay-plan"])
    replay = await console.fill("/console/replays", **_filled(plan, "digest"), reason="mã đã có trong danh mục")
    reconciliations = await console.look(PATHS["reconciliations"])
    begun = await console.fill(PATHS["reconciliations"], **_filled(reconciliations, "destination"), reason="hằng tuần")
    return {
        "message": f"/console/messages/{message['id']}",
        "group": group,
        "edit": f"/console/deliveries/{dead['id']}/edit",
        "doubt": f"/console/deliveries/{doubt['id']}/decide",
        "replay": urlsplit(replay.address).path,
        "reconciliation": urlsplit(begun.address).path,
        "sign-in": "/console/sign-in",
    }


def _filled(page: Document, holds: str) -> dict[str, str]:
    """A form of a page as it stands there, by one of its fields."""
    form = next(one for one in page.all("form") if any(field.get("name") == holds for field in one.iter()))
    fields = {one.get("name", ""): one.get("value", "") for one in form.iter("input") if one.get("type") != "checkbox"}
    for choice in form.iter("select"):
        options = list(choice.iter("option"))
        chosen = next((one for one in options if one.get("selected") is not None), options[0])
        fields[choice.get("name", "")] = chosen.get("value", "")
    return {name: value for name, value in fields.items() if name not in ("", "csrf", "reason")}


async def _picture(
    browser: Browser, console: Console, name: str, path: str, *, locale: str = "vi-VN", width: int = 1366,
    height: int = 768, signed_in: bool = True,
) -> None:  # fmt: skip
    """What whoever is signed in at the tests' browser sees."""
    address = console.rig.gateway.address
    context = await browser.new_context(
        base_url=address,
        locale=locale,
        viewport={"width": width, "height": height},
        extra_http_headers=dict(console.browser.headers),
        color_scheme="light",
    )
    for one in console.browser.cookie_jar if signed_in else ():
        await context.add_cookies([{"name": one.key, "value": one.value, "url": address}])
    page = await context.new_page()
    await page.goto(path)
    await page.wait_for_timeout(900)
    await page.screenshot(path=str(FOLDER / f"{name}.png"))
    await context.close()


if __name__ == "__main__":
    asyncio.run(main())
