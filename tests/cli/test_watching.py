"""Alerts, backlogs and the sheet of a day on the command line: on a ledger alone and on a running gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import open_ledger
from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import Ledger
from gateway.settings import load_settings
from mappings.convert import VIETNAM
from tests.builders import a_delivery, a_message
from tests.cli.conftest import Run, Served, data_of, refused_with
from tests.contract.ledger_alerts import a_finding, a_look
from tests.e2e.rig import recorded
from tests.notify.servers import SECRET

HOOK = {
    "LIENTHONG_ALERTS__WEBHOOKS__OPS__URL": "http://127.0.0.1:9/canh-bao",  # nobody listens at the port to discard
    "LIENTHONG_ALERTS__WEBHOOKS__OPS__PLAIN_HTTP": "true",
    "LIENTHONG_ALERTS__WEBHOOKS__OPS__SECRETS": f'["{SECRET}"]',
}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A data folder whose ledger has an open alert, a closed one and a delivery that waits."""

    async def fill(ledger: Ledger) -> None:
        await ledger.accept([a_message(a_delivery())])
        await ledger.observe(a_look(a_finding("cũ"), channels={}))
        await ledger.observe(a_look(a_finding("mới"), channels={}))

    return _with_ledger(tmp_path / "data", fill)


def _with_ledger(folder: Path, work: Callable[[Ledger], Awaitable[None]]) -> Path:
    async def run() -> None:
        settings = load_settings(environment={}, overrides={"data_dir": str(folder)})
        async with open_ledger(settings) as (ledger, _):
            await work(ledger)

    asyncio.run(run())
    return folder


def test_open_alerts_are_shown_and_all_on_request(run: Run, filled: Path) -> None:
    assert [one["key"] for one in data_of(run("alerts", "--json"))["items"]] == ["mới"]
    assert [one["key"] for one in data_of(run("alerts", "--all", "--json"))["items"]] == ["mới", "cũ"]
    shown = run("alerts").stdout
    assert "Có lượt dừng." in shown and "Some are dead." in shown


def test_no_alerts_is_said_in_words(run: Run) -> None:
    assert "No alerts" in run("alerts").stdout


def test_what_waits_is_shown_with_what_will_become_of_it(run: Run, filled: Path) -> None:
    [row] = data_of(run("backlog", "--json"))
    assert (row["destination"], row["open"], row["outlook"]) == ("national_portal", 1, "unknown")
    assert "needs a few minutes" in run("backlog").stdout


def test_a_channel_that_does_not_take_it_fails_the_command_and_says_why(run: Run, filled: Path) -> None:
    result = run("alerts", "test", "ops", "--json", **HOOK)
    assert (result.exit_code, json.loads(result.stdout)[0]["code"]) == (1, "CONNECT")


def test_without_channels_or_with_an_unknown_one_the_command_says_what_to_do(run: Run, filled: Path) -> None:
    none, unknown = run("alerts", "test"), run("alerts", "test", "khac", **HOOK)
    assert isinstance(none.exception, StateError)
    assert "[alerts.mail." in refused_with(none)
    assert isinstance(unknown.exception, NotFoundError)
    assert "there are: ops" in refused_with(unknown)


def test_a_secret_of_a_channel_is_shown_by_no_command(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f'["{SECRET}"]\n')
    words = {**HOOK, "LIENTHONG_ALERTS__WEBHOOKS__OPS__SECRETS_FILE": str(secret)}
    del words["LIENTHONG_ALERTS__WEBHOOKS__OPS__SECRETS"]
    shown = run("config", "show", "--json", **words)
    assert shown.exit_code == 0, shown.output
    assert SECRET not in shown.output and "canh-bao" in shown.output


def test_the_sheet_of_a_day_has_its_types_and_lists(run: Run, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(recorded(1, code="000.00.16.H46-250612-0777")))
    data_of(run("send", file, "--json", on=served.data_dir))
    day = str(datetime.now(UTC).astimezone(VIETNAM).date())
    sheet: dict[str, Any] = data_of(run("balance", "--day", day, "--json", on=served.data_dir))
    portal = next(row for row in sheet["by"] if row["destination"] == "national_portal")
    [of_type] = [one for one in portal["types"] if one["type"] == "vn.lienthong.dossier.recorded.v1"]
    assert of_type["accepted"] == portal["accepted"] == 1
    assert of_type["lists"]["accepted"].startswith("/v1/deliveries?day=")
    assert "dossier.recorded.v1" in run("balance", "--day", day, on=served.data_dir).stdout
    assert data_of(run("alerts", "--json", on=served.data_dir))["items"] == []
    assert {row["destination"] for row in data_of(run("backlog", "--json", on=served.data_dir))} >= {"national_portal"}
