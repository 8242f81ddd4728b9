"""Vietnamese first, English by a switch or by what the browser asks for; every text has both."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.console.language import language_of
from gateway.console.menu import MENU
from gateway.console.words import SAID, STATES, TYPES
from tests.console.looking import Console, words

SHARED = pytest.mark.asyncio(loop_scope="session")
NAMES = ("%(n)s", "%(most)s", "%(who)s", "%(span)s", "%(role)s", "%(m)s")
PAGES = (
    "",
    "/messages",
    "/deliveries",
    "/help",
    "/groups",
    "/replays",
    "/tail",
    "/balance",
    "/charts",
    "/codes",
    "/mappings",
    "/users",
    "/clients",
    "/clients/mot-cua",
    "/users/admin",
    "/reconciliations",
)
CONSOLE = Path(str(files("gateway.console")))


def texts() -> set[str]:
    """Every text of the templates."""
    how = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}}
    found = extract_from_dir(CONSOLE / "templates", [("**.html", "jinja2")], options_map=how)
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def test_every_text_of_a_template_stands_in_the_english_catalogue_and_no_other() -> None:
    with (CONSOLE / "locale/en.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    translated = {one.id: one.string for one in catalogue if one.id}
    assert texts() == set(translated)
    assert [id_ for id_, string in translated.items() if not string] == []


def test_what_stands_in_a_text_stands_in_its_english_too() -> None:
    with (CONSOLE / "locale/en.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    for one in catalogue:
        names = {name for name in NAMES if name in str(one.id)}
        assert all(name in str(one.string) for name in names), one.id


def test_words_of_tables_say_it_in_both_languages() -> None:
    told = [*TYPES.values(), *SAID.values(), *(entry.words for group in MENU for entry in group.entries)]
    assert all(one.vi and one.en for one in told)
    assert all(one.vi and one.en and one.meaning.vi and one.meaning.en for one in STATES.values())


@pytest.mark.parametrize(
    ("asked", "kept", "language"),
    [
        ("", "", "vi"),
        ("en-US,en;q=0.9", "", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "", "vi"),
        ("fr,en;q=0.5,vi;q=0.4", "", "en"),
        ("de", "", "vi"),
        ("en;q=0.5,vi;q=0.5", "", "vi"),
        ("en;q=x", "", "vi"),
        ("vi", "en", "en"),
        ("en", "vi", "vi"),
        ("en", "xx", "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_asked_for_else_vietnamese(
    asked: str, kept: str, language: str
) -> None:
    headers = {"Accept-Language": asked} | ({"Cookie": f"lang={kept}"} if kept else {})
    assert language_of(make_mocked_request("GET", "/console", headers=headers)) == language


@SHARED
async def test_a_page_says_in_which_language_it_is_and_what_that_depends_on(seeded: Console) -> None:
    for language in ("vi", "en"):
        page = await seeded.look(language=language)
        assert page.root.get("lang") == page.headers["content-language"] == language
        assert page.headers["vary"] == "Accept-Language, Cookie"


@SHARED
async def test_the_switch_is_kept_in_this_browser_and_leads_back_only_into_the_console(seeded: Console) -> None:
    url = f"{seeded.rig.gateway.address}/console/language"
    ours = {"Sec-Fetch-Site": "same-origin"}
    for back, where in (("/console/messages", "/console/messages"), ("//evil.example.invalid", "/console")):
        fields = {"lang": "en", "back": back}
        async with seeded.browser.post(url, data=fields, headers=ours, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (303, where)
            kept = response.cookies["lang"]
            assert (kept.value, kept["samesite"], kept["path"]) == ("en", "Strict", "/console")
    seeded.browser.cookie_jar.clear(lambda cookie: cookie.key == "lang")


@SHARED
async def test_no_vietnamese_is_left_on_an_english_page(seeded: Console) -> None:
    for path in PAGES:
        page = await seeded.look(f"/console{path}", language="en")
        switch = [one for one in page.all("button") if one.get("lang") == "vi"]
        told = page.text.replace(words(switch[0]), "").replace("Liên Thông", "")
        assert [letter for letter in told if letter in "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"] == [], (
            path
        )
