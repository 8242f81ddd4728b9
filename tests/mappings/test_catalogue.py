"""The catalogue: which version is in force on a day, with which codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mappings import Catalogue, TableError, UnknownMapping
from tests.mappings.workbench import FILE, HEAD, NAME, a_catalogue, a_table, write

OLD = a_table("- {to: Ten, from: name}")
NEW = a_table("- {to: HoTen, from: name}", HEAD.replace('"1"', '"2"').replace("2025-01-01", "2025-07-01"))
NEW_FILE = FILE.replace("mapping.yaml", "mapping-2.yaml")


def two_versions(folder: Path, new: str = NEW) -> Catalogue:
    write(folder, NEW_FILE, new)
    return Catalogue.load(write(folder, FILE, OLD))


@pytest.mark.parametrize(
    ("day", "version", "field"),
    [
        (date(2025, 1, 1), "1", "Ten"),
        (date(2025, 6, 30), "1", "Ten"),
        (date(2025, 7, 1), "2", "HoTen"),
        (date(2030, 1, 1), "2", "HoTen"),
    ],
)
def test_the_version_in_force_on_a_day_is_taken(tmp_path: Path, day: date, version: str, field: str) -> None:
    mapping = two_versions(tmp_path).get(NAME, day)
    assert (mapping.name, mapping.version) == (NAME, version)
    assert mapping.forward({"name": "Lê"}).document == {field: "Lê"}


def test_versions_are_listed_oldest_first(tmp_path: Path) -> None:
    assert [table.version for table in two_versions(tmp_path).versions(NAME)] == ["1", "2"]


def test_before_the_first_version_there_is_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(UnknownMapping, match=f"no version of '{NAME}' is in force on 2024-12-31"):
        two_versions(tmp_path).get(NAME, date(2024, 12, 31))


def test_a_name_nobody_knows_is_answered_with_those_known(tmp_path: Path) -> None:
    catalogue = two_versions(tmp_path)
    assert catalogue.names == [NAME]
    with pytest.raises(UnknownMapping, match=f"no mapping 'parcel'; known: {NAME}"):
        catalogue.get("parcel")


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (NEW.replace("2025-07-01", "2025-01-01"), "is in force from the same day"),
        (NEW.replace('"2"', '"1"'), "is version '1' too"),
    ],
)
def test_versions_that_could_not_be_told_apart_are_refused(tmp_path: Path, new: str, problem: str) -> None:
    with pytest.raises(TableError, match=problem) as caught:
        two_versions(tmp_path, new)
    assert NEW_FILE in str(caught.value) and FILE in str(caught.value)


def test_codes_are_those_of_the_day_asked_for_whatever_was_asked_before(tmp_path: Path) -> None:
    dated = """\
name: colours
vi: Màu
en: colour
entries:
  - {canonical: "red", foreign: "1", valid_to: 2025-06-30}
  - {canonical: "red", foreign: "7", valid_from: 2025-07-01}
"""
    catalogue = a_catalogue(tmp_path, "- {to: Mau, from: colour, as: code, list: colours}", colours=dated)
    days = [date(2025, 6, 30), date(2025, 7, 1), date(2025, 6, 30)]
    sent = [catalogue.get(NAME, day).forward({"colour": "red"}).document["Mau"] for day in days]
    assert sent == ["1", "7", "1"]


def test_asking_again_on_the_same_day_gives_the_same_mapping_without_compiling(tmp_path: Path) -> None:
    catalogue = two_versions(tmp_path)
    first = catalogue.get(NAME, date(2025, 7, 1))
    assert catalogue.get(NAME, date(2025, 7, 1)) is first
    assert catalogue.get(NAME, date(2025, 6, 30)) is not first


def test_every_version_in_the_package_compiles_on_its_first_day_and_today() -> None:
    catalogue = Catalogue.load()
    for name in catalogue.names:
        assert catalogue.get(name).name == name
        for table in catalogue.versions(name):
            assert catalogue.get(name, table.effective_from).version == table.version


def test_the_package_holds_the_portals_two_mappings() -> None:
    assert {"national_portal/dossier.recorded.v1", "national_portal/dossier.progressed.v1"} <= set(
        Catalogue.load().names
    )
