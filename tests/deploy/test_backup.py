"""A backup of a running installation, its loss, the way back: nothing sent twice, receipts verify, books balance."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from gateway.bootstrap import open_ledger, prepare_data_dir, signer
from gateway.bootstrap.backup import BackupError, make_backup, read_manifest
from gateway.bootstrap.restore import make_safe, put_back
from gateway.cli import check
from gateway.delivery.restored import MARK
from gateway.delivery.vitals import BACKUP_MARK
from gateway.errors import ConfigurationError
from gateway.ledger.owner import FolderOwnedError
from gateway.ledger.port import AuditEntry
from gateway.security.key_file import add_key
from gateway.security.receipts import read_proof
from gateway.settings import load_settings
from tests.e2e.province import Province
from tests.e2e.rig import ADMIN, Rig, recorded, running, settings_for
from tests.e2e.test_paying import a_request, patient, paying

OTHER = "000.00.16.H46-250612-0002"


async def steer(rig: Province | Rig, action: str, name: str) -> None:
    entry = AuditEntry("test", f"destination.{action}", name, "diễn tập / drill")
    await getattr(rig.gateway.ledger, action)(name, entry)


async def test_after_a_restore_no_payment_is_opened_twice(tmp_path: Path) -> None:
    """The backup says "not sent"; the platform has it. That is for a person or proof, never for a second page."""
    simulated, data, copy = patient(), tmp_path / "data", tmp_path / "copy"
    async with paying(data, simulated) as rig:
        first = await rig.send("payment.requested.v1", a_request(), "tt-1")
        await rig.reaches(first["id"], "delivered")
        await steer(rig, "pause", "payment")
        second = await rig.send("payment.requested.v1", a_request(OTHER), "tt-2")
        make_backup(data, None, copy)
        await steer(rig, "resume", "payment")
        await rig.reaches(second["id"], "delivered")
        lost = await rig.send("payment.requested.v1", a_request(OTHER, amount=5_000), "tt-3")
        await rig.reaches(lost["id"], "delivered")
        settings = rig.gateway.settings
    shutil.rmtree(data)

    done = await make_safe(settings, put_back(copy, data), "test")
    assert (done.doubtful, done.balance["balance"]) == (1, 0)
    async with paying(data, simulated) as rig:
        assert (await rig.delivery(first["id"]))["state"] == "delivered"
        assert (await rig.delivery(second["id"]))["state"] == "pending"  # everything is paused
        await steer(rig, "resume", "payment")
        shown = await rig.reaches(second["id"], "uncertain")
        assert shown["last_error"]["code"] == "RESTORED"
        assert len(simulated.attempts.all()) == 3
        # A person has looked, and says that it shall go out after all: then it does, once.
        choice = {"choice": "send_again", "reason": "bên kia không có", "attempt": shown["attempts"]}
        headers = {"Authorization": f"Bearer {ADMIN}"}
        url = f"{rig.gateway.address}/v1/deliveries/{shown['id']}/decide"
        async with aiohttp.ClientSession(headers=headers) as http, http.post(url, json=choice) as answer:
            assert answer.status == 200, await answer.text()
        await rig.reaches(second["id"], "delivered")
        assert len(simulated.attempts.all()) == 4
        # What came after the backup is not known here: its sender sends it again, under the same id.
        assert (await rig.send("payment.requested.v1", a_request(), "tt-1"))["duplicate"] is True
        assert (await rig.send("payment.requested.v1", a_request(OTHER, amount=5_000), "tt-3"))["duplicate"] is False
        assert (await rig.gateway.ledger.balance())["balance"] == 0


async def test_after_a_restore_receipts_verify_and_dossiers_go_on_in_order(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    async with running(data) as rig:
        first = await rig.send(recorded(1))
        await rig.settled()
        before = await receipt(rig, first["id"])
        await steer(rig, "pause", "national_portal")
        await rig.send(recorded(2, "processing"))
        make_backup(data, None, copy)
        await steer(rig, "resume", "national_portal")
        await rig.send(recorded(3, "processing", note="bản mới hơn"))
        await rig.settled()
        settings, portal = rig.gateway.settings, rig.portal
        seen = rig.effects
    shutil.rmtree(data)

    done = await make_safe(settings, put_back(copy, data), "test")
    assert (done.doubtful, done.paused) == (0, ("national_portal",))
    async with running(data, portal) as rig:
        await rig.send(recorded(3, "processing", note="bản mới hơn"))  # senders were told to send again
        await steer(rig, "resume", "national_portal")
        balance = await rig.settled()
        assert (balance["balance"], balance["superseded"]) == (0, 1)
        # The older snapshot never went out over the newer one, nor the newer one twice.
        assert len(rig.effects) == len(seen) + 1
        public = signer(rig.gateway.settings).public
        after = await receipt(rig, first["id"])
    for file in (before, after):
        assert read_proof(file, public).entries[0]["message"] == first["id"]


async def receipt(rig: Rig, message_id: str) -> bytes:
    async with rig.http.get(f"{rig.gateway.address}/v1/receipts/{message_id}") as answer:
        assert answer.status == 200
        return await answer.read()


async def test_a_running_installation_is_not_restored_into(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as rig:
        with pytest.raises(FolderOwnedError):
            await make_safe(rig.gateway.settings, "2026-01-01", "test")


async def test_a_ledger_whose_targets_the_configuration_does_not_know_is_not_taken_for_safe(tmp_path: Path) -> None:
    """Which deliveries may not be sent twice stands in the configuration; without it nothing would be in doubt."""
    data, copy, new = tmp_path / "data", tmp_path / "copy", tmp_path / "new"
    async with running(data) as rig:
        await steer(rig, "pause", "national_portal")
        await rig.send(recorded(1))
        make_backup(data, None, copy)
    unconnected = load_settings(environment={}, overrides={"data_dir": str(new)})
    with pytest.raises(ConfigurationError, match="national_portal"):
        await make_safe(unconnected, put_back(copy, new), "test")
    with pytest.raises(ConfigurationError, match="lienthong restore"):
        async with running(new):
            pass
    settings = settings_for(new, "http://127.0.0.1:9")
    assert (await make_safe(settings, put_back(copy, new), "test")).paused == ("national_portal",)


async def test_an_installation_that_is_connected_to_nothing_yet_is_restored(saved: Path) -> None:
    settings = load_settings(environment={}, overrides={"data_dir": str(saved / "new")})
    done = await make_safe(settings, put_back(saved / "copy", saved / "new"), "test")
    assert (done.doubtful, done.balance["balance"]) == (0, 0)
    assert not (saved / "new" / MARK).exists()


@pytest.fixture
async def saved(tmp_path: Path) -> Path:
    """A backup with a configuration and a mapping of the province's own."""
    data = tmp_path / "data"
    async with running(data) as rig:
        await rig.send(recorded(1))
        await rig.settled()
        (data / "mappings").mkdir(exist_ok=True)
        (data / "mappings" / "ghi-chu.txt").write_text("của tỉnh", "utf-8")
        configuration = tmp_path / "lienthong.toml"
        configuration.write_text("production = false\n")
        make_backup(data, configuration, tmp_path / "copy")
    return tmp_path


