"""`backup` and `restore` take the ledger that the settings name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal import simulator as portal
from gateway.bootstrap.backup import BackupError
from gateway.bootstrap.restore import put_back
from tests.cli.conftest import Run, data_of
from tests.toml_text import toml_text


def test_a_ledger_that_lies_elsewhere_is_backed_up_and_put_back_where_it_lies(run: Run, tmp_path: Path) -> None:
    data, ledger, copy = tmp_path / "data", tmp_path / "sổ cái" / "so.db", tmp_path / "copy"
    ledger.parent.mkdir()
    section = portal.adapter_settings("http://127.0.0.1:9")
    (tmp_path / "lienthong.toml").write_text(toml_text({"adapters": {"national_portal": section}}))

    def command(*words: str) -> Any:
        return data_of(run(*words, "--json", LIENTHONG_DATABASE_URL=f"sqlite:///{ledger}"))

    command("migrate")
    command("client", "add", "motcua")
    before = command("client", "list")
    assert "ledger.db" in command("backup", str(copy))["files"]
    shutil.rmtree(data)
    shutil.rmtree(ledger.parent)
    command("restore", str(copy), "--yes")
    assert ledger.exists() and not (data / "ledger.db").exists()
    assert command("client", "list") == before and "motcua" in str(before)
    with pytest.raises(BackupError, match=r"so\.db"):
        put_back(copy, tmp_path / "other", ledger)


@pytest.mark.parametrize("words", [("backup", "x"), ("restore", "x", "--yes")])
def test_a_ledger_that_is_no_file_is_neither_backed_up_nor_restored(
    words: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    refused = run(*words, LIENTHONG_DATABASE_URL="sqlite://")
    assert refused.exit_code == 2 and "sqlite:///PATH" in refused.stderr
    assert list(tmp_path.iterdir()) == []
