"""The JSON Schema of the format itself: it takes every table, refuses what the reader refuses, and editors find it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mappings.catalogue import HOME
from mappings.functions import FUNCTIONS, STAND_INS
from mappings.json_schema import JsonSchema
from mappings.read_line import CONVERTER_NAMES, ORIGINS
from tests.mappings.test_tables import BAD_LINES
from tests.mappings.workbench import HEAD, a_table

FORMAT = json.loads((HOME / "mapping.schema.json").read_text("utf-8"))
SCHEMA = JsonSchema(FORMAT)
TABLES = sorted(HOME.glob("catalog/*/*/mapping*.yaml"))
ONLY_THE_READER_KNOWS = ("stands twice", "needs `xml`", "`item` is for XML", "`sort_by` needs a line")
"""What takes more than one line, or the head of the table, to see."""


def tree(text: str) -> Any:
    """YAML as an editor hands it to a JSON Schema: days as text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_every_table_fits_the_schema_of_the_format(path: Path) -> None:
    assert SCHEMA.misfits(tree(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", TABLES, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_an_editor_finds_the_schema_from_the_first_line_of_a_table(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    comment, _, named = first.partition("$schema=")
    assert comment == "# yaml-language-server: "
    assert (path.parent / named).resolve() == HOME / "mapping.schema.json"


@pytest.mark.parametrize(("line", "problem"), BAD_LINES)
def test_a_line_the_reader_refuses_is_marked_in_the_editor_too(line: str, problem: str) -> None:
    misfits = SCHEMA.misfits(tree(a_table(f"- {{to: Khac, constant: a}}\n- {line}")))
    assert bool(misfits) is not any(part in problem for part in ONLY_THE_READER_KNOWS)


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace('version: "1"', "version: 1"),
        HEAD.replace("canonical: parcel.recorded.v1\n", ""),
        HEAD.replace("2025-01-01", "soon"),
        HEAD + "owner: nobody\n",
        HEAD + "absent: maybe\n",
        HEAD + "schema: ../elsewhere.xsd\n",
        HEAD + "xml: {root: a}\n",
        HEAD + "xml: {namespaces: {a: urn:b}, root: a:b:c}\n",
        HEAD + "losses: [{path: a}]\n",
        HEAD + "losses: [{paths: []}]\n",
        HEAD + "when: {service: 1}\n",
        HEAD.replace("land_registry/", ""),
    ],
)
def test_a_head_the_reader_refuses_is_marked_in_the_editor_too(head: str) -> None:
    assert SCHEMA.misfits(tree(a_table("- {to: Ten, from: name}", head))) != []


def test_the_editor_offers_every_key_converter_and_function_and_no_other() -> None:
    line = FORMAT["$defs"]["line"]["properties"]
    assert set(line) == {"to", "note", *ORIGINS, *(key for keys in ORIGINS.values() for key in keys)}
    assert tuple(line["as"]["enum"]) == CONVERTER_NAMES
    assert line["function"]["enum"] == [*FUNCTIONS] and line["stand_in"]["enum"] == [*STAND_INS]


def test_every_key_is_explained_in_both_languages() -> None:
    keys = {**FORMAT["properties"], **FORMAT["$defs"]["line"]["properties"]}
    assert [name for name, node in keys.items() if " / " not in node.get("description", "")] == []
