"""The small parts: spans of time, words for every state, colours one can read."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from gateway.console.moments import clock, machine, span, took
from gateway.console.screens.system import free_room
from gateway.console.words import ATTEMPTS, MODES, OPEN_STATES, OUTCOMES, STATES, number
from gateway.edge_settings import DiskSettings
from gateway.message import Decision, DeliveryState
from gateway.settings import DestinationSettings
from gateway.telemetry.disk import Disk

NOW = datetime(2025, 6, 12, 1, 15, 30, tzinfo=UTC)
STYLE = (files("gateway.console") / "assets/console.css").read_text("utf-8")


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (-5, "0 giây", "0 s"), (0, "0 giây", "0 s"), (59.9, "59 giây", "59 s"), (60, "1 phút", "1 min"),
        (185, "3 phút 5 giây", "3 min 5 s"), (7200, "2 giờ", "2 h"), (7205, "2 giờ", "2 h"),
        (90_061, "1 ngày 1 giờ", "1 d 1 h"), (864_000, "10 ngày", "10 d"),
    ],
)  # fmt: skip
def test_a_span_is_told_in_its_two_largest_units(seconds: float, vi: str, en: str) -> None:
    assert (span(timedelta(seconds=seconds), "vi"), span(seconds, "en")) == (vi, en)


def test_a_moment_is_vietnamese_time_and_names_its_day_only_when_it_is_another() -> None:
    assert (clock(NOW, NOW), machine(NOW)) == ("08:15:30", "2025-06-12T08:15:30+07:00")
    # 17:00 in London is the next day here.
    assert clock("2025-06-12T17:00:00+00:00", NOW) == "13/06/2025 00:00:00"
    assert took("2025-06-12T08:15:30.100+07:00", "2025-06-12T08:15:30.350+07:00") == "250 ms"
    assert took("2025-06-12T08:15:30+07:00", "2025-06-12T08:15:42+07:00") == "12 s"


@pytest.mark.parametrize(
    ("free", "tone"), [(None, "doubt"), (99 << 20, "bad"), (150 << 20, "wait"), (5000 << 20, "good")]
)
def test_the_disk_is_judged_by_the_bounds_that_count_at_the_door(free: int | None, tone: str) -> None:
    def meter(_: Path) -> int:
        if free is None:
            raise OSError
        return free

    settings = DiskSettings(refuse_below=100 << 20, warn_below=200 << 20)
    _, cell = free_room(Disk(Path("/data"), settings, meter))
    assert cell.tone == tone
    assert free is None or cell.text == f"{number(free >> 20)} MiB (/data)"


def test_a_number_is_grouped_so_that_no_language_takes_it_for_a_fraction() -> None:
    assert number(1_234_567) == "1\u202f234\u202f567"


def test_every_state_outcome_and_mode_has_its_words() -> None:
    assert set(STATES) == {*DeliveryState, OPEN_STATES}
    assert set(ATTEMPTS) == {one.__name__.lower() for one in get_args(Decision)} | {"shadow"}
    assert set(OUTCOMES) == {"ok", "open", "refused", "attention"}
    assert set(get_args(DestinationSettings.model_fields["mode"].annotation)) <= set(MODES)


def palettes() -> dict[str, dict[str, str]]:
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    )
    return {"light": light, "dark": light | dark}


def pairs() -> list[tuple[str, str]]:
    """Every text colour and every ground it stands on."""
    tones = ("good", "busy", "wait", "doubt", "refused", "bad", "quiet")
    return [
        *itertools.product(("ink", "soft", "link"), ("paper", "card")),
        *((tone, f"{tone}-ground") for tone in tones),
        *itertools.product(("banner-ink",), ("sandbox", "sandbox-stripe", "shadow", "hold", "live")),
        ("card", "link"),  # buttons
        ("card", "bad"),  # buttons that destroy
        ("link", "quiet-ground"),
        ("bad", "card"),
        ("wait", "card"),  # warnings
        ("ink", "bad-ground"),
        ("ink", "quiet-ground"),
    ]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_is_readable_on_its_ground(name: str) -> None:
    colours = palettes()[name]
    assert [(text, ground) for text, ground in pairs() if contrast(colours[text], colours[ground]) < 4.5] == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_ring_of_the_keyboard_and_the_edge_of_fields_can_be_seen(name: str) -> None:
    colours = palettes()[name]
    for part, ground in itertools.product(("focus", "soft"), ("paper", "card")):
        assert contrast(colours[part], colours[ground]) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_class_that_a_page_uses_as_a_tone_is_drawn() -> None:
    tones = {state.tone for state in STATES.values()} | {tone for _, tone in (*OUTCOMES.values(), *ATTEMPTS.values())}
    assert [tone for tone in sorted(tones) if f".{tone} {{" not in STYLE] == []
    assert [mode for mode in MODES if f".banner.{mode}" not in STYLE] == []