async def test_a_backup_holds_everything_and_is_never_overwritten(saved: Path) -> None:
    manifest = read_manifest(saved / "copy")
    assert {"ledger.db", "keys.json", "signing.json", "lienthong.toml"} <= set(manifest.files)
    assert (saved / "copy").stat().st_mode & 0o077 == 0
    assert (saved / "data" / BACKUP_MARK).exists()
    with pytest.raises(BackupError, match="không ghi đè"):
        make_backup(saved / "data", None, saved / "copy")


async def test_a_changed_byte_or_a_missing_file_of_a_backup_is_found(saved: Path) -> None:
    with (saved / "copy" / "ledger.db").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    (saved / "copy" / "keys.json").unlink()
    with pytest.raises(BackupError, match=r"keys\.json, ledger\.db"):
        put_back(saved / "copy", saved / "new")


async def test_what_is_there_is_not_replaced(saved: Path) -> None:
    with pytest.raises(BackupError, match="đừng xoá"):
        put_back(saved / "copy", saved / "data")
    put_back(saved / "copy", saved / "new")
    assert (saved / "new" / "lienthong.toml.restored").exists()
    assert (saved / "new" / "mappings" / "ghi-chu.txt").read_text("utf-8") == "của tỉnh"


@pytest.mark.parametrize("name", ["mappings/ghi-chu.txt", "lienthong.toml.restored"])
async def test_a_mapping_or_a_configuration_that_says_something_else_is_not_replaced(saved: Path, name: str) -> None:
    there = saved / "new" / name
    there.parent.mkdir(parents=True)
    there.write_text("khác", "utf-8")
    with pytest.raises(BackupError, match=name):
        put_back(saved / "copy", saved / "new")
    assert there.read_text("utf-8") == "khác" and not (saved / "new" / MARK).exists()
    shutil.copy(saved / "copy" / name.removesuffix(".restored"), there)
    put_back(saved / "copy", saved / "new")


