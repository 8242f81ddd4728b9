"""Every failure that anything can report has its catalogue entry: found by walking the code, not by a list of ours."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.ndxp import wso2, xroad_errors
from adapters.ndxp.road_texts import GATEWAY, XROAD
from adapters.registry import ADAPTERS
from adapters.transport.entries import ErrorEntry
from adapters.transport.texts import STATUS_GROUPS
from gateway.operations.explain import FIXERS, Explainer
from gateway.operations.known_faults import KNOWN
from tests.architecture.tree import ROOT

ERRORS = {"TransientError", "UncertainError", "RefusedError", "PermanentError", "DeliveryError"}
CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
BESIDE = {"TRUNCATED", "SHADOW"}
"""A warning, and why nothing was sent: no failures."""


def modules_of(package: str) -> Iterator[Path]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if "simulator" not in path.parts and "simulation" not in path.parts:
            yield path


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def codes_raised(path: Path) -> Iterator[tuple[str, str]]:
    """(code, what builds it) of every error or fault that a file builds with a code written out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        kind = name_of(node.func)
        place = 1 if kind == "Fault" else 0
        if kind in {*ERRORS, "Fault", "MappingError"} and len(node.args) > place:
            code = node.args[place]
            if isinstance(code, ast.Constant):
                yield str(code.value), kind


def entries_of(package: str) -> dict[str, ErrorEntry]:
    """Every entry that the modules of a package hold, however they keep them."""
    found: dict[str, ErrorEntry] = {}

    def look(value: Any) -> None:
        if isinstance(value, ErrorEntry):
            found[value.code + value.en] = value
        elif isinstance(value, dict):
            for one in value.values():
                look(one)

    for path in modules_of(f"adapters/{package}"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for value in vars(importlib.import_module(name)).values():
            look(value)
    return found


def samples(entry: ErrorEntry) -> list[str]:
    """Codes as they stand in the ledger; of a family, what its own table knows."""
    if "{" not in entry.code:
        return [entry.code]
    if entry in STATUS_GROUPS.values():
        return [f"HTTP_{status}" for status in (301, 401, 422, 429, 500, 502, 503)]
    if entry in GATEWAY.values():
        return [f"WSO2_{code}" for code, group in wso2._GROUPS.items() if GATEWAY[group] is entry]
    if entry in XROAD.values():
        return [f"XROAD_{name}" for name, group in xroad_errors._KNOWN.values() if XROAD[group] is entry]
    return [re.sub(r"\{\w+\}", "900", entry.code)]


def test_adapters_take_the_words_of_every_failure_from_a_catalogue() -> None:
    """Then whatever one of them can raise is an entry, and the next test finds it."""
    own_words = [
        f"{path.relative_to(ROOT)}: {code}" for path in modules_of("adapters") for code, _ in codes_raised(path)
    ]
    assert own_words == []


@pytest.mark.parametrize("system", sorted(ADAPTERS))
def test_every_failure_an_adapter_can_report_is_explained_by_its_own_spec(system: str) -> None:
    explain = ADAPTERS[system].explain
    roads = {} if system == "onestop" else entries_of("ndxp") if system == "ndxp" else _of_roads()
    unexplained = [
        code
        for entry in {**entries_of("transport"), **entries_of(system), **roads}.values()
        if not re.fullmatch(r"\{\w+\}", entry.code)  # a system's own code that no rule names: a group of its own
        for code in samples(entry)
        if explain(code) is None
    ]
    assert unexplained == []


def _of_roads() -> dict[str, ErrorEntry]:
    """What the exchange reports to those who ride on it; its own document search is not theirs."""
    held = (*importlib.import_module("adapters.ndxp.road_texts").ROAD.values(), *GATEWAY.values(), *XROAD.values())
    return {one.code + one.en: one for one in held}


def test_every_failure_the_gateway_and_its_mappings_report_is_in_its_catalogue() -> None:
    raised = {
        code
        for package in ("gateway/delivery", "gateway/acceptance", "gateway/operations", "mappings")
        for path in modules_of(package)
        for code, _ in codes_raised(path)
    }
    assert {"ROUTE_GONE", "ALREADY_PAID", "UNMAPPED_CODE", "PROCESS_LOST"} <= raised  # it does find them
    assert sorted(raised - set(KNOWN) - BESIDE) == []


def test_what_mappings_say_of_unreadable_documents_is_in_the_catalogue() -> None:
    """Their codes stand in a table, not at the call."""
    text = (ROOT / "mappings/complaints.py").read_text("utf-8")
    codes = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    written = {code for code in codes if isinstance(code, str) and CODE.fullmatch(code)}
    assert sorted(written - set(KNOWN) - BESIDE) == []


@pytest.mark.parametrize("code", sorted(KNOWN))
def test_the_gateways_own_entries_say_in_both_languages_what_it_is_and_what_to_do(code: str) -> None:
    one = KNOWN[code]
    texts = (one.vi, one.en, one.advice_vi, one.advice_en)
    assert all(texts) and len(set(texts)) == 4
    assert one.fixer in FIXERS


def test_a_missing_entry_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "adapter.py"
    file.write_text('raise RefusedError("BRAND_NEW", vi="x", en="y")\nFault("permanent", "NEWER", "v", "e")\n')
    assert [code for code, _ in codes_raised(file)] == ["BRAND_NEW", "NEWER"]
    assert Explainer(ADAPTERS).entry("payment", "refused", "BRAND_NEW") is None
