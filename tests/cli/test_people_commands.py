"""Finding people and asking who saw them on the command line: numbers come on stdin, never as arguments."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run, Served, data_of
from tests.cli.test_commands import event, until, write

ME = "044999000123"


def test_a_person_is_found_and_who_looked_is_told(run: Run, served: Served, tmp_path: Path) -> None:
    sent = event(1, 81)
    [answer] = data_of(run("send", write(tmp_path / "one.json", sent), "--json", on=served.data_dir))
    until(run, served, answer["id"], "delivered")
    folder = served.data_dir
    number = sent["data"]["applicant"]["citizen_id"]
    assert run("find", number, "--purpose", "thử", on=folder).exit_code == 2  # it would stand in the list of processes
    assert run("find", stdin=number, on=folder).exit_code == 2  # without a purpose
    for listing in (("messages", "list", "-q"), ("deliveries", "list", "--subject"), ("payments", "list", "--subject")):
        refused = run(*listing, number, on=folder)
        assert (refused.exit_code, "lienthong find -" in refused.output) == (2, True)
    found = data_of(run("find", "-", "--purpose", "đối soát", "--json", stdin=f"{number}\n", on=folder))
    assert answer["id"] in [one["id"] for one in found["items"]]
    assert data_of(run("find", sent["subject"], "--json", on=folder))["kind"] == "dossier"
    masked = data_of(run("messages", "body", answer["id"], "--json", on=folder))
    assert masked["masked"] and number not in str(masked)
    whole = data_of(run("messages", "body", answer["id"], "--purpose", "khiếu nại", "--json", on=folder))
    assert whole["document"]["applicant"]["citizen_id"] == number
    seen = data_of(run("audit", "who-saw", "--purpose", "thanh tra", "--json", stdin=number, on=folder))
    assert [one["action"] for one in seen["items"]] == ["message.body_opened", "search.person"]


def test_without_a_gateway_the_ledger_itself_is_asked(run: Run) -> None:
    assert data_of(run("find", "-", "--purpose", "thử", "--json", stdin=ME))["items"] == []
    assert [
        one["action"] for one in data_of(run("audit", "who-saw", "--purpose", "thử", "--json", stdin=ME))["items"]
    ] == ["search.person"]
    assert run("audit", "who-saw", stdin=ME).exit_code == 2
    assert run("find", stdin="", on=None).exit_code == 2
