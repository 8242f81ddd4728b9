"""Failures on the command line: groups, editing, skipping, superseding, deciding; served and on the ledger alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import open_ledger
from gateway.ledger.port import NewDelivery
from gateway.message import Uncertain
from gateway.settings import load_settings
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, dead
from tests.cli.conftest import Run, Served, data_of, refused_with
from tests.cli.test_commands import dead_one, until, write

GOOD = {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"}


def the_group(run: Run, on: Path) -> dict[str, Any]:
    groups: list[dict[str, Any]] = data_of(run("groups", "list", "--json", on=on))
    return next(one for one in groups if one["code"] == "UNMAPPED_CODE")


# ---- served ----------------------------------------------------------------------------------------------------------


def test_a_group_is_shown_and_written_on(run: Run, served: Served, tmp_path: Path) -> None:
    dead_one(run, served, tmp_path, 40)
    on = served.data_dir
    fingerprint = the_group(run, on)["fingerprint"]
    shown = run("groups", "show", fingerprint, on=on).stdout
    assert "UNMAPPED_CODE" in shown and "lienthong replay" in shown
    assert data_of(run("groups", "note", fingerprint, "chờ Sở", "--json", on=on))["note"] == "chờ Sở"
    assert data_of(run("groups", "owner", fingerprint, "tổ hỗ trợ", "--json", on=on))["owner"] == "tổ hỗ trợ"
    named = data_of(run("groups", "name", fingerprint, "--vi", "Thiếu mã", "--en", "No code", "--json", on=on))
    assert named["title"] == {"vi": "Thiếu mã", "en": "No code"}
    assert run("groups", "mute", fingerprint, "--for", "8h", on=on).exit_code == 2  # no reason
    assert run("groups", "mute", fingerprint, "--for", "soon", "--reason", "đã báo", on=on).exit_code == 2
    muted = data_of(run("groups", "mute", fingerprint, "--for", "8h", "--reason", "đã báo", "--json", on=on))
    assert muted["muted"]["reason"] == "đã báo"
    assert data_of(run("groups", "unmute", fingerprint, "--json", on=on))["muted"] is None
    listed = data_of(run("deliveries", "list", "--group", fingerprint, "--json", on=on))["items"]
    assert listed and {one["last_error"]["code"] for one in listed} == {"UNMAPPED_CODE"}
    refused_with(run("groups", "show", "0000000000000000", on=on))


def test_a_dossier_is_opened_corrected_and_sent_again(run: Run, served: Served, tmp_path: Path) -> None:
    delivery, on = dead_one(run, served, tmp_path, 41), served.data_dir
    assert run("edit", delivery["id"], on=on).exit_code == 2  # neither a file nor a purpose
    opened = data_of(run("edit", delivery["id"], "--purpose", "tra mã", on=on))
    assert opened["editable"] and opened["locked"]
    opened["document"]["procedure"] = GOOD
    file = write(tmp_path / "corrected.json", json.dumps(opened))
    assert run("edit", delivery["id"], "--file", file, on=on).exit_code == 2  # no reason
    words = ("edit", delivery["id"], "--file", file, "--reason", "mã thủ tục", "--json")
    assert "FIELD_LOCKED" in refused_with(run(*words, on=on))
    done = data_of(run(*words, "--unlock", on=on))
    assert done["changed"] == ["/procedure/code", "/procedure/name"]
    until(run, served, done["id"], "delivered")
    shown = data_of(run("messages", "show", done["edit_of"]["message_id"], "--json", on=on))
    assert shown["edited_as"] == [done["id"]]


def test_a_held_head_is_skipped_then_superseded(run: Run, served: Served, tmp_path: Path) -> None:
    delivery, on = dead_one(run, served, tmp_path, 42), served.data_dir
    assert run("skip", delivery["id"], on=on).exit_code == 2
    skipped = data_of(run("skip", delivery["id"], "--reason", "hồ sơ cũ", "--json", on=on))
    assert skipped == {"id": delivery["id"], "state": "dead", "holds_lane": False}
    refused_with(run("skip", delivery["id"], "--reason", "lần nữa", on=on))
    done = data_of(run("supersede", delivery["id"], "--reason", "có bản mới", "--json", on=on))
    assert (done["state_before"], done["state"]) == ("dead", "superseded")


# ---- the ledger alone ------------------------------------------------------------------------------------------------


@pytest.fixture
def left_behind(tmp_path: Path) -> dict[str, NewDelivery]:
    """A ledger in this test's folder with an uncertain delivery, a dead one, and one behind it."""
    doubtful, gone, behind = a_delivery(lane=False), a_delivery(), a_delivery()

    async def fill() -> None:
        settings = load_settings(environment={}, overrides={"data_dir": str(tmp_path / "data")})
        async with open_ledger(settings) as (ledger, _):
            for one in (doubtful, gone, behind):
                await ledger.accept([a_message(one)])
            for one, decision in ((doubtful, Uncertain(a_fault("TIMEOUT", "uncertain"))), (gone, dead())):
                assert await ledger.begin_attempt(a_begin(one.id))
                assert await ledger.settle(a_settlement(one.id, decision))

    asyncio.run(fill())
    return {"doubtful": doubtful, "gone": gone, "behind": behind}


def test_a_decision_tells_the_consequences_before_it_is_made(run: Run, left_behind: dict[str, NewDelivery]) -> None:
    one = left_behind["doubtful"].id
    [listed] = data_of(run("uncertain", "list", "--json"))["items"]
    assert (listed["id"], listed["doubt"]["waits_for"]) == (one, "proof")
    shown = run("uncertain", "show", one).stdout
    assert "taken" in shown and "send_again" in shown and "give_up" in shown
    words = ("uncertain", "decide", one, "--choice", "taken", "--reason", "đã gọi điện", "--json")
    planned = run(*words)
    assert planned.exit_code == 2 and "⚠" in planned.stderr and "--yes" in planned.stderr
    assert run("uncertain", "decide", one, "--choice", "taken", "--yes").exit_code == 2  # no reason
    assert data_of(run(*words, "--yes"))["state"] == "delivered"
    refused_with(run(*words, "--yes"))
    assert data_of(run("uncertain", "list", "--json"))["items"] == []


def test_without_a_running_gateway_the_ledger_takes_the_same_commands(
    run: Run, left_behind: dict[str, NewDelivery]
) -> None:
    gone, behind = left_behind["gone"].id, left_behind["behind"].id
    group = the_group(run, Path.cwd() / "data")
    assert data_of(run("groups", "note", group["fingerprint"], "chờ", "--json"))["note"] == "chờ"
    assert data_of(run("dead", "groups", "--json"))[0]["code"] == "UNMAPPED_CODE"
    assert data_of(run("skip", gone, "--reason", "hồ sơ cũ", "--json"))["state"] == "dead"
    done = data_of(run("supersede", gone, "--by", behind, "--reason", "có bản mới", "--json"))
    assert done["state"] == "superseded"
    refused_with(run("edit", gone, "--purpose", "xem"))  # sealed by another installation's test key, or not editable


def test_the_tables_are_for_people(run: Run, left_behind: dict[str, NewDelivery]) -> None:
    for words in (("groups", "list"), ("uncertain", "list"), ("dead", "groups")):
        assert run(*words).exit_code == 0
    assert "TIMEOUT" in run("groups", "list").stdout
