"""`lienthong indicators` and `lienthong services`, on a ledger alone and on a running gateway."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from openpyxl import load_workbook

from tests.cli.conftest import Run, Served, data_of, refused_with
from tests.operations.sheets import csv_of

HEAD = ("Mã thủ tục", "Cấp", "Tên thủ tục", "Ngày phê duyệt quy trình")
ROW = ("1.001193", "xã", "Đăng ký khai sinh", "01/09/2021")
WHY = ("--reason", "phụ lục I", "--yes")
FOR = ("--purpose", "báo cáo quý")


def purposes(folder: Path) -> list[str]:
    """What files of figures were taken away for, as the audit has it."""
    with closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)) as base:
        return [reason for (reason,) in base.execute("SELECT reason FROM audit WHERE action = 'indicators.export'")]


def test_the_worked_example_is_shown_and_written(run: Run, tmp_path: Path) -> None:
    report = data_of(run("indicators", "--example", "--json"))
    assert (report["points"], report["of"]) == (27.89, 34.0)
    shown = run("indicators", "--example")
    assert "171/184" in shown.stdout and "18,59" in shown.stdout and "92,9 %" in shown.stdout
    assert run("indicators", "--example", "--xlsx", tmp_path / "vi-du.xlsx").exit_code == 0
    assert load_workbook(tmp_path / "vi-du.xlsx")["Tiêu chí"]["A1"].value == "mã / id"


def test_figures_and_the_register_of_a_ledger_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "so.csv").write_bytes(csv_of(ROW, head=HEAD))
    planned = run("services", "import", "so.csv", "--json")
    assert (planned.exit_code, json.loads(planned.stdout)["add"]) == (2, 1)
    assert data_of(run("services", "import", "so.csv", *WHY, "--json"))["done"] is True
    [late] = data_of(run("services", "list", "--overdue", "--json"))["items"]
    assert (late["step"], late["due"]) == ("set_up", "2021-10-16")
    assert "cấu hình" in run("services", "list").stdout
    found = data_of(run("indicators", "--from", "2025-03-01", "--to", "2025-03-31", "--json"))
    assert found["query"] == {"from": "2025-03-01", "to": "2025-03-31"} and found["counts"]["procedures"] == 1
    csv = tmp_path / "chi-so.csv"
    assert run("indicators", "--level", "commune", "--csv", csv, *FOR).exit_code == 0
    assert "level=commune" in csv.read_text("utf-8-sig")
    assert data_of(run("indicators", "--recount", "--reason", "thử", "--json"))["recounting"] is True
    assert run("indicators", "--recount").exit_code == 2
    assert "2025-03-10" in refused_with(run("indicators", "--from", "hôm qua"))
    assert run("indicators", "--csv", tmp_path / "no" / "x.csv", *FOR).exit_code == 1
    unsaid = run("indicators", "--csv", csv)
    assert (unsaid.exit_code, "--purpose" in unsaid.output) == (2, True)
    assert set(purposes(tmp_path / "data")) == {FOR[1]}


def test_the_same_over_a_running_gateway(run: Run, served: Served, tmp_path: Path) -> None:
    on = served.data_dir
    (tmp_path / "so.csv").write_bytes(csv_of(ROW, head=HEAD))
    assert data_of(run("services", "import", "so.csv", *WHY, "--json", on=on))["done"] is True
    assert data_of(run("services", "list", "--step", "set_up", "--json", on=on))["counts"]["procedures"] == 1
    xlsx = tmp_path / "chi-so.xlsx"
    assert run("indicators", "--xlsx", xlsx, *FOR, on=on).exit_code == 0 and load_workbook(xlsx)
    assert purposes(on) == [FOR[1]]
    assert data_of(run("indicators", "--json", on=on))["counts"]["received"] == 0
    assert data_of(run("indicators", "--recount", "--reason", "thử", "--json", on=on))["recounting"] is True
    assert "level" in refused_with(run("indicators", "--level", "village", on=on))
