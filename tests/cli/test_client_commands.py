"""Clients from the command line: the same words on a running gateway and on a ledger alone."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run, Served, data_of, refused_with

WHY = ("--reason", "Nối phần mềm một cửa mới")


def status_of(served: Served, key: str) -> int:
    asked = urllib.request.Request(f"{served.address}/v1/messages", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        exc.close()
        return exc.code


def listed(run: Run, name: str, **where: Any) -> dict[str, Any]:
    return next(dict(one) for one in data_of(run("client", "list", "--json", **where)) if one["name"] == name)


def test_a_key_counts_at_once_at_a_running_gateway_and_not_after_it_was_revoked(run: Run, served: Served) -> None:
    on = {"on": served.data_dir}
    made = data_of(run("client", "add", "xa-moi", "--source", "urn:a", "--rate", "5", "--json", **on))
    assert status_of(served, made["key"]) == 200
    again = data_of(run("client", "rotate", "xa-moi", "--keep", "1h", *WHY, "--json", **on))
    assert again["old_keys"] == [made["key_id"]]
    assert [status_of(served, one["key"]) for one in (made, again)] == [200, 200]
    shown = run("client", "list", **on).stdout
    assert made["key_id"] in shown and made["key"] not in shown and "motcua-sandbox" in shown
    assert data_of(run("client", "revoke", "xa-moi", "--key", made["key_id"], *WHY, "--yes", "--json", **on))
    assert [status_of(served, one["key"]) for one in (made, again)] == [401, 200]
    assert "xa-moi" in refused_with(run("client", "add", "xa-moi", **on))


def test_without_a_gateway_the_ledger_is_changed_and_what_is_misused_is_said(run: Run, tmp_path: Path) -> None:
    made = run("client", "add", "motcua", "--agency", "H46.16")
    assert made.stdout.startswith("lt_") and "chỉ hiện lần này" in made.stderr
    assert listed(run, "motcua")["agencies"] == ["H46.16"]
    assert run("client", "revoke", "motcua", *WHY).exit_code == 2, "it wants --yes"
    assert run("client", "rotate", "motcua").exit_code == 2, "it wants a reason"
    assert data_of(run("client", "revoke", "motcua", *WHY, "--yes", "--json"))["revoked"] == [made.stdout[:8]]
    assert listed(run, "motcua")["revoked_at"] is not None
    assert "AGENCY_FORMAT" in refused_with(run("client", "add", "xa", "--agency", "xã"))
