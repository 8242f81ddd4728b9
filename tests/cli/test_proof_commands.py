"""Receipts and their check on the command line, with a gateway running, without one, and with nothing but a key."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.bootstrap import database_url, open_ledger, prepare_data_dir, signer
from gateway.ledger.migrate import migrate
from gateway.settings import load_settings
from tests.builders import a_begin, a_delivery, a_message, a_settlement
from tests.cli.conftest import Run, Served, data_of, environment, refused_with, start, stop
from tests.cli.test_commands import event, until, write


@pytest.fixture
def file(run: Run, served: Served, tmp_path: Path) -> Path:
    """The receipt of a dossier that was just delivered."""
    [answer] = data_of(run("send", write(tmp_path / "one.json", event(1, 71)), "--json", on=served.data_dir))
    until(run, served, answer["id"], "delivered")
    out = tmp_path / "receipt.ndjson"
    assert run("receipt", answer["id"], "--out", out, on=served.data_dir).exit_code == 0
    return out


def test_a_receipt_is_checked_by_the_installation_that_made_it(run: Run, served: Served, file: Path) -> None:
    told = data_of(run("verify", file, "--json", on=served.data_dir))
    assert told["valid"] and told["entries"][0]["outcome"] == "delivered"


def test_anybody_checks_it_with_the_public_key_alone(run: Run, served: Served, file: Path, tmp_path: Path) -> None:
    key = run("keys", "public", on=served.data_dir).stdout
    kept = tmp_path / "lienthong.pub"
    kept.write_text(key)
    elsewhere = tmp_path / "elsewhere"
    for told in (key.strip(), str(kept)):
        assert run("verify", file, "--key", told, on=elsewhere).exit_code == 0
    assert run("verify", file, on=elsewhere).exit_code == 1  # another installation's key


def test_a_changed_receipt_is_refused_with_the_line(run: Run, served: Served, file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"outcome":"delivered"', b'"outcome":"refused"'))
    result = run("verify", file, on=served.data_dir)
    assert result.exit_code == 1 and "dòng 2" in result.stderr


def test_what_cannot_be_read_is_a_misuse(run: Run, tmp_path: Path) -> None:
    assert run("verify", tmp_path / "nothing").exit_code == 2


def test_without_a_gateway_the_command_chains_by_itself(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    served = start(folder)
    try:
        [answer] = data_of(run("send", write(tmp_path / "one.json", event(1, 72)), "--json"))
        until(run, served, answer["id"], "delivered")
    finally:
        stop(served)
    result = run("receipt", answer["id"])
    assert result.exit_code == 0
    assert json.loads(result.stdout.splitlines()[1])["entry"]["message"] == answer["id"]
    assert run("audit", "export").exit_code == 2
    exported = run("audit", "export", "--purpose", "thanh tra")
    assert exported.exit_code == 0
    assert run("audit", "check").exit_code == 0


def test_keys_are_rotated_and_listed_from_the_command_line(run: Run, tmp_path: Path) -> None:
    assert run("keys", "rotate").exit_code == 2  # without a reason
    rotated = data_of(run("keys", "rotate", "--reason", "định kỳ", "--json"))
    assert rotated == {"id": "k2", "seals": True, "searches": False}
    assert data_of(run("keys", "add", "--reason", "hai máy", "--json"))["id"] == "k3"
    assert data_of(run("keys", "use", "k3", "--reason", "đã chép", "--json"))["seals"]
    assert run("keys", "drop", "k1").exit_code == 2
    assert data_of(run("keys", "drop", "k1", "--reason", "trống", "--yes", "--json"))["id"] == "k1"
    assert [one["id"] for one in data_of(run("keys", "list", "--json"))] == ["k3", "k2", "s1"]
    assert data_of(run("keys", "rotate", "--search", "--reason", "lộ khóa", "--json"))["id"] == "s2"
    assert [one["id"] for one in data_of(run("keys", "list", "--json"))] == ["k3", "k2", "s2", "s1"]
    assert data_of(run("keys", "drop", "s1", "--reason", "trống", "--yes", "--json"))["id"] == "s1"


def test_what_retention_removed_is_told_from_what_was_never_there(run: Run, tmp_path: Path) -> None:
    gone = asyncio.run(retired(tmp_path / "data"))
    told = refused_with(run("receipt", gone))
    assert "đã bị xóa ngày" in told and "were removed on" in told
    assert "There is no delivery" in refused_with(run("receipt", "nothing"))
    assert run("audit", "check").exit_code == 0
    out = tmp_path / "audit.ndjson"
    assert run("audit", "export", "--purpose", "thanh tra", "--out", out).exit_code == 0
    checked = run("verify", out)
    assert checked.exit_code == 0 and "đã bị xóa theo thời hạn giữ" in checked.stdout


async def retired(folder: Path) -> str:
    """A ledger in which the only receipt went; the id of its delivery."""
    settings = load_settings(environment=environment(folder))
    prepare_data_dir(folder)
    await migrate(database_url(settings))
    old, young = (a_delivery(lane=False) for _ in range(2))
    async with open_ledger(settings) as (ledger, _):
        await ledger.accept([a_message(old, accepted_at=datetime(2020, 1, 1, tzinfo=UTC))])
        await ledger.accept([a_message(young)])
        await ledger.begin_attempt(a_begin(old.id))
        await ledger.settle(a_settlement(old.id, receipt=b"{}"))
        await ledger.chain(signer(settings), 100)
        await ledger.shred(datetime(2021, 1, 1, tzinfo=UTC), 100)
        await ledger.remove(datetime(2021, 1, 1, tzinfo=UTC), 100)
        assert await ledger.retire(datetime.now(UTC) + timedelta(days=2), 100) == (1, False)
    return str(old.id)
