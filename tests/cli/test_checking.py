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
from gateway.bootstrap import prepare_data_dir
from gateway.cli.check_systems import tried
from gateway.ledger.migrate import revision, upgrade
from gateway.ledger.storage.opening import open_storage
from gateway.telemetry import tracing
from tests.cli.conftest import Run
from tests.e2e.province import Peer, province
from tests.e2e.rig import eventually, recorded
from tests.toml_text import toml_text

FIELDS = "LayDanhMucLinhVuc"


async def looked(
    run: Run, folder: Path, peers: Mapping[str, Peer], *words: str, top: Mapping[str, Any] | None = None, **changes: Any
) -> tuple[int, str]:
    """Exit status and output of `check` in a folder whose configuration leads to these systems."""
    adapters = {name: {**peer.section, **changes.get(name, {})} for name, peer in peers.items()}
    (folder / "lienthong.toml").write_text(toml_text({**(top or {}), "adapters": adapters}))
    result = await asyncio.to_thread(run, "check", *words)
    return result.exit_code, result.stdout


async def form(run: Run, folder: Path, peers: Mapping[str, Peer], **changes: Any) -> dict[tuple[str, str], Any]:
    """The lines about systems, by system and part."""
    status, text = await looked(run, folder, peers, "--json", **changes)
    found = json.loads(text or "[]")
    assert found and status == any(one["wrong"] for one in found)
    return {(one["what"], one["part"]): one for one in found if one["part"]}


def test_tracing_without_its_extra_is_wrong_and_the_command_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lienthong.toml").write_text("[tracing]\nenabled = true\n")
    found = {one["what"]: one for one in json.loads(run("check", "--no-probe", "--json").stdout)}
    assert found["truy vết / tracing"]["wrong"] is None
    with monkeypatch.context() as wrong:
        wrong.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "256")
        found = {one["what"]: one for one in json.loads(run("check", "--no-probe", "--json").stdout)}
        assert "OTEL_*: ValueError" in found["truy vết / tracing"]["wrong"]
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


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_ledger_of_an_older_version_is_not_changed_and_the_systems_are_tried(run: Run, tmp_path: Path) -> None:
    """Somebody who looks before an upgrade has not upgraded by it."""
    data, ledger = tmp_path / "data", tmp_path / "elsewhere.db"
    prepare_data_dir(data)
    storage = open_storage(f"sqlite:///{ledger}")
    await storage.write(lambda connection: upgrade(connection, "0001"))
    await storage.close()
    before = everything(tmp_path)
    dvcqg = portal.build()
    async with dvcqg.running() as url:
        peers = {"national_portal": Peer(dvcqg, url, portal.adapter_settings(url))}
        proxied = {"header": "X-C", "trusted": ["127.0.0.0/8"], "clients": {"dns:motcua": "mot-cua"}}
        top = {"database_url": f"sqlite:///{ledger}", "client_certificates": proxied}
        status, text = await looked(run, tmp_path, peers, "--json", top=top)
    found = {(one["what"], one["part"]): one for one in json.loads(text)}
    after = everything(tmp_path)
    after.pop("lienthong.toml")
    assert (status, await revision(f"sqlite:///{ledger}"), sorted(after)) == (1, "0001", sorted(before))
    assert "lienthong migrate" in found["sổ / ledger", ""]["wrong"]
    assert found["national_portal", "login"]["tried"] and found["national_portal", "login"]["wrong"] is None
    for line in (("địa chỉ tài liệu / document addresses", ""), ("national_portal", "DongBoHoSoMC"),
                 ("client_certificates", "")):  # fmt: skip
        assert not found[line]["tried"] and "not looked at" in found[line]["note"]


async def test_where_nothing_is_yet_nothing_is_made(run: Run, tmp_path: Path) -> None:
    dvcqg = portal.build()
    async with dvcqg.running() as url:
        peers = {"national_portal": Peer(dvcqg, url, portal.adapter_settings(url))}
        for top in ({"database_url": f"sqlite:///{tmp_path}/elsewhere.db"}, {}):
            found = await form(run, tmp_path, peers, top=top)
            assert found["national_portal", "login"]["wrong"] is None
            assert [path.name for path in tmp_path.iterdir()] == ["lienthong.toml"]


