"""The command line on a running gateway and on a ledger alone: the same words, the same operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, Served, data_of, refused_with
from tests.e2e.rig import progressed, recorded

UNMAPPED = {"code": "9.999999.000.00.00.H46", "name": "Thủ tục nội bộ"}


def event(number: int, dossier: int, **changes: Any) -> dict[str, Any]:
    return recorded(number, code=f"000.00.16.H46-250612-{dossier:04}", **changes)


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def until(run: Run, served: Served, message_id: str, state: str) -> dict[str, Any]:
    """The message once its delivery has reached a state; a bound, not a pause."""
    for _ in range(200):
        message: dict[str, Any] = data_of(run("messages", "show", message_id, "--json", on=served.data_dir))
        if message["deliveries"][-1]["state"] == state:
            return message
    raise AssertionError(message)


# ---- sending ---------------------------------------------------------------------------------------------------------


def test_a_file_is_sent_and_the_answer_is_its_id(run: Run, served: Served, tmp_path: Path) -> None:
    file = write(tmp_path / "one.json", event(1, 1))
    [answer] = data_of(run("send", file, "--json", on=served.data_dir))
    assert (answer["status"], answer["duplicate"]) == (202, False)
    assert until(run, served, answer["id"], "delivered")["outcome"] == "ok"


def test_a_list_is_sent_as_one_batch_and_lines_as_many(run: Run, served: Served, tmp_path: Path) -> None:
    batch = write(tmp_path / "batch.json", [event(1, 2), progressed(2, "received", code="000.00.16.H46-250612-0002")])
    lines = write(tmp_path / "lines.ndjson", json.dumps(event(1, 3)) + "\n\n" + json.dumps(event(1, 4)) + "\n")
    answers = data_of(run("send", batch, lines, "--json", on=served.data_dir))
    assert [answer["status"] for answer in answers] == [202] * 4
    assert len({answer["id"] for answer in answers}) == 4


def test_standard_input_is_a_file_too(run: Run, served: Served) -> None:
    [answer] = data_of(run("send", "-", "--json", on=served.data_dir, stdin=json.dumps(event(1, 5))))
    assert answer["file"] == "-"


def test_what_is_turned_away_says_why_and_fails(run: Run, served: Served, tmp_path: Path) -> None:
    file = write(tmp_path / "wrong.json", event(1, 6, applicant={"kind": "citizen"}))
    result = run("send", file, on=served.data_dir)
    assert result.exit_code == 1
    assert "SCHEMA_REQUIRED" in result.stdout and "/data/applicant/name" in result.stdout


def test_a_missing_file_and_xml_are_misuse(run: Run, served: Served, tmp_path: Path) -> None:
    assert run("send", "nothing-here.json", on=served.data_dir).exit_code == 2
    assert run("send", write(tmp_path / "a.xml", "<HoSo/>"), on=served.data_dir).exit_code == 2


def test_sending_without_a_running_gateway_says_how_to_start_one(run: Run, tmp_path: Path) -> None:
    result = run("send", write(tmp_path / "one.json", event(1, 7)))
    assert result.exit_code == 1
    assert "./run serve" in result.stderr


# ---- looking ---------------------------------------------------------------------------------------------------------


def test_a_dossier_shows_its_way_in_both_forms(run: Run, served: Served, tmp_path: Path) -> None:
    code = "000.00.16.H46-250612-0010"
    [answer] = data_of(run("send", write(tmp_path / "d.json", event(1, 10)), "--json", on=served.data_dir))
    until(run, served, answer["id"], "delivered")
    passport = data_of(run("dossier", code, "--json", on=served.data_dir))
    assert passport["last_confirmed"][0]["destination"] == "national_portal"
    shown = run("dossier", code, on=served.data_dir).stdout
    assert code in shown and "national_portal" in shown and "delivered" in shown


def test_lists_are_filtered_and_paged(run: Run, served: Served, tmp_path: Path) -> None:
    events = [event(1, 20 + number) for number in range(3)]
    data_of(run("send", write(tmp_path / "some.json", events), "--json", on=served.data_dir))
    first = data_of(run("messages", "list", "--type", events[0]["type"], "--limit", "2", "--json", on=served.data_dir))
    assert len(first["items"]) == 2
    second = data_of(run("messages", "list", "--limit", "2", "--cursor", first["next"], "--json", on=served.data_dir))
    assert {m["id"] for m in first["items"]}.isdisjoint(m["id"] for m in second["items"])
    one = data_of(run("deliveries", "list", "--subject", events[0]["subject"], "--json", on=served.data_dir))
    assert [delivery["subject"] for delivery in one["items"]] == [events[0]["subject"]] * len(one["items"])
    assert run("messages", "list", on=served.data_dir).exit_code == 0


def test_an_unknown_dossier_is_said_as_such(run: Run, served: Served) -> None:
    assert "/" in refused_with(run("dossier", "000.00.16.H46-250612-9999", on=served.data_dir))


def test_the_balance_adds_up_for_people_and_programs(run: Run, served: Served) -> None:
    assert data_of(run("balance", "--json", on=served.data_dir))["balance"] == 0
    assert "✓" in run("balance", on=served.data_dir).stdout
    assert data_of(run("balance", "--day", "2020-01-01", "--json", on=served.data_dir))["accepted"] == 0


# ---- acting ----------------------------------------------------------------------------------------------------------


def dead_one(run: Run, served: Served, tmp_path: Path, dossier: int) -> dict[str, Any]:
    file = write(tmp_path / "dead.json", event(1, dossier, procedure=UNMAPPED))
    [answer] = data_of(run("send", file, "--json", on=served.data_dir))
    delivery: dict[str, Any] = until(run, served, answer["id"], "dead")["deliveries"][-1]
    return delivery


def test_the_dead_are_listed_and_grouped_by_cause(run: Run, served: Served, tmp_path: Path) -> None:
    delivery = dead_one(run, served, tmp_path, 30)
    dead = data_of(run("dead", "list", "--json", on=served.data_dir))["items"]
    assert delivery["id"] in [one["id"] for one in dead]
    groups = data_of(run("dead", "groups", "--json", on=served.data_dir))
    assert [group["code"] for group in groups] == ["UNMAPPED_CODE"]
    assert "UNMAPPED_CODE" in run("dead", "groups", on=served.data_dir).stdout
    assert run("dead", on=served.data_dir).exit_code == 0


def test_a_replay_needs_a_reason_and_makes_a_new_delivery(run: Run, served: Served, tmp_path: Path) -> None:
    delivery = dead_one(run, served, tmp_path, 31)
    assert run("replay", delivery["id"], on=served.data_dir).exit_code == 2
    [done] = data_of(run("replay", delivery["id"], "--reason", "đã sửa danh mục", "--json", on=served.data_dir))
    assert done["replay_of"] == delivery["id"]


def test_a_replay_of_many_shows_its_plan_first(run: Run, served: Served, tmp_path: Path) -> None:
    dead_one(run, served, tmp_path, 32)
    words = (
        "replay",
        "--destination",
        "national_portal",
        "--code",
        "UNMAPPED_CODE",
        "--since",
        "2h",
        "--reason",
        "thử",
    )
    planned = run(*words, on=served.data_dir)
    assert planned.exit_code == 2 and "--yes" in planned.stderr
    job = run(*words, "--yes", "--json", on=served.data_dir)
    assert job.exit_code == 1  # nobody has mended the cause, so the very first one stops it
    assert (json.loads(job.stdout)["state"], json.loads(job.stdout)["counts"]["failed"]) == ("stopped", 1)


def test_a_discard_is_counted_in_the_balance(run: Run, served: Served, tmp_path: Path) -> None:
    delivery = dead_one(run, served, tmp_path, 33)
    before = data_of(run("balance", "--json", on=served.data_dir))["cancelled"]
    [done] = data_of(run("discard", delivery["id"], "--reason", "hồ sơ thử", "--json", on=served.data_dir))
    assert done["state_before"] == "dead"
    assert data_of(run("balance", "--json", on=served.data_dir))["cancelled"] == before + 1


def test_what_does_not_fit_the_state_fails_with_its_words(run: Run, served: Served, tmp_path: Path) -> None:
    delivery = dead_one(run, served, tmp_path, 34)
    data_of(run("discard", delivery["id"], "--reason", "hồ sơ thử", "--json", on=served.data_dir))
    again = run("discard", delivery["id"], "--reason", "lần nữa", "--json", on=served.data_dir)
    assert again.exit_code == 1
    assert not json.loads(again.stdout)[0]["ok"]


# ---- the ledger alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [("messages", "list"), ("deliveries", "list"), ("dead", "list"), ("dead", "groups"), ("balance",)],
)
def test_without_a_running_gateway_the_ledger_answers(run: Run, words: tuple[str, ...]) -> None:
    data_of(run(*words, "--json"))


@pytest.mark.parametrize(
    "words",
    [
        ("balance", "--day", "2025-02-30"), ("messages", "list", "--since", "2025-13-45"),
        ("deliveries", "list", "--since", "hôm qua"), ("audit", "export", "--purpose", "thử", "--since", "2025-03-10"),
        ("client", "rotate", "motcua", "--reason", "thử", "--keep", "abc"),
    ],
)  # fmt: skip
def test_without_a_running_gateway_a_day_or_a_span_that_is_none_is_said(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "✗" in result.stderr


def test_without_a_running_gateway_an_unknown_delivery_is_refused_and_audited(run: Run, tmp_path: Path) -> None:
    result = run("discard", "no-such-delivery", "--reason", "thử", "--json")
    assert result.exit_code == 1
    assert "no-such-delivery" in json.loads(result.stdout)[0]["error"]
    assert (tmp_path / "data" / "ledger.db").exists()
