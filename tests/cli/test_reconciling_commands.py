"""`lienthong reconcile portal` on a running gateway and on a ledger alone."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.conftest import Run, Served, data_of
from tests.e2e.rig import recorded

FIRST, SECOND = "000.00.16.H46-250612-7001", "000.00.16.H46-250612-7002"
WHY = ("--reason", "kiểm tra hằng tuần")


def delivered(run: Run, served: Served, code: str) -> None:
    event = json.dumps(recorded(1, code=code))
    [answer] = data_of(run("send", "-", "--json", on=served.data_dir, stdin=event))
    for _ in range(200):
        message: dict[str, Any] = data_of(run("messages", "show", answer["id"], "--json", on=served.data_dir))
        if message["deliveries"][-1]["state"] == "delivered":
            return
    raise AssertionError(message)


def test_drift_is_shown_and_sent_again_only_when_told_so(run: Run, served: Served) -> None:
    on = served.data_dir
    for code in (FIRST, SECOND):
        delivered(run, served, code)
    same = data_of(run("reconcile", "portal", "--since", "1h", *WHY, "--json", on=on))
    assert (same["state"], same["counts"]["same"], same["items"]) == ("compared", 2, [])
    run("sandbox", "act", "national_portal", "dossiers", "do=forget", f"code={FIRST}", on=on)
    run("sandbox", "act", "national_portal", "dossiers", "do=change", f"code={SECOND}", "status=1", on=on)

    found = run("reconcile", "portal", "--since", "1h", *WHY, "--json", on=on)
    view = json.loads(found.stdout)
    assert (found.exit_code, view["state"]) == (1, "compared")
    assert [(one["subject"], one["kind"], one["theirs"]) for one in view["items"]] == [
        (FIRST, "missing", None),
        (SECOND, "behind", "filed"),
    ]
    assert "--yes" in found.stderr

    refused = run("reconcile", "send", view["id"], *WHY, on=on)
    assert refused.exit_code == 2
    sent = data_of(run("reconcile", "send", view["id"], *WHY, "--yes", "--json", on=on))
    assert (sent["state"], sent["sent"]["arrived"]) == ("sent", 2)
    assert data_of(run("reconcile", "portal", "--since", "1h", *WHY, "--yes", "--json", on=on))["counts"]["same"] == 2
    listed = data_of(run("reconcile", "list", "--json", on=on))["items"]
    assert [one["state"] for one in listed] == ["compared", "sent", "compared"]
    shown = run("reconcile", "show", view["id"], on=on)
    assert FIRST in shown.stdout and "bên kia không có" in shown.stdout


def test_what_makes_no_sense_is_said(run: Run, served: Served) -> None:
    on = served.data_dir
    assert run("reconcile", "portal", "--since", "1h", on=on).exit_code == 2
    assert run("reconcile", "portal", "--since", "hôm kia", *WHY, on=on).exit_code == 2
    assert run("reconcile", "portal", "--since", "1h", "--kinds", "all", *WHY, on=on).exit_code == 2
    assert "payment" in str(
        run("reconcile", "portal", "--since", "1h", "--destination", "payment", *WHY, on=on).exception
    )


def test_without_a_gateway_a_run_is_kept_for_the_next_one(run: Run) -> None:
    adapters = '{adapter_url = "http://portal.example", username = "u", password = "p", madonvi = "000.00.00.H46"}'
    kept = run("reconcile", "portal", "--since", "1h", *WHY, "--json", LIENTHONG_ADAPTERS__NATIONAL_PORTAL=adapters)
    view = data_of(kept)
    assert view["state"] == "collecting" and "serve" in kept.stderr
    steered = ("pause", "continue", "cancel")
    states = [
        (one["state"], one["paused"])
        for one in (data_of(run("reconcile", verb, view["id"], *WHY, "--json")) for verb in steered)
    ]
    assert states == [("collecting", True), ("collecting", False), ("cancelled", False)]
