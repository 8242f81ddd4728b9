"""`check` as a form per system: which login works, which right is missing, what only a real message will show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.citizen_db import simulator as citizen_db
from adapters.national_portal import simulator as portal
from adapters.payment import simulator as payment
from gateway.telemetry import tracing
from tests.cli.conftest import Run
from tests.e2e.province import Peer, province
from tests.e2e.rig import eventually, recorded
from tests.toml_text import toml_text

FIELDS = "LayDanhMucLinhVuc"


async def looked(run: Run, folder: Path, peers: Mapping[str, Peer], *words: str, **changes: Any) -> tuple[int, str]:
    """Exit status and output of `check` in a folder whose configuration leads to these systems."""
    adapters = {name: {**peer.section, **changes.get(name, {})} for name, peer in peers.items()}
    (folder / "lienthong.toml").write_text(toml_text({"adapters": adapters}))
    result = await asyncio.to_thread(run, "check", *words)
    return result.exit_code, result.stdout


async def form(run: Run, folder: Path, peers: Mapping[str, Peer], **changes: Any) -> dict[tuple[str, str], Any]:
    """The lines about systems, by system and part."""
    status, text = await looked(run, folder, peers, "--json", **changes)
    found = json.loads(text)
    assert status == any(one["wrong"] for one in found)
    return {(one["what"], one["part"]): one for one in found if one["part"]}


def test_tracing_without_its_extra_is_wrong_and_the_command_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lienthong.toml").write_text("[tracing]\nenabled = true\n")
    found = {one["what"]: one for one in json.loads(run("check", "--no-probe", "--json").stdout)}
    assert found["truy vết / tracing"]["wrong"] is None
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    found = {one["what"]: one for one in json.loads(run("check", "--no-probe", "--json").stdout)}
    assert "./run install --otel" in found["truy vết / tracing"]["wrong"]


async def test_the_login_works_and_the_right_to_one_service_is_missing(run: Run, tmp_path: Path) -> None:
    dvcqg = portal.build(portal.SimulatorSettings(withheld=frozenset({FIELDS})))
    async with dvcqg.running() as url:
        peers = {"national_portal": Peer(dvcqg, url, portal.adapter_settings(url))}
        found = await form(run, tmp_path, peers)
        wrong = {part: one["wrong"] for (_, part), one in found.items() if one["wrong"]}
        assert list(wrong) == [FIELDS] and wrong[FIELDS].startswith("SERVICE_UNKNOWN: ")
        assert "hãy hỏi" in wrong[FIELDS].lower() and "Ask" in wrong[FIELDS]
        assert next(iter(found)) == ("national_portal", "login")
        assert {part for (_, part), one in found.items() if not one["tried"]} == {"DongBoHoSoMC", "CapNhatTienDoHoSoMC"}
        assert (dvcqg.effects, dvcqg.counts()["logins"]) == ([], 2)
        _, text = await looked(run, tmp_path, peers)
    block = text[text.index("\nnational_portal\n") :].splitlines()
    assert "  ✓ login" in block[2] and any(line.startswith(f"  ✗ {FIELDS}: SERVICE_UNKNOWN") for line in block)
    assert any(line.startswith("  – DongBoHoSoMC") for line in block)


async def test_what_the_login_keeps_from_being_tried_is_not_called_wrong(run: Run, tmp_path: Path) -> None:
    dvcqg = portal.build()
    async with dvcqg.running() as url:
        peers = {"national_portal": Peer(dvcqg, url, portal.adapter_settings(url))}
        found = await form(run, tmp_path, peers, national_portal={"password": "other"})
    assert found["national_portal", "login"]["wrong"].startswith("LOGIN_REFUSED: ")
    assert not [one for (_, part), one in found.items() if part != "login" and (one["wrong"] or one["tried"])]


async def test_each_system_has_a_block_of_its_own(run: Run, tmp_path: Path) -> None:
    database = citizen_db.build(citizen_db.SimulatorSettings(withheld=frozenset({"XacThucThongTinCongDan"})))
    platform = payment.build()
    async with database.running() as first, platform.running() as second:
        peers = {
            "citizen_db": Peer(database, first, citizen_db.adapter_settings(first)),
            "payment": Peer(platform, second, payment.adapter_settings(second, platform.settings)),
        }
        found = await form(run, tmp_path, peers)
    assert found["payment", "QUERY"]["wrong"] is None and not found["payment", "INIT"]["tried"]
    assert found["citizen_db", "TraCuuThongTinCongDan"]["wrong"] is None
    assert found["citizen_db", "XacThucThongTinCongDan"]["wrong"].startswith("XROAD_AccessDenied: ")
    assert not found["citizen_db", "XacThucThongTinHoGiaDinh"]["tried"]


async def test_of_what_is_not_tried_the_ledger_knows_the_last_refusal(run: Run, tmp_path: Path) -> None:
    """Nobody sends a dossier to see whether it may be sent; but the last ones were turned away."""
    dvcqg = portal.build(portal.SimulatorSettings(withheld=frozenset({"DongBoHoSoMC"})))
    async with province(tmp_path / "data", {"national_portal": (dvcqg, portal.adapter_settings)}) as rig:
        sent = await rig.send("dossier.recorded.v1", recorded()["data"], "hs-1")

        async def turned_away() -> bool:
            return bool((await rig.delivery(sent["id"]))["last_error"])

        await eventually(turned_away)
    again = portal.build()
    async with again.running() as url:
        found = await form(run, tmp_path, {"national_portal": Peer(again, url, portal.adapter_settings(url))})
    assert found["national_portal", "DongBoHoSoMC"]["wrong"].startswith("SERVICE_UNKNOWN: ")
    assert found["national_portal", "CapNhatTienDoHoSoMC"]["wrong"] is None
