"""What is in force follows the files and the day, without a restart; a file written wrongly changes nothing."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.operations.live import LiveCatalogue
from mappings.catalogue import today
from tests.operations.candidates import ADDRESS, PACKAGED, candidate
from tests.operations.conftest import MAPPING

TOMORROW = today() + timedelta(days=1)


def lay(own: Path, text: str, version: str = "2") -> Path:
    path = own / "catalog" / MAPPING / f"mapping.{version}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def a_list(own: Path, old: str, new: str) -> Path:
    """The packaged procedures with something else in them."""
    path = own / "codelists" / "procedures.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PACKAGED.path(PACKAGED.lists["procedures"]).read_text("utf-8").replace(old, new), "utf-8")
    return path


async def test_a_version_comes_into_force_when_its_day_begins_and_nobody_does_anything(tmp_path: Path) -> None:
    lay(tmp_path, candidate(ADDRESS, day=TOMORROW.isoformat()))
    day = today()
    live = LiveCatalogue(tmp_path, lambda: day)
    before = live.get(MAPPING)
    day = TOMORROW
    assert (before.version, live.get(MAPPING).version) == ("1", "2")


async def test_a_document_costs_no_look_at_a_file_and_no_compiling(tmp_path: Path) -> None:
    live = LiveCatalogue(tmp_path)
    first = live.get(MAPPING)
    lay(tmp_path, candidate(ADDRESS))
    assert live.get(MAPPING) is first


async def test_a_file_that_appears_changes_or_goes_is_seen(tmp_path: Path) -> None:
    live = LiveCatalogue(tmp_path)
    path = lay(tmp_path, candidate(ADDRESS))
    assert await live.refresh() and live.get(MAPPING).version == "2"
    path.write_text(candidate(ADDRESS, version="3"), "utf-8")
    assert await live.refresh() and live.get(MAPPING).version == "3"
    path.unlink()
    assert await live.refresh() and live.get(MAPPING).version == "1"
    assert not await live.refresh()


async def test_a_changed_list_counts_for_mappings_and_for_the_door(tmp_path: Path) -> None:
    live = LiveCatalogue(tmp_path)
    codes = live.local_procedures
    assert "1.000000.MOI" not in codes
    a_list(tmp_path, '"1.004194.000.00.00.H46"', '"1.000000.MOI"')
    await live.refresh()
    assert "1.000000.MOI" in codes and "1.004194.000.00.00.H46" not in codes
    assert len(codes) == len({*codes})
    assert live.get(MAPPING).forward({"procedure": {"code": "1.000000.MOI"}} | _rest()).document["MaTTHC"] == "1.004194"


def _rest() -> dict[str, object]:
    return {
        "code": "x", "channel": "counter", "status": "received", "agency": {"name": "x"},
        "applicant": {"kind": "citizen", "name": "x"},
    }  # fmt: skip


async def test_a_file_written_wrongly_leaves_the_last_good_in_force_and_says_why(tmp_path: Path) -> None:
    live = LiveCatalogue(tmp_path)
    path = lay(tmp_path, candidate("  - {to: X, frm: y}"))
    assert not await live.refresh()
    assert live.get(MAPPING).version == "1"
    assert live.flaw is not None and f"mappings/catalog/{MAPPING}" not in live.flaw and "mapping.2.yaml" in live.flaw
    path.write_text(candidate(ADDRESS), "utf-8")
    assert await live.refresh()
    assert (live.flaw, live.get(MAPPING).version) == (None, "2")


async def test_a_file_written_wrongly_at_start_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    lay(tmp_path, candidate("  - {to: X, frm: y}"))
    with pytest.raises(ConfigurationError, match=r"mapping\.2\.yaml:[0-9]+"):
        LiveCatalogue(tmp_path)


async def test_what_cannot_be_read_is_said_too(tmp_path: Path) -> None:
    live = LiveCatalogue(tmp_path)
    (tmp_path / "codelists" / "channel.yaml").mkdir(parents=True)
    assert not await live.refresh()
    assert live.flaw is not None and "channel.yaml" in live.flaw


async def test_whoever_follows_the_files_takes_them_up(tmp_path: Path) -> None:
    live = LiveCatalogue(tmp_path)
    following = asyncio.create_task(live.follow(0.005))
    lay(tmp_path, candidate(ADDRESS))
    async with asyncio.timeout(10):
        while live.get(MAPPING).version != "2":
            await asyncio.sleep(0.005)
    following.cancel()


async def test_asked_for_a_day_it_answers_for_that_day(tmp_path: Path) -> None:
    lay(tmp_path, candidate(ADDRESS))
    live = LiveCatalogue(tmp_path)
    assert live.get(MAPPING, date(2024, 1, 1)).version == "1"
    assert live.get(MAPPING, date(2024, 1, 1), "2").version == "2"
