"""Who may do what in the console: every address names its role, and every role is held to it."""

from __future__ import annotations

import itertools
import re
from typing import cast

import pytest

from gateway.console.asking import ROLES, Role, Visitor, Way
from gateway.console.menu import MENU, menu
from gateway.console.parts import Parts
from gateway.console.rendering import ROOT
from gateway.console.screens import ways
from gateway.intake.surface import ROUTES
from tests.security.nothing import Nothing

WAYS: tuple[Way, ...] = ways(cast("Parts", Nothing()))
EXPORTS = {("POST", f"/{name}/export") for name in ("messages", "deliveries", "indicators")}
LOOKS = {("POST", "/search"), ("POST", "/language"), *EXPORTS}
OWN = {("POST", f"/{kind}/views{end}") for kind in ("messages", "deliveries") for end in ("", "/drop")}
"""Forms that change nothing, and those that change what is one's own;
a person's number is an operator's, which the search itself sees to."""


def test_whatever_changes_something_is_an_operators_at_least() -> None:
    changing = {(way.method, way.path): way.role for way in WAYS if way.method == "POST"}
    others = {key for key, role in changing.items() if role not in ("operator", "administrator")}
    assert others == (LOOKS | OWN) & set(changing)


def test_an_address_has_one_answer_and_a_role() -> None:
    keys = [(way.method, way.path) for way in WAYS]
    assert len(keys) == len(set(keys))
    assert [way.path for way in WAYS if way.role is None] == ["/language"]


def test_what_the_api_keeps_for_administrators_the_console_does_too() -> None:
    """Publishing mappings, users, clients, the audit trail."""
    kept = {way.path for way in WAYS if way.role == "administrator"}
    assert {"/users", "/clients", "/audit", "/bench/publish", "/bench/trial"} <= kept
    assert {route.access for route in ROUTES if route.name in ("publishMapping", "tryMapping")} == {"administrator"}


@pytest.mark.parametrize(("role", "needed"), list(itertools.product(ROLES, ROLES)))
def test_a_role_has_the_rights_of_those_below_it_and_no_others(role: Role, needed: Role) -> None:
    assert Visitor("x", role).has(needed) == (ROLES.index(role) >= ROLES.index(needed))


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_offers_what_one_may_open_and_nothing_else(role: Role) -> None:
    visitor = Visitor("x", role)
    offered = {entry.address.partition("?")[0] for group in menu(visitor) for entry in group.entries}
    open_to = {ROOT + way.path for way in WAYS if way.method == "GET" and way.role and visitor.has(way.role)}
    assert offered <= open_to
    everything = {entry.address.partition("?")[0] for group in MENU for entry in group.entries}
    assert not (everything - offered) & open_to


def test_keys_of_the_menu_lead_to_one_place_each() -> None:
    keys = [entry.key for group in MENU for entry in group.entries if entry.key]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch("[a-z]", key) and key not in "gjk" for key in keys)
