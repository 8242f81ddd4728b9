"""Clients from the command line: the same words on a running gateway and on a ledger alone."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ConfigurationError
from gateway.production import refuse_rehearsal
from gateway.settings import load_settings
from tests.cli.conftest import Run, Served, data_of, refused_with, start, stop

WHY = ("--reason", "Nối phần mềm một cửa mới")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One running gateway with two doors, for all tests of this file."""
    running = start(tmp_path_factory.mktemp("served"), LIENTHONG_HTTP__WORKERS="2")
    yield running
    stop(running)


def status_of(served: Served, key: str, body: bytes | None = None) -> int:
    """What a new connection, which either door may get, is answered."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    asked = urllib.request.Request(f"{served.address}/v1/messages", data=body, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        exc.close()
        return exc.code


def listed(run: Run, name: str, **where: Any) -> dict[str, Any]:
    return next(dict(one) for one in data_of(run("client", "list", "--json", **where)) if one["name"] == name)


def test_a_key_counts_at_both_doors_at_once_and_at_neither_soon_after_it_was_revoked(run: Run, served: Served) -> None:
    on = {"on": served.data_dir}
    made = data_of(run("client", "add", "xa-moi", "--source", "urn:a", "--json", **on))
    assert {status_of(served, made["key"]) for _ in range(12)} == {200}
    again = data_of(run("client", "rotate", "xa-moi", "--keep", "1h", *WHY, "--json", **on))
    assert again["old_keys"] == [made["key_id"]]
    assert {status_of(served, one["key"]) for one in (made, again) * 6} == {200}
    shown = run("client", "list", **on).stdout
    assert made["key_id"] in shown and made["key"] not in shown and "motcua-sandbox" in shown
    assert data_of(run("client", "revoke", "xa-moi", "--key", made["key_id"], *WHY, "--yes", "--json", **on))
    deadline = time.monotonic() + 20
    while {status_of(served, made["key"]) for _ in range(12)} != {401}:
        assert time.monotonic() < deadline
    assert status_of(served, again["key"]) == 200
    assert "xa-moi" in refused_with(run("client", "add", "xa-moi", **on))


def test_both_doors_count_one_rate(run: Run, served: Served) -> None:
    made = data_of(run("client", "add", "cham", "--rate", "0.001", "--burst", "5", "--json", on=served.data_dir))
    answers = [status_of(served, made["key"], b"{}") for _ in range(12)]
    assert [status == 429 for status in answers] == [False] * 5 + [True] * 7


def test_without_a_gateway_the_ledger_is_changed_and_what_is_misused_is_said(run: Run, tmp_path: Path) -> None:
    made = run("client", "add", "motcua", "--agency", "H46.16")
    assert made.stdout.startswith("lt_") and "chỉ hiện lần này" in made.stderr
    assert listed(run, "motcua")["agencies"] == ["H46.16"]
    assert run("client", "revoke", "motcua", *WHY).exit_code == 2, "it wants --yes"
    assert run("client", "rotate", "motcua").exit_code == 2, "it wants a reason"
    assert data_of(run("client", "revoke", "motcua", *WHY, "--yes", "--json"))["revoked"] == [made.stdout[:8]]
    assert listed(run, "motcua")["revoked_at"] is not None
    assert "AGENCY_FORMAT" in refused_with(run("client", "add", "xa", "--agency", "xã"))


def test_check_names_issuers_whose_keys_cannot_be_had_and_names_that_lead_nowhere(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lienthong.toml").write_text(
        """
[client_certificates]
header = "Client-Cert"
trusted = ["10.0.0.5"]
clients = {"dns:motcua.example.invalid" = "motcua"}
[[issuers]]
issuer = "https://sso.example.invalid"
jwks_file = "khong-co.json"
audience = "lienthong"
clients = {"motcua-sso" = "motcua"}
"""
    )
    wrong = {one["what"]: one["wrong"] for one in json.loads(run("check", "--json").stdout) if one["wrong"]}
    assert "jwks_file" in wrong["issuers https://sso.example.invalid"] and "motcua" in wrong["client_certificates"]
    assert run("client", "add", "motcua").exit_code == 0
    looked = {one["what"]: one["wrong"] for one in json.loads(run("check", "--no-probe", "--json").stdout)}
    assert [wrong for what, wrong in looked.items() if what.startswith(("issuers", "client_c"))] == [None, None]


def test_production_fetches_no_keys_over_a_network_in_clear(tmp_path: Path) -> None:
    (tmp_path / "lienthong.toml").write_text(
        """
production = true
[[issuers]]
issuer = "https://sso.example.invalid"
jwks_url = "http://sso.example.invalid/certs"
audience = "lienthong"
"""
    )
    with pytest.raises(ConfigurationError, match=r"issuers.*https://"):
        refuse_rehearsal(load_settings(tmp_path / "lienthong.toml", environment={}))
