"""Makes the pictures of `docs/screens/`: `python -m tests.console.screens`, after a change that people will see."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from adapters.national_portal.simulator import SimulatorSettings, build
from tests.architecture.tree import ROOT
from tests.console.conftest import DEAD, seed
from tests.console.looking import Console, looking
from tests.console.seeing import launch
from tests.e2e.rig import CODE, recorded

FOLDER = ROOT / "docs/screens"
PATHS = {
    "board": "/console",
    "messages": "/console/messages",
    "deliveries": "/console/deliveries",
    "dossier": f"/console/dossiers/{CODE}",
    "stopped": f"/console/dossiers/{DEAD}",
    "groups": "/console/groups",
    "replay-plan": "/console/replays/plan?code=UNMAPPED_CODE",
    "tail": "/console/tail",
    "bench": "/console/bench?name=national_portal/dossier.recorded.v1",
    "balance": "/console/balance",
    "charts": "/console/charts",
    "system": "/console/system",
}


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
                await browser.close()


async def _picture(
    browser: Browser, console: Console, name: str, path: str, *, locale: str = "vi-VN", width: int = 1366,
    height: int = 768,
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
    for one in console.browser.cookie_jar:
        await context.add_cookies([{"name": one.key, "value": one.value, "url": address}])
    page = await context.new_page()
    await page.goto(path)
    await page.wait_for_timeout(900)
    await page.screenshot(path=str(FOLDER / f"{name}.png"))
    await context.close()


if __name__ == "__main__":
    asyncio.run(main())
