"""`./run soak`: a real browser watches the live tail of a busy gateway for minutes; its page must not grow.

Every message makes three events (accepted, attempt, settled), so a third of the events' rate is sent. The embedded
gateway, its senders and its portal are those of the benchmark.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from gateway.bench import senders
from gateway.bench.offices import EMBEDDED, START_WITHIN, Servers, office
from gateway.bench.process import child
from gateway.bench.run import CONNECTIONS, all_arrived
from gateway.bench.screens import an_operator
from tests.console import seeing

EVENTS_A_MESSAGE = 3
MOST_ROWS, MOST_GROWTH = 2_000, 50_000_000
LOOK_EVERY = 5.0
SETTLE_IN = 20.0
"""Seconds after which the table is full, so that growth counts from there."""
COUNTED = """
window.heard = 0;
window.leftOut = 0;
window.EventSource = class extends EventSource {
  addEventListener(name, handle) {
    const counts = ["accepted", "attempt", "settled"].includes(name);
    super.addEventListener(name, (event) => {
      if (counts) window.heard++;
      if (name === "left_out") window.leftOut += JSON.parse(event.data).count ?? 0;
      handle(event);
    });
  }
};
"""
"""Counts what the page is told, and what it was told that it missed."""


def main() -> int:
    """0 when the page stayed within its bounds at the rate asked for."""
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rate", type=int, default=500, help="events a second")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(soak(options.minutes * 60, options.rate, lambda text: print(text, file=sys.stderr, flush=True)))
    print(json.dumps(found) if options.json else "\n".join(f"{name:24} {value}" for name, value in found.items()))
    return int(not found["sound"])


async def soak(seconds: float, rate: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Watch for so long; what was seen of the page."""
    paced = -(-rate // EVENTS_A_MESSAGE)
    messages = round(paced * (seconds + SETTLE_IN))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lienthong-soak-")))
        portal = await stack.enter_async_context(child("portal", {"expected": messages}, folder))
        port = (await portal.hear("port", START_WITHIN))["port"]
        data = folder / "data"
        none: Any = None  # the embedded engine needs no servers
        served: Servers = none
        tested = await stack.enter_async_context(office(EMBEDDED, served, port, messages, folder, data=str(data)))
        name, password = await an_operator(tested.port, data)
        orders = senders.orders(tested.port, tested.key, messages, CONNECTIONS) | {"rate": paced, "warm_up": 0}
        sending = await stack.enter_async_context(child("paced", orders, folder))
        await sending.hear("ready", START_WITHIN)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await seeing.launch(playwright)
        stack.push_async_callback(browser.close)
        page = await _watching(await browser.new_page(base_url=f"http://127.0.0.1:{tested.port}"), name, password)
        sent = asyncio.create_task(sending.ask("go", seconds + 600))
        arriving = asyncio.create_task(all_arrived(portal, messages, lambda _: None))
        stack.callback(arriving.cancel)
        stack.callback(sent.cancel)
        return await _watch(page, seconds, rate, tell)


async def _watching(page: Page, name: str, password: str) -> Page:
    await page.add_init_script(COUNTED)
    await page.goto("/console/sign-in")
    await page.locator('input[name="name"]').fill(name)
    await page.locator('input[name="password"]').fill(password)
    await page.locator('main form[action$="/sign-in"] button').click()
    await page.wait_for_url("**/console")
    await page.goto("/console/tail")
    return page


async def _watch(page: Page, seconds: float, rate: int, tell: Callable[[str], None]) -> dict[str, Any]:
    devtools = await page.context.new_cdp_session(page)

    async def heap() -> int:
        await devtools.send("HeapProfiler.collectGarbage")
        return int((await devtools.send("Runtime.getHeapUsage"))["usedSize"])

    async def heard() -> int:
        return int(await page.evaluate("window.heard"))

    async def left_out() -> int:
        return int(await page.evaluate("window.leftOut"))

    await asyncio.sleep(SETTLE_IN)
    before, began, first, missed = await heap(), time.monotonic(), await heard(), await left_out()
    heaps, rows = [before], 0
    while (past := time.monotonic() - began) < seconds:
        await asyncio.sleep(min(LOOK_EVERY, seconds - past))
        rows = max(rows, await page.locator("#tail tbody tr").count())
        heaps.append(await heap())
        tell(f"{time.monotonic() - began:.0f} s: {await heard() - first} sự kiện / events, {rows} dòng / rows, "
             f"{(heaps[-1] - before) / 1e6:+.1f} MB")  # fmt: skip
    events, lasted = await heard() - first, time.monotonic() - began
    growth = max(heaps) - before
    return {
        "seconds": round(lasted, 1),
        "events": events,
        "events_per_second": round(events / lasted, 1),
        "left_out": await left_out() - missed,
        "most_rows": rows,
        "heap_growth_mb": round(growth / 1e6, 1),
        "sound": rows == MOST_ROWS and growth < MOST_GROWTH and events / lasted > 0.95 * rate,
    }


if __name__ == "__main__":
    raise SystemExit(main())
