"""From a POST to the figures a province is scored on: counted beside the way of a message, exported with a trace."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import aiohttp
from openpyxl import load_workbook

from tests.e2e.rig import ADMIN, KEY, Rig, eventually, recorded, running
from tests.operations.sheets import csv_of

PERIOD = "from=2025-06-01&to=2025-06-30"
HEAD = ("procedure", "level", "grade", "offered_on", "approved_on")


async def asked(rig: Rig, method: str, path: str, key: str = ADMIN, **more: Any) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, rig.gateway.address + path, **more) as response,
    ):
        return response.status, await response.read()


async def test_a_dossier_is_in_the_figures_soon_after_it_was_taken(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await rig.send(recorded(1, channel="online", filed_at="provincial_portal", level="commune"))
        await rig.settled()

        async def synchronised() -> bool:
            found = await rig.get(f"/v1/indicators?{PERIOD}")
            return bool(found["counts"]["synchronised"] == 1)

        await eventually(synchronised)
        found = await rig.get(f"/v1/indicators?{PERIOD}&agency=H46.16&level=commune")
        assert (found["counts"]["received"], found["counts"]["online"]) == (1, 1)
        assert found["days"][0]["day"] == "2025-06-12"
        assert (await rig.get("/v1/indicators?from=2025-07-01&to=2025-07-31"))["counts"]["received"] == 0

        status, content = await asked(rig, "GET", f"/v1/indicators/export?{PERIOD}&file=xlsx&purpose=b%C3%A1o+c%C3%A1o")
        assert status == 200
        question = {row[0]: row[1] for row in load_workbook(io.BytesIO(content))["Câu hỏi"].iter_rows(values_only=True)}
        assert question["from"] == "2025-06-01"
        status, content = await asked(rig, "GET", f"/v1/indicators/export?{PERIOD}&file=csv&purpose=quy+1")
        assert (status, b"from=2025-06-01" in content) == (200, True)
        audit = (await rig.gateway.ledger.audit_page(None, 5))["items"]
        assert [(one["action"], one["actor"], one["reason"], one["details"]["file"]) for one in audit] == [
            ("indicators.export", "administrator", "quy 1", "csv"),
            ("indicators.export", "administrator", "báo cáo", "xlsx"),
        ]
        for purpose in ("", "&purpose=+", "&purpose=" + "a" * 501):
            status, content = await asked(rig, "GET", f"/v1/indicators/export?{PERIOD}&file=csv{purpose}")
            assert (status, b"PURPOSE_REQUIRED" in content) == (422, True)

        status, _ = await asked(rig, "POST", "/v1/indicators/recount", json={"reason": "kiểm tra"})
        assert status == 202
        await eventually(synchronised)
        for query in ("from=2025-06-31", "level=village", "agency=x", "cursor=1"):
            assert (await asked(rig, "GET", f"/v1/indicators?{query}"))[0] == 422
        assert (await asked(rig, "GET", f"/v1/indicators/export?{PERIOD}&file=pdf&purpose=x"))[0] == 422
        assert (await asked(rig, "GET", f"/v1/indicators?{PERIOD}", KEY))[0] == 403, "senders have no business here"


async def test_the_register_is_imported_after_a_look_at_the_plan(tmp_path: Path) -> None:
    rows = (("1.001612", "commune", "full", "2025-01-01", "2024-11-01"), ("2.000815", "commune", "", "", "2025-01-01"))
    file = {"file_name": "so.csv", "content": base64.b64encode(csv_of(*rows, head=HEAD)).decode()}
    async with running(tmp_path, workers=1) as rig:  # the door in a process of its own
        status, planned = await asked(rig, "POST", "/v1/services/import", json=file)
        assert (status, b'"add":2' in planned.replace(b" ", b"")) == (200, True)
        fingerprint = (await _json(rig, "POST", "/v1/services/import", file))["fingerprint"]
        assert (await asked(rig, "POST", "/v1/services/import", json=file | {"fingerprint": fingerprint}))[0] == 422
        wanted = file | {"fingerprint": fingerprint, "reason": "phụ lục I"}
        assert (await _json(rig, "POST", "/v1/services/import", wanted))["done"] is True
        assert (await asked(rig, "POST", "/v1/services/import", json=wanted))[0] == 409
        found = await rig.get("/v1/services?overdue=true")
        [late] = found["items"]
        assert (late["procedure"], late["step"], late["due"]) == ("2.000815", "set_up", "2025-02-15")
        assert found["counts"]["procedures_full"] == 1
        assert (await asked(rig, "GET", "/v1/services?step=dance"))[0] == 422
        assert (await rig.get(f"/v1/indicators?{PERIOD}&agency=H46"))["counts"]["procedures"] == 2
        broken = {"file_name": "so.csv", "content": "%%%"}
        assert (await asked(rig, "POST", "/v1/services/import", json=broken))[0] == 422
        assert (await asked(rig, "POST", "/v1/services/import", KEY, json=file))[0] == 403


async def _json(rig: Rig, method: str, path: str, body: Any) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN}"}) as http,
        http.request(method, rig.gateway.address + path, json=body) as response,
    ):
        assert response.status == 200, await response.text()
        found: dict[str, Any] = await response.json()
        return found
