"""Users on the command line: with a gateway running, and without one, which is how a lost password is reset."""

from __future__ import annotations

from tests.cli.conftest import Run, Served, data_of, refused_with

WHY = ("--reason", "thử")


def test_users_are_looked_after_without_a_gateway(run: Run) -> None:
    made = data_of(run("user", "add", "lan", "--role", "operator", *WHY, "--json", stdin="mat-khau-cua-lan\n"))
    assert (made["role"], made["must_change"], "password" in made) == ("operator", False, False)
    told = data_of(run("user", "add", "root", "--role", "administrator", "--generate", *WHY, "--json"))
    assert told["must_change"] and len(told["password"]) >= 20
    again = data_of(run("user", "passwd", "root", "--generate", "--json"))
    assert again["password"] != told["password"]
    assert data_of(run("user", "role", "lan", "--role", "viewer", *WHY, "--json"))["role"] == "viewer"
    assert data_of(run("user", "disable", "lan", *WHY, "--json"))["disabled"]
    assert data_of(run("user", "sign-out", "lan", *WHY, "--json"))["ended"] == 0
    assert [one["name"] for one in data_of(run("user", "list", "--json"))] == ["lan", "root"]
    assert "đã ngưng" in run("user", "list").stdout
    assert "last administrator" in refused_with(run("user", "disable", "root", *WHY))
    assert "12" in refused_with(run("user", "passwd", "lan", stdin="ngan\n"))
    for wrong in (("add", "huy", "--role", "king", *WHY), ("add", "huy", "--role", "viewer"), ("passwd", "lan")):
        assert run("user", *wrong, stdin="").exit_code == 2


def test_users_are_looked_after_while_a_gateway_runs(run: Run, served: Served) -> None:
    on = {"on": served.data_dir}
    told = data_of(run("user", "add", "huy", "--role", "viewer", "--generate", *WHY, "--json", **on))
    assert told["must_change"]
    assert data_of(run("user", "passwd", "huy", "--json", stdin="mot-mat-khau-khac\n", **on))["must_change"]
    assert data_of(run("user", "role", "huy", "--role", "operator", *WHY, "--json", **on))["role"] == "operator"
    assert data_of(run("user", "disable", "huy", *WHY, "--json", **on))["disabled"]
    assert not data_of(run("user", "enable", "huy", *WHY, "--json", **on))["disabled"]
    assert data_of(run("user", "sign-out", "huy", *WHY, "--json", **on)) == {"name": "huy", "ended": 0}
    assert "huy" in [one["name"] for one in data_of(run("user", "list", "--json", **on))]
    assert "nobody" in refused_with(run("user", "disable", "nobody", *WHY, **on))
