"""Every example on disk, forward and back. Put two files into a mapping's `examples/` and there is a test more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.national_portal.simulator import SimulatorSettings
from adapters.national_portal.simulator.records import wrong_with_dossier, wrong_with_step
from mappings import Example, read_examples
from mappings.catalogue import HOME
from mappings.examples import expected_back, same_xml, wrong_with
from mappings.xml_tree import read_xml
from tests.mappings.canonical import CATALOGUE, holders, refusals, schema_paths

EXAMPLES = [example for name in CATALOGUE.names for example in read_examples(name)]
DOSSIERS = [one for one in EXAMPLES if one.mapping == "national_portal/dossier.recorded.v1"]
PROGRESS = [one for one in EXAMPLES if one.mapping == "national_portal/dossier.progressed.v1"]


_MEMBERS = tuple(f"members[].{name}" for name in ("citizen_id", "id_card", "full_name", "birth_date"))
ONLY_OF_OTHERS = {
    "citizen_db/citizen.verified.v1": tuple(
        f"members[].{name}" for name in ("citizen_id", "id_card", "verified", "relation")
    ),
    **{
        f"citizen_db/citizen.lookup_requested.v1.{form}": _MEMBERS
        for form in ("lookup", "verify", "lgsp", "lgsp_camel")
    },
}
"""Values that documents of other tables of the type hold."""


def named(examples: list[Example]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", examples, ids=[f"{one.mapping}:{one.case}" for one in examples])


@named(EXAMPLES)
def test_an_example_goes_out_as_written(example: Example) -> None:
    mapping = CATALOGUE.get(example.mapping)
    mapped = mapping.forward(example.document, example.given)
    if example.text is None:
        assert mapped.document == example.record and mapped.text is None
    else:
        assert mapped.text is not None and same_xml(read_xml(mapped.text), read_xml(example.text))
    assert [
        {"code": one.code, "pointer": one.pointer, "foreign": one.foreign} for one in mapped.warnings
    ] == example.warnings


@named(EXAMPLES)
def test_an_example_comes_back_as_written(example: Example) -> None:
    mapping = CATALOGUE.get(example.mapping)
    back = mapping.backward(example.record if example.text is None else mapping.read(example.text))
    assert (back.document, back.given) == (expected_back(example, mapping.table), example.given)
    told = Example(example.mapping, example.case, example.document, {}, [], None)
    assert example.back != expected_back(told, mapping.table), "only where more is lost than always"


@named(EXAMPLES)
def test_an_example_is_what_the_other_sides_schema_takes(example: Example) -> None:
    assert CATALOGUE.get(example.mapping).validate(example.record if example.text is None else example.text) == ()


@named(EXAMPLES)
def test_nothing_is_wrong_with_an_example(example: Example) -> None:
    assert wrong_with(example, CATALOGUE.get(example.mapping)) == ()


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
    table = CATALOGUE.in_force(name)
    shown = {
        path
        for path in schema_paths(table.canonical)
        for example in examples
        if any(leaf in holder for holder, leaf in holders(example.document, path))
    }
    values = schema_paths(table.canonical) - set(ONLY_OF_OTHERS.get(name, ()))
    assert len(examples) >= min(4, len(values))
    assert shown == values


def test_every_file_among_the_examples_belongs_to_a_case() -> None:
    cases = {(one.mapping, one.case) for one in EXAMPLES}
    parts = {".in.json", ".out.json", ".out.xml", ".given.json", ".back.json", ".warnings.json"}
    files = list(HOME.glob("catalog/*/*/examples/*"))
    owners = {
        ("/".join(path.parts[-4:-2]), path.name.removesuffix(part))
        for path in files
        for part in parts
        if path.name.endswith(part)
    }
    assert owners == cases
    assert all(any(path.name.endswith(part) for part in parts) for path in files)


def test_what_is_wrong_with_an_example_is_told_file_by_file_and_without_values(tmp_path: Path) -> None:
    [example] = [one for one in EXAMPLES if (one.mapping, one.case) == ("onestop/dossier.recorded.v1", "full")]
    mapping, home = CATALOGUE.get(example.mapping), tmp_path / "catalog" / example.mapping / "examples"
    home.mkdir(parents=True)
    (home / "a.in.json").write_text(json.dumps(example.document | {"note": "Bí mật"}), "utf-8")
    (home / "a.out.xml").write_text(example.text or "", "utf-8")
    (home / "a.warnings.json").write_text('[{"code": "TRUNCATED"}]', "utf-8")
    [changed] = read_examples(example.mapping, tmp_path)
    told = wrong_with(changed, mapping)
    assert [part in one for part, one in zip((".out", ".warnings", ".back"), told, strict=True)] == [True] * 3
    assert "Bí mật" not in "".join(told)
    (home / "a.out.xml").write_text("<HoSo>", "utf-8")
    assert "XML_MALFORMED" in wrong_with(read_examples(example.mapping, tmp_path)[0], mapping)[0]


def test_an_example_without_its_record_is_missed(tmp_path: Path) -> None:
    folder = tmp_path / "catalog" / "a" / "b" / "examples"
    folder.mkdir(parents=True)
    (folder / "case.in.json").write_text("{}")
    with pytest.raises(FileNotFoundError):
        read_examples("a/b", tmp_path)
