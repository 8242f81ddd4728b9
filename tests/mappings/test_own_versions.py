"""A province's own versions and lists lie over the packaged ones; withdrawn versions are known and never in force."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mappings import Catalogue, TableError, UnknownMapping
from mappings.catalogue import files
from tests.mappings.workbench import COLOURS, FILE, HEAD, NAME, a_table, write

OLD = a_table("- {to: Ten, from: name}\n- {to: Mau, from: colour, as: code, list: colours}")
JULY = date(2025, 7, 1)


def version(label: str, day: str, field: str = "HoTen") -> str:
    head = HEAD.replace('"1"', f'"{label}"').replace("2025-01-01", day)
    return a_table(f"- {{to: {field}, from: name}}\n- {{to: Mau, from: colour, as: code, list: colours}}", head)


def base(folder: Path) -> Path:
    write(folder / "packaged", "codelists/colours.yaml", COLOURS)
    return write(folder / "packaged", FILE, OLD)


def own(folder: Path, label: str, text: str, place: str = "") -> Path:
    return write(folder / "mappings", f"catalog/{NAME}/{place}mapping.{label}.yaml", text)


def load(folder: Path) -> Catalogue:
    return Catalogue.load(base(folder), folder / "mappings")


def test_an_own_version_stands_beside_the_packaged_one_from_its_day_on(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01"))
    catalogue = load(tmp_path)
    assert [catalogue.get(NAME, day).version for day in (date(2025, 6, 30), JULY)] == ["1", "2"]
    assert [catalogue.is_own(one) for one in catalogue.versions(NAME)] == [False, True]
    assert catalogue.path(catalogue.versions(NAME)[1]).read_text("utf-8") == version("2", "2025-07-01")
    assert catalogue.path(catalogue.versions(NAME)[0]).read_text("utf-8") == OLD


def test_without_own_files_the_packaged_ones_count(tmp_path: Path) -> None:
    assert load(tmp_path).get(NAME, JULY).version == "1"


def test_a_mapping_may_be_all_the_provinces_own(tmp_path: Path) -> None:
    text = version("1", "2025-01-01").replace("land_registry/parcel", "other_system/parcel")
    write(tmp_path / "mappings", "catalog/other_system/parcel.recorded.v1/mapping.yaml", text)
    assert load(tmp_path).names == [NAME, "other_system/parcel.recorded.v1"]


def test_any_version_can_be_had_by_its_label_with_the_codes_of_any_day(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01"))
    catalogue = load(tmp_path)
    mapping = catalogue.get(NAME, JULY, "1")
    assert mapping.version == "1"
    assert catalogue.get(NAME, JULY, "1") is mapping
    with pytest.raises(UnknownMapping, match=f"no version '9' of '{NAME}'"):
        catalogue.get(NAME, JULY, "9")


def test_a_withdrawn_version_is_known_by_its_label_and_never_in_force(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01"), "withdrawn/")
    catalogue = load(tmp_path)
    assert catalogue.get(NAME, date(2030, 1, 1)).version == "1"
    assert catalogue.get(NAME, JULY, "2").forward({"name": "Lê", "colour": "red"}).document == {
        "HoTen": "Lê",
        "Mau": "1",
    }
    assert [one.version for one in catalogue.withdrawn(NAME)] == ["2"]


def test_a_label_stays_taken_when_its_version_is_withdrawn(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01"), "withdrawn/")
    own(tmp_path, "2", version("2", "2025-08-01"))
    with pytest.raises(TableError, match="is version '2' too"):
        load(tmp_path)


def test_a_day_is_free_again_when_its_version_is_withdrawn(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01"), "withdrawn/")
    own(tmp_path, "3", version("3", "2025-07-01", "Ten3"))
    assert load(tmp_path).get(NAME, JULY).version == "3"


def test_an_own_list_takes_the_place_of_the_packaged_one(tmp_path: Path) -> None:
    write(
        tmp_path / "mappings", "codelists/colours.yaml", COLOURS.replace('"red", foreign: "1"', '"red", foreign: "9"')
    )
    catalogue = load(tmp_path)
    assert catalogue.get(NAME, JULY).forward({"colour": "red"}).document["Mau"] == "9"
    assert catalogue.lists["colours"].file == "mappings/codelists/colours.yaml"
    assert catalogue.path(catalogue.lists["colours"]) == tmp_path / "mappings/codelists/colours.yaml"


def test_a_complaint_about_an_own_file_names_it_as_the_province_knows_it(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01").replace("from: name", "frm: name"))
    with pytest.raises(TableError, match=rf"^mappings/catalog/{NAME}/mapping\.2\.yaml:6: "):
        load(tmp_path)


def test_a_missing_list_is_found_before_a_version_comes_into_force(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2999-07-01").replace("list: colours", "list: shapes"))
    catalogue = load(tmp_path)
    assert catalogue.get(NAME).version == "1"
    with pytest.raises(TableError, match="no code list 'shapes'"):
        catalogue.compile_all()


def test_the_files_to_watch_are_those_that_are_read_and_no_others(tmp_path: Path) -> None:
    own(tmp_path, "2", version("2", "2025-07-01"))
    own(tmp_path, "3", version("3", "2025-08-01"), "withdrawn/")
    write(tmp_path / "mappings", "codelists/colours.yaml", COLOURS)
    write(tmp_path / "mappings", f"catalog/{NAME}/.mapping.4.yaml.staged", "half a fi")
    write(tmp_path / "mappings", f"catalog/{NAME}/notes.txt", "why")
    assert sorted(path.name for path in files(tmp_path / "mappings")) == [
        "colours.yaml",
        "mapping.2.yaml",
        "mapping.3.yaml",
    ]
    assert load(tmp_path).get(NAME, JULY).version == "2"
