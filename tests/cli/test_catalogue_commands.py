"""Commands on mappings and code lists: plans first, changes with a reason, the same with and without a gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, Served, data_of, refused_with, start, stop
from tests.cli.test_commands import event, until, write
from tests.intake.documents import a_dossier
from tests.operations.candidates import ADDRESS, TEXT, candidate
from tests.operations.conftest import MAPPING
from tests.operations.sheets import csv_of, xlsx_of

LOCAL = {"code": "1.001612.000.00.00.H48", "name": "Đăng ký thành lập hộ kinh doanh"}
REASON = ("--reason", "công văn 999")


def table(folder: Path, text: str) -> Path:
    return write(folder / "mapping.2.yaml", text)


@pytest.fixture
def own_gateway(tmp_path: Path) -> Any:
    """A gateway whose catalogue this test may change."""
    served = start(tmp_path / "own")
    yield served
    stop(served)


# ---- looking -------------------------------------------------------------------------------------------------------


def test_every_mapping_is_listed_with_the_version_in_force(run: Run) -> None:
    found = {(one["name"], one["version"]): one for one in data_of(run("mappings", "list", "--json"))}
    assert found[MAPPING, "1"]["in_force"]
    assert "● đang dùng" in run("mappings", "list").stdout


def test_a_version_is_shown_as_it_was_written(run: Run) -> None:
    assert run("mappings", "show", MAPPING).stdout == TEXT
    assert data_of(run("mappings", "show", MAPPING, "--json"))["text"] == TEXT
    assert "no version" in refused_with(run("mappings", "show", MAPPING, "--version", "9"))


def test_code_lists_are_listed_shown_and_given_as_csv(run: Run) -> None:
    assert "channel" in [one["name"] for one in data_of(run("codelists", "list", "--json"))]
    assert data_of(run("codelists", "show", "channel", "--json"))["entries"][0]["canonical"] == "counter"
    assert (
        run("codelists", "show", "channel", "--csv").stdout.splitlines()[1] == "counter,1,Trực tiếp,at the counter,,,"
    )
    assert "Trực tiếp" in run("codelists", "show", "channel").stdout
    assert run("codelists", "list").exit_code == 0
    assert "procedures" in refused_with(run("codelists", "show", "nowhere"))


def test_the_examples_of_every_mapping_are_run(run: Run, tmp_path: Path) -> None:
    proven = data_of(run("mappings", "test", "--json"))
    assert MAPPING in {one["mapping"] for one in proven}
    assert [one for one in proven if one["wrong"]] == []
    assert len(data_of(run("mappings", "test", MAPPING, "--json"))) < len(proven)
    assert "no mapping" in refused_with(run("mappings", "test", "nowhere/x"))


def test_tables_are_checked_by_line_and_only_errors_fail(run: Run, tmp_path: Path) -> None:
    assert data_of(run("mappings", "lint", "--json")) == []
    warned = run("mappings", "lint", table(tmp_path, candidate(ADDRESS)))
    assert (warned.exit_code, "LOSS_CARRIED" in warned.stdout) == (0, True)
    file = table(tmp_path, candidate("  - {to: X, from: applicant.adress}"))
    wrong = run("mappings", "lint", file)
    line = file.read_text("utf-8").splitlines().index("  - {to: X, from: applicant.adress}") + 1
    assert wrong.exit_code == 1 and f"mapping.2.yaml:{line}: FIELD_UNKNOWN" in wrong.stdout
    assert "applicant.address" in wrong.stdout
    assert "FIELD_UNKNOWN" in run("mappings", "publish", file, *REASON).stdout


def test_own_examples_are_run_on_what_is_in_force_and_tell_what_is_wrong(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mappings" / "catalog" / MAPPING / "examples"
    folder.mkdir(parents=True)
    write(folder / "ours.in.json", a_dossier())
    write(folder / "ours.out.json", {"MaHoSo": "something else"})
    result = run("mappings", "test", MAPPING)
    assert result.exit_code == 1 and "ours" in result.stdout


# ---- previewing ----------------------------------------------------------------------------------------------------


def test_a_document_is_previewed_in_both_directions(run: Run, tmp_path: Path) -> None:
    sent = run("map", MAPPING, write(tmp_path / "in.json", a_dossier()))
    record = json.loads(sent.stdout)
    assert record["ChuHoSo"] == a_dossier()["applicant"]["name"]
    back = json.loads(run("map", MAPPING, write(tmp_path / "out.json", record), "--back").stdout)
    assert back["code"] == a_dossier()["code"]
    assert json.loads(run("map", MAPPING, "-", stdin=json.dumps(a_dossier())).stdout) == record


def test_a_candidate_is_previewed_before_it_is_published(run: Run, tmp_path: Path) -> None:
    file, new = write(tmp_path / "in.json", a_dossier()), table(tmp_path, candidate(ADDRESS, day="2099-07-01"))
    made = data_of(run("map", MAPPING, file, "--table", new, "--json"))
    assert made["mapping"]["version"] == "2" and "DiaChiChuHoSo" in made["document"]


def test_a_document_that_breaks_its_schema_is_told_so_without_a_traceback(run: Run, tmp_path: Path) -> None:
    result = run("map", MAPPING, write(tmp_path / "in.json", a_dossier(procedure="x", applicant=[])))
    assert result.exit_code == 1
    assert "SCHEMA_TYPE /procedure" in result.stderr and "SCHEMA_TYPE /applicant" in result.stderr


def test_warnings_go_to_the_person_and_the_document_to_the_pipe(run: Run, tmp_path: Path) -> None:
    result = run("map", MAPPING, write(tmp_path / "in.json", a_dossier(note="x" * 3000)))
    assert "TRUNCATED" in result.stderr and len(json.loads(result.stdout)["GhiChu"]) == 1999


@pytest.mark.parametrize(
    "words", [("nothing-here.json",), ("in.json", "--on", "tomorrow"), ("in.json", "--table", "nothing-here.yaml")]
)
def test_misuse_ends_with_two(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    write(tmp_path / "in.json", a_dossier())
    assert run("map", MAPPING, *words).exit_code == 2


# ---- publishing ----------------------------------------------------------------------------------------------------


def test_publishing_shows_what_changes_and_waits_for_a_yes(run: Run, tmp_path: Path) -> None:
    file = table(tmp_path, candidate(ADDRESS))
    planned = run("mappings", "publish", file, *REASON)
    assert planned.exit_code == 2 and "DiaChiChuHoSo" in planned.stdout and "--yes" in planned.stderr
    assert not (tmp_path / "data" / "mappings").exists()
    for words in (("publish", file, "--yes"), ("publish", file), ("trial", file)):
        without = run("mappings", *words)
        assert without.exit_code == 2 and "--reason" in without.stderr
    done = data_of(run("mappings", "publish", file, "--yes", *REASON, "--json"))
    assert (done["published"], done["version"], done["follows"]) == (True, "2", "1")
    listed = [one for one in data_of(run("mappings", "list", "--json")) if one["name"] == MAPPING]
    assert [(one["version"], one["in_force"]) for one in listed] == [("1", False), ("2", True)]


def test_the_day_can_be_given_and_the_plan_knows_it(run: Run, tmp_path: Path) -> None:
    file = table(tmp_path, candidate(ADDRESS, day="2099-01-01"))
    planned = json.loads(run("mappings", "publish", file, "--from", "2098-01-01", *REASON, "--json").stdout)
    assert (planned["published"], planned["effective_from"]) == (False, "2098-01-01")
    done = data_of(run("mappings", "publish", file, "--from", "now", "--yes", *REASON, "--json"))
    assert done["effective_from"] != "2099-01-01"
    assert data_of(run("mappings", "show", MAPPING, "--json"))["version"] == "2"
    assert run("mappings", "publish", file, "--from", "soon").exit_code == 2


def test_a_table_written_wrongly_names_its_line(run: Run, tmp_path: Path) -> None:
    file = table(tmp_path, candidate("  - {to: X, frm: y}"))
    for words in (("trial", file, *REASON), ("publish", file, *REASON), ("publish", file, "--yes", *REASON)):
        assert "mapping.yaml:" in refused_with(run("mappings", *words))


def test_a_version_is_withdrawn_with_a_reason(run: Run, tmp_path: Path) -> None:
    data_of(run("mappings", "publish", table(tmp_path, candidate(ADDRESS)), "--yes", *REASON, "--json"))
    assert run("mappings", "withdraw", MAPPING, "2").exit_code == 2
    assert data_of(run("mappings", "withdraw", MAPPING, "2", *REASON, "--json"))["in_force"] == "1"
    assert "đã rút" in run("mappings", "list").stdout


# ---- importing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_import_shows_its_plan_first(run: Run, tmp_path: Path, kind: str) -> None:
    row = (LOCAL["code"], "1.001612", LOCAL["name"], "", "", "", "")
    file = tmp_path / f"ma.{kind}"
    file.write_bytes(csv_of(row) if kind == "csv" else xlsx_of(row))
    planned = run("codelists", "import", "procedures", file)
    assert planned.exit_code == 2 and LOCAL["code"] in planned.stdout and "--yes" in planned.stderr
    assert run("codelists", "import", "procedures", file, "--yes").exit_code == 2, "a reason is needed"
    done = data_of(run("codelists", "import", "procedures", file, "--yes", *REASON, "--json"))
    assert (done["add"], done["done"]) == (1, True)
    again = run("codelists", "import", "procedures", file, "--json")
    assert (again.exit_code, json.loads(again.stdout)["unchanged"]) == (0, 1)


def test_flaws_of_a_file_name_row_and_column(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ma.xlsx"
    file.write_bytes(xlsx_of(("X", 1.00119, None, None, None, None, None)))
    said = refused_with(run("codelists", "import", "procedures", file))
    assert "CODE_IS_NUMBER" in said and "Dòng 2, cột B" in said
    assert run("codelists", "import", "procedures", "nothing-here.csv").exit_code == 2
    assert run("codelists", "import", "new", file, "--new-vi", "Mới").exit_code == 2


def test_a_new_list_is_made_by_naming_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mau.csv"
    file.write_bytes(csv_of(("red", "1", "", "", "", "", "")))
    words = ("codelists", "import", "colours", file, "--new-vi", "Màu", "--new-en", "colour")
    data_of(run(*words, "--yes", *REASON, "--json"))
    assert data_of(run("codelists", "show", "colours", "--json"))["vi"] == "Màu"


# ---- with a gateway running ----------------------------------------------------------------------------------------


def test_all_of_it_through_a_running_gateway(run: Run, own_gateway: Served, tmp_path: Path) -> None:
    on = own_gateway.data_dir
    sent = write(tmp_path / "dead.json", event(1, 71, procedure=LOCAL))
    [answer] = data_of(run("send", sent, "--json", on=on))
    dead = until(run, own_gateway, answer["id"], "dead")["deliveries"][-1]

    tried = data_of(
        run("mappings", "trial", table(tmp_path, candidate(ADDRESS)), "--last", "50", *REASON, "--json", on=on)
    )
    assert tried["candidate"]["follows"] == "1" and tried["report"]["broken"] == 0
    data_of(run("mappings", "publish", tmp_path / "mapping.2.yaml", "--yes", *REASON, "--json", on=on))

    [one] = data_of(run("codelists", "suggest", "--json", on=on))["items"]
    assert (one["code"], one["proposals"][0]["foreign"]) == (LOCAL["code"], "1.001612")
    assert LOCAL["code"] in run("codelists", "suggest", on=on).stdout
    reviewed = write(tmp_path / "goi-y.csv", run("codelists", "suggest", "procedures", "--csv", on=on).stdout)
    assert f"{LOCAL['code']},1.001612," in reviewed.read_text()
    assert run("codelists", "suggest", "--csv", on=on).exit_code == 2

    planned = run("codelists", "confirm", "procedures", LOCAL["code"], "1.001612", on=on)
    assert planned.exit_code == 2
    words = ("codelists", "confirm", "procedures", LOCAL["code"], "1.001612", "--yes", *REASON, "--json")
    assert data_of(run(*words, on=on))["done"]
    assert data_of(run("codelists", "suggest", "--json", on=on)) == {"items": [], "ready": 1}

    assert run("replay", dead["id"], *REASON, "--mapping", "yesterday", on=on).exit_code == 2
    data_of(run("replay", dead["id"], *REASON, "--mapping", "then", "--json", on=on))
    assert until(run, own_gateway, answer["id"], "delivered")["deliveries"][-1]["mapping"]["version"] == "1"

    assert "VERSION_TAKEN" in refused_with(
        run("mappings", "publish", tmp_path / "mapping.2.yaml", "--yes", *REASON, on=on)
    )
    assert data_of(run("mappings", "withdraw", MAPPING, "2", *REASON, "--json", on=on))["in_force"] == "1"
