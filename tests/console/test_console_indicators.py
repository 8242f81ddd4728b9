"""The indicators screen: figures with both denominators, charts that read without being seen, files with a trace."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from gateway.ledger.port import AuditEntry
from gateway.ledger.services.port import Service
from tests.console.looking import Console
from tests.e2e.rig import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")
PERIOD = "from=2025-06-12&to=2025-06-13"
SCREEN = f"/console/indicators?{PERIOD}"


async def counted(console: Console) -> None:
    async def all_of_it() -> bool:
        state = await console.rig.gateway.ledger.counting_state()
        return state.reached == state.last and not state.recounting

    await eventually(all_of_it)


async def test_it_shows_points_targets_units_and_a_chart_with_its_data(seeded: Console) -> None:
    await counted(seeded)
    page = await seeded.look(SCREEN)
    assert page.status == 200
    assert "Hồ sơ đồng bộ lên Cổng DVCQG" in page.text and "Nguồn khác" in page.text
    assert "000.00.16.H46" in page.text
    first, second = page.all("figure", "chart")
    assert [one.get("role") for one in first.iter("svg")] == ["img"]
    assert [row.text for row in first.iter("th") if row.get("scope") == "row"] == ["2025-06-12", "2025-06-13"]
    assert len(list(second.iter("td"))) == 4
    english = await seeded.look(SCREEN, language="en")
    assert "Dossiers synchronised with the national portal" in english.text and "Measured elsewhere" in english.text


async def test_a_service_whose_step_is_overdue_is_named(seeded: Console) -> None:
    late = Service("1.000077", "commune", "Thủ tục <mẫu>", approved_on="2025-01-01")
    entry = AuditEntry("admin", "services.import", "services", "thử")
    await seeded.rig.gateway.ledger.put_services([late], [], entry)
    page = await seeded.look(SCREEN)
    assert "1.000077 Thủ tục <mẫu>" in page.text and "2025-02-15" in page.text
    await seeded.rig.gateway.ledger.put_services([], [("1.000077", "commune")], entry)


async def test_a_file_is_taken_away_with_a_trace(seeded: Console) -> None:
    [form] = [one for one in (await seeded.look(SCREEN)).all("form") if one.get("action", "").endswith("/export")]
    fields = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
    url, ours = f"{seeded.rig.gateway.address}{form.get('action')}", {"Sec-Fetch-Site": "same-origin"}
    filled = fields | {"file": "xlsx", "reason": "báo cáo quý"}
    async with seeded.browser.post(url, data=filled, headers=ours) as response:
        assert response.status == 200, await response.text()
        book = load_workbook(io.BytesIO(await response.read()))
    assert book["Câu hỏi"]["B2"].value == "2025-06-12"
    [entry] = (await seeded.rig.gateway.ledger.audit_page(None, 1))["items"]
    assert (entry["action"], entry["reason"], entry["details"]["file"], entry["details"]["from"]) == (
        "indicators.export", "báo cáo quý", "xlsx", "2025-06-12",
    )  # fmt: skip
    await seeded.fill("/console/indicators/export", 422, file="xlsx")
    [still] = (await seeded.rig.gateway.ledger.audit_page(None, 1))["items"]
    assert still == entry


async def test_what_cannot_be_asked_is_said_on_a_page(seeded: Console) -> None:
    for query in ("from=x", "from=2025-02-30", "to=9999-12-31", "level=village", "agency=x"):
        await seeded.look(f"/console/indicators?{query}", 422)
    await seeded.fill("/console/indicators/export", 422, file="pdf", reason="thử")
