"""Every example on disk, forward and back. Put two files into a mapping's `examples/` and there is a test more."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from adapters.national_portal.simulator import SimulatorSettings
from adapters.national_portal.simulator.records import wrong_with_dossier, wrong_with_step
from mappings import Example, read_examples
from mappings.catalogue import HOME
from mappings.table import Table
from tests.mappings.canonical import CATALOGUE, Document, holders, refusals, schema_paths

EXAMPLES = [example for name in CATALOGUE.names for example in read_examples(name)]
DOSSIERS = [one for one in EXAMPLES if one.mapping == "national_portal/dossier.recorded.v1"]
PROGRESS = [one for one in EXAMPLES if one.mapping == "national_portal/dossier.progressed.v1"]


def named(examples: list[Example]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", examples, ids=[f"{one.mapping}:{one.case}" for one in examples])


def without_what_is_always_lost(table: Table, document: Document) -> Document:
    made = copy.deepcopy(document)
    for path in (path for loss in table.losses if loss.when == "always" for path in loss.paths):
        for holder, name in holders(made, path):
            holder.pop(name, None)
    return made


@named(EXAMPLES)
def test_an_example_goes_out_as_written(example: Example) -> None:
    mapped = CATALOGUE.get(example.mapping).forward(example.document)
    assert mapped.document == example.record
    assert [
        {"code": one.code, "pointer": one.pointer, "foreign": one.foreign} for one in mapped.warnings
    ] == example.warnings


@named(EXAMPLES)
def test_an_example_comes_back_as_written(example: Example) -> None:
    mapping = CATALOGUE.get(example.mapping)
    whole = without_what_is_always_lost(mapping.table, example.document)
    assert mapping.backward(example.record).document == (whole if example.back is None else example.back)
    assert example.back != whole, "say it in one place: <case>.back.json only where more is lost than always"


@named(EXAMPLES)
def test_an_example_is_a_document_the_door_lets_in(example: Example) -> None:
    assert refusals(CATALOGUE.get(example.mapping).table.canonical, example.document) == ()


@named(DOSSIERS)
def test_the_portal_takes_every_dossier_of_the_examples(example: Example) -> None:
    assert wrong_with_dossier(example.record, SimulatorSettings(limits=True)) is None


@named(PROGRESS)
def test_the_portal_takes_every_step_of_the_examples(example: Example) -> None:
    steps = example.record["data"]
    assert [wrong_with_step(step, SimulatorSettings(limits=True)) for step in steps] == [None] * len(steps)


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_the_examples_of_a_mapping_show_every_value_of_its_schema(name: str) -> None:
    examples = read_examples(name)
    shown = {
        path
        for path in schema_paths(CATALOGUE.get(name).table.canonical)
        for example in examples
        if any(leaf in holder for holder, leaf in holders(example.document, path))
    }
    assert len(examples) >= 4
    assert shown == schema_paths(CATALOGUE.get(name).table.canonical)


def test_every_file_among_the_examples_belongs_to_a_case() -> None:
    cases = {(one.mapping, one.case) for one in EXAMPLES}
    parts = {".in.json", ".out.json", ".back.json", ".warnings.json"}
    files = list(HOME.glob("catalog/*/*/examples/*"))
    owners = {
        ("/".join(path.parts[-4:-2]), path.name.removesuffix(part))
        for path in files
        for part in parts
        if path.name.endswith(part)
    }
    assert owners == cases
    assert all(any(path.name.endswith(part) for part in parts) for path in files)


def test_an_example_without_its_record_is_missed(tmp_path: Any) -> None:
    folder = tmp_path / "catalog" / "a" / "b" / "examples"
    folder.mkdir(parents=True)
    (folder / "case.in.json").write_text("{}")
    with pytest.raises(FileNotFoundError):
        read_examples("a/b", tmp_path)