@pytest.mark.parametrize("left", ["ledger.db-wal", "ledger.db-shm", "ledger.db-journal"])
async def test_what_another_ledger_left_beside_is_not_played_into_the_restored_one(saved: Path, left: str) -> None:
    (saved / "new").mkdir()
    (saved / "new" / left).write_bytes(b"of another ledger")
    with pytest.raises(BackupError, match=left):
        put_back(saved / "copy", saved / "new")
    assert not (saved / "new" / "ledger.db").exists()


@pytest.mark.parametrize("laid", ["the keys", "everything"])
async def test_a_restore_that_was_cut_off_keeps_the_gateway_from_starting_until_it_is_through(
    saved: Path, laid: str
) -> None:
    """The ledger that was put back believes unsent what went out since: nothing may start before all is paused."""
    new = saved / "new"
    new.mkdir()
    if laid == "the keys":
        (new / "mappings").write_text("hinders")
        with pytest.raises(BackupError, match="chạy lại"):
            put_back(saved / "copy", new)
        (new / "mappings").unlink()
    else:
        put_back(saved / "copy", new)
    assert ((new / "keys.json").exists(), (new / "ledger.db").exists()) == (True, laid == "everything")
    with pytest.raises(ConfigurationError, match="lienthong restore"):
        async with running(new):
            pass
    with closing(sqlite3.connect(saved / "data" / "ledger.db")) as later:
        later.execute("PRAGMA user_version=7")
    make_backup(saved / "data", None, saved / "other")
    with pytest.raises(BackupError, match=MARK):
        put_back(saved / "other", new)
    settings = settings_for(new, "http://127.0.0.1:9")
    assert (await make_safe(settings, put_back(saved / "copy", new), "test")).paused == ("national_portal",)
    async with running(new) as rig:
        assert (await rig.gateway.ledger.balance())["balance"] == 0


async def test_a_backup_removes_nothing_that_it_did_not_make(saved: Path) -> None:
    draft = saved / "next.part"
    draft.mkdir()
    (draft / "ledger.db").write_text("của lần khác")
    with pytest.raises(BackupError, match=r"next\.part"):
        make_backup(saved / "data", None, saved / "next")
    assert (draft / "ledger.db").exists()


async def test_a_backup_whose_time_cannot_be_noted_says_so_and_is_whole(saved: Path) -> None:
    mark = saved / "data" / BACKUP_MARK
    mark.unlink()
    mark.symlink_to(saved / "nowhere" / "mark")
    with pytest.raises(BackupError, match="đã trọn vẹn"):
        make_backup(saved / "data", None, saved / "next")
    assert read_manifest(saved / "next").files


async def test_a_backup_without_keys_wants_them_first(saved: Path) -> None:
    make_backup(saved / "data", None, saved / "bare", keys=False)
    assert not {"keys.json", "signing.json", "admin.token"} & set(read_manifest(saved / "bare").files)
    with pytest.raises(BackupError, match=r"keys\.json"):
        put_back(saved / "bare", saved / "new")
    (saved / "new").mkdir()
    for name in ("keys.json", "signing.json"):
        shutil.copy(saved / "data" / name, saved / "new")
    put_back(saved / "bare", saved / "new")


def test_keys_that_change_during_the_copy_are_copied_with_the_ledger_they_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger without the key that sealed its newest bodies would be no backup."""
    from gateway.bootstrap import backup

    data = tmp_path / "data"
    prepare_data_dir(data)
    copies = []

    def copy(_: Path, target: Path, __: object) -> None:
        if not copies:
            add_key(data / "keys.json")
        copies.append(target)
        target.touch()

    (data / "ledger.db").touch()
    monkeypatch.setattr(backup, "copy_ledger", copy)
    make_backup(data, None, tmp_path / "copy")
    assert len(copies) == 2
    assert set(json.loads((tmp_path / "copy" / "keys.json").read_text())["keys"]) == {"k1", "k2"}


async def test_where_messages_are_and_no_keys_no_other_ring_is_made(saved: Path) -> None:
    settings = settings_for(saved / "data", "http://127.0.0.1:9")
    (saved / "data" / "keys.json").rename(saved / "kept.json")
    with pytest.raises(ConfigurationError, match=r"keys\.json"):
        async with running(saved / "data"):
            pass
    with pytest.raises(ConfigurationError, match="chép"):
        async with open_ledger(settings):
            pass
    with pytest.raises(ConfigurationError, match="no key ring"):
        await check._key_ring(settings)
    assert not (saved / "data" / "keys.json").exists()
    (saved / "kept.json").rename(saved / "data" / "keys.json")
    async with open_ledger(settings) as (ledger, _):
        message, *_ = (await ledger.messages_page({}, None, 5))["items"]
        assert await ledger.message_body(message["id"])
