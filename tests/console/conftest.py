"""One gateway with something of everything in it, for all tests of this process that only look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from adapters.national_portal.simulator import SimulatorSettings, build, faults
from tests.console import seeing
from tests.console.looking import Console, held_by, looking
from tests.console.seeing import LOCALES, SIZES, is_complaint
from tests.e2e.rig import progressed, recorded

REFUSED, DEAD, LATER = (f"000.00.16.H46-250612-000{n}" for n in (2, 3, 4))
UNMAPPED = {"code": "9.999999.000.00.00.H46", "name": "Thủ tục nội bộ"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    """One dossier went through, one was refused, one is dead and holds its progress, one waits for its next try."""
    folder: Path = tmp_path_factory.mktemp("console")
    portal = build(SimulatorSettings())
    async with looking(folder, portal, retry_schedule=["1h"], mode="sandbox") as console:
        await seed(console)
        yield console


async def seed(console: Console) -> None:
    """What the tests look at."""
    rig, portal = console.rig, console.rig.portal
    await rig.send(recorded(1, note="điều bí mật"))
    await rig.send(progressed(2, "received", "processing"))
    await rig.settled()
    portal.next(faults.refuse("-1", "Thiếu trường TenTTHC: Lê Thị Mẫu Đơn, 044999000123"), on="DongBoHoSoMC")
    await rig.send(recorded(1, code=REFUSED))
    await rig.settled()
    dead = await rig.send(recorded(1, code=DEAD, procedure=UNMAPPED))
    await rig.reaches(dead["id"], "dead")
    await rig.send(progressed(2, "received", code=DEAD))
    portal.next(faults.http_status(503), on="DongBoHoSoMC")
    later = await rig.send(recorded(1, code=LATER))
    await rig.reaches(later["id"], "waiting")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests of this process."""
    async with async_playwright() as playwright:
        browser = await seeing.launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signed_in(chromium: Browser, seeded: Console) -> AsyncIterator[dict[str, BrowserContext]]:
    """Somebody with the console open, in either language."""
    contexts = {
        language: await chromium.new_context(
            base_url=seeded.rig.gateway.address,
            locale=locale,
            viewport=SIZES["desk"],  # type: ignore[arg-type]
        )
        for language, locale in LOCALES.items()
    }
    held = {"name": "lienthong_session", "value": held_by(seeded.browser), "url": seeded.rig.gateway.address}
    for context in contexts.values():
        await context.add_cookies([held])  # type: ignore[list-item]
    yield contexts
    for context in contexts.values():
        await context.close()


@pytest_asyncio.fixture(loop_scope="session", params=list(LOCALES))
async def page(signed_in: dict[str, BrowserContext], request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page in one of the languages; whatever the browser complains of is a failure."""
    made = await signed_in[request.param].new_page()
    complaints: list[str] = []
    made.on("console", lambda told: complaints.append(told.text) if is_complaint(told) else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    await made.close()
    assert complaints == []