@pytest.mark.parametrize("broken", ["ledger", "ring"])
async def test_a_broken_ledger_or_ring_keeps_no_system_from_being_tried(broken: str, run: Run, tmp_path: Path) -> None:
    prepare_data_dir(tmp_path / "data")
    top = {"database_url": "postgresql://lienthong@127.0.0.1:1/lienthong"} if broken == "ledger" else {}
    if broken == "ring":
        await asyncio.to_thread(run, "migrate")
        (tmp_path / "data" / "keys.json").write_text("{")
    dvcqg = portal.build()
    async with dvcqg.running() as url:
        peers = {"national_portal": Peer(dvcqg, url, portal.adapter_settings(url))}
        status, text = await looked(run, tmp_path, peers, "--json", top=top)
    found = {(one["what"], one["part"]): one for one in json.loads(text)}
    assert status == 1
    assert found["sổ / ledger" if broken == "ledger" else "vòng khoá / key ring", ""]["wrong"]
    assert found["national_portal", "login"]["wrong"] is None and found["national_portal", FIELDS]["tried"]
    assert "not looked at" in found["national_portal", "DongBoHoSoMC"]["note"]


def test_whatever_is_broken_the_form_is_printed(run: Run, tmp_path: Path) -> None:
    """A driver that nobody knows, and a folder that cannot even be looked into."""
    section = portal.adapter_settings("http://127.0.0.1:9")
    (tmp_path / "lienthong.toml").write_text(toml_text({"adapters": {"national_portal": section}}))
    broken = {"LIENTHONG_DATABASE_URL": "mysql+none://a@127.0.0.1/x", "LIENTHONG_DATA_DIR": "x" * 300}
    result = run("check", "--no-probe", "--json", **broken)
    found = {one["what"]: one["wrong"] for one in json.loads(result.stdout or "[]")}
    assert result.exit_code == 1 and found["cấu hình / configuration"] is None
    assert found["sổ / ledger"] and found["vòng khoá / key ring"] and "tuyến và bộ nối / routes and adapters" in found


async def test_one_missing_right_hides_no_other_where_there_is_no_login(run: Run, tmp_path: Path) -> None:
    withheld = citizen_db.SimulatorSettings(withheld=frozenset({"TraCuuThongTinCongDan"}))
    database = citizen_db.build(withheld)
    async with database.running() as url:
        peers = {"citizen_db": Peer(database, url, citizen_db.adapter_settings(url))}
        found = await form(run, tmp_path, peers)
    assert found["citizen_db", "TraCuuThongTinCongDan"]["wrong"].startswith("XROAD_AccessDenied: ")
    assert found["citizen_db", "XacThucThongTinCongDan"]["wrong"] is None
    assert found["citizen_db", "XacThucThongTinCongDan"]["tried"]


async def test_of_a_portal_behind_a_gateway_every_service_is_tried(run: Run, tmp_path: Path) -> None:
    """Its login is the gateway's, so the first trial is a service like the others."""
    dvcqg = portal.build(portal.SimulatorSettings(withheld=frozenset({"LayDanhSachTTHC"})))
    async with dvcqg.running() as url:
        peers = {"national_portal": Peer(dvcqg, url, portal.adapter_settings(url, style="gateway"))}
        found = await form(run, tmp_path, peers)
    wrong = {part for (_, part), one in found.items() if one["wrong"]}
    assert wrong == {"LayDanhSachTTHC"} and next(iter(found)) == ("national_portal", "LayDanhSachTTHC")
    assert {part for (_, part), one in found.items() if not one["tried"]} == {"DongBoHoSoMC", "CapNhatTienDoHoSoMC"}


async def test_what_cannot_be_reached_is_asked_once(run: Run, tmp_path: Path) -> None:
    database = citizen_db.build()
    async with database.running() as url:
        section = citizen_db.adapter_settings(url)
    found = await form(run, tmp_path, {"citizen_db": Peer(database, url, section)})
    assert found["citizen_db", "TraCuuThongTinCongDan"]["wrong"].startswith("CONNECT: ")
    assert not found["citizen_db", "XacThucThongTinCongDan"]["tried"]


async def test_a_system_of_which_only_what_has_an_effect_is_routed_is_called_all_the_same(
    run: Run, tmp_path: Path
) -> None:
    platform = payment.build()
    route = {
        "type": "vn.lienthong.payment.requested.v1", "destination": "payment", "operation": "INIT",
        "mapping": "payment/payment.requested.v1", "lane": False,
    }  # fmt: skip
    async with platform.running() as url:
        peers = {"payment": Peer(platform, url, payment.adapter_settings(url, platform.settings))}
        found = await form(run, tmp_path, peers, top={"routes": [route]})
    assert [(part, one["tried"], one["wrong"]) for (_, part), one in found.items()] == [
        ("gọi thử / a trial call", True, None), ("INIT", False, None)
    ]  # fmt: skip


async def test_a_fault_of_an_adapter_is_a_line_of_its_own_and_names_its_kind() -> None:
    async def faulty() -> None:
        raise KeyError("Lê Thị Mẫu Đơn")

    async def well() -> None: ...

    first, second = await tried("land_registry", {"Tra": faulty, "Tim": well})
    assert first.wrong is not None and first.wrong.endswith(": KeyError") and "Mẫu Đơn" not in first.wrong
    assert second.wrong is None and second.tried
