"""A real browser in front of the console: Debian's Chromium, brought by apt where missing, driven by Playwright."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Playwright, expect

from gateway.demo.services.programs import Package, install
from tests.architecture.tree import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
CHROMIUM = Package("Chromium", ("chromium",), ())
LOCALES = {"vi": "vi-VN", "en": "en-US"}
SIZES = {"desk": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 800}}
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
    found: dict[str, Any] = await page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']} {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def is_complaint(told: ConsoleMessage) -> bool:
    """Whatever the browser calls an error, but that a page of ours answers 4xx where it should."""
    page_itself = told.text.startswith("Failed to load resource") and "/static/" not in told.location["url"]
    return told.type == "error" and not page_itself


async def arrived(page: Page, pattern: str) -> None:
    """Wait until a page is there with its scripts: keys pressed earlier would be lost on it."""
    await expect(page).to_have_url(re.compile(pattern))
    await page.wait_for_load_state()


async def opened(page: Page, path: str) -> None:
    """Go there, and see that nobody is kept out: axe finds nothing serious, and nothing is wider than the window."""
    await page.goto(path)
    assert await grave(page) == [], path
    for size in SIZES.values():
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (path, size)
    await page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]


def a_code(day: str) -> str:
    """A dossier that nobody spoke of before."""
    return f"000.00.16.H46-2506{day}-{time.time_ns() // 1000 % 9000 + 1000}"
