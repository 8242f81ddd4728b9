"""The sandbox's commands upset the simulators a gateway is running with, and act as the people behind them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run, Served, data_of


def test_the_sandbox_names_its_faults_and_takes_them(served: Served, run: Run) -> None:
    told = data_of(run("sandbox", "faults", "payment", "--json", on=served.data_dir))
    assert {"cut_after_commit", "wrong_check", "http_status"} <= set(told["known"])
    assert (
        run("sandbox", "upset", "citizen_db", "http_status", "status=503", "--times", "2", on=served.data_dir).exit_code
        == 0
    )
    waiting = data_of(run("sandbox", "faults", "citizen_db", "--json", on=served.data_dir))["waiting"]
    assert [(one["fault"], one["times"]) for one in waiting] == [("Raw", 2)]
    assert run("sandbox", "effects", "onestop", "--json", on=served.data_dir).exit_code == 0


def test_what_does_not_exist_is_said_with_what_does(served: Served, run: Run) -> None:
    assert run("sandbox", "upset", "payment", "no_such_fault", on=served.data_dir).exit_code == 2
    wrong = run("sandbox", "faults", "nowhere", on=served.data_dir)
    assert wrong.exit_code == 2 and "citizen_db" in wrong.stderr


def test_payments_are_listed_and_a_day_is_reconciled(served: Served, run: Run, tmp_path: Path) -> None:
    assert data_of(run("payments", "list", "--json", on=served.data_dir)) == {"items": [], "next": None}
    header = "MaThamChieu|MaGiaoDich|MaHoSo|SoTien|MaTienTe|MaNganHang|ThoiGianGD|TrangThaiGD"
    file = tmp_path / "ngay.txt"
    file.write_text(f"{header}\nTONG|0|0\n")
    assert (
        data_of(run("reconcile", "payment", file, "--day", "2025-06-12", "--json", on=served.data_dir))["unexplained"]
        == 0
    )
    row = "r1|T1|000.00.16.H46-250612-0001|1000|VND|NH|20250612081530|1"
    file.write_text(f"{header}\n{row}\nTONG|1|1000\n")
    result = run("reconcile", "payment", file, "--day", "2025-06-12", "--json", on=served.data_dir)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["unexplained"], report["counts"]["theirs_only"]) == (1, 1)
    file.write_text(f"{header}\n{row}\nTONG|2|1000\n")
    broken = run("reconcile", "payment", file, "--day", "2025-06-12", on=served.data_dir)
    assert broken.exit_code == 1 and "3" in broken.stderr
