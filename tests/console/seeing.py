"""A real browser in front of the console: Debian's Chromium, brought by apt where missing, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright

from gateway.demo.services.programs import Package, install
from tests.architecture.tree import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
CHROMIUM = Package("Chromium", ("chromium",), ())
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Its program; installed first as root. A machine that has none and lets nobody install it is a failure."""
    if given := os.environ.get("LIENTHONG_TEST_CHROMIUM"):
        return given
    if found := next(filter(None, map(shutil.which, _NAMES)), None):
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise AssertionError(
            "Thiếu Chromium. Hãy chạy: sudo apt-get install chromium; hoặc đặt LIENTHONG_TEST_CHROMIUM. / Chromium is "
            "missing: install it, or name one in LIENTHONG_TEST_CHROMIUM."
        )
    install(CHROMIUM)
    return str(shutil.which("chromium"))


async def launch(playwright: Playwright) -> Browser:
    """One browser; no download of Playwright's own."""
    # Chromium's own sandbox needs rights that root in a container does not have; it opens our own pages only.
    return await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])


async def grave(page: Page) -> list[str]:
    """What axe finds serious or critical on a page, with the place."""
    if not Path(AXE).is_file():
        raise AssertionError("Thiếu axe-core; hãy chạy ./run test. / axe-core is missing; run ./run test.")
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("() => axe.run(document)")
    return [
        f"{one['id']} {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
