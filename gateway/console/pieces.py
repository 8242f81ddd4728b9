"""The small parts that pages are made of: two languages side by side, chips, tables, addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from gateway.console.markup import Html, Piece, html, tag
from gateway.console.words import OPERATIONS, STATES, Words

ROOT = "/console"


def two(words: Words) -> Html:
    """Both languages in one line, the second small."""
    return html(words.vi, " ", english(words.en))


def english(text: Piece) -> Html:
    """English beside the Vietnamese."""
    return tag("span", text, lang="en", class_="en")


def paragraph(words: Words, **attributes: str) -> Html:
    """Both languages, one under the other."""
    return tag("p", words.vi, tag("br"), english(words.en), **attributes)


def heading(level: int, words: Words, **attributes: str) -> Html:
    """A heading in both languages."""
    return tag(f"h{level}", two(words), **attributes)


def chip(words: Words, tone: str) -> Html:
    """A small label: a tone, and always the words."""
    return tag("span", two(words), class_=f"chip {tone}")


def state_chip(state: str) -> Html:
    """A delivery's state."""
    return chip(Words(STATES[state].vi, state), STATES[state].tone)


def link(text: Piece, where: str) -> Html:
    """A link to another page of the console."""
    return tag("a", text, href=where)


def code(text: str) -> Html:
    """Something to be read letter by letter: an id, a name in a program."""
    return tag("code", text)


def operation(name: str) -> Html:
    """What is asked of a destination."""
    return two(OPERATIONS[name]) if name in OPERATIONS else code(name)


def table(heads: Sequence[Words], rows: Iterable[Sequence[Piece]]) -> Html:
    """A table; each cell repeats its head, for narrow screens, where every row becomes a card but stays a row."""
    labels = [f"{words.vi} · {words.en}" for words in heads]
    head = tag("tr", [tag("th", two(words), scope="col", role="columnheader") for words in heads], role="row")
    body = [
        tag(
            "tr",
            [
                tag("td", tag("div", cell), role="cell", data_label=label)
                for label, cell in zip(labels, row, strict=True)
            ],
            role="row",
        )
        for row in rows
    ]
    # The roles are what a table has anyway, until a narrow screen lays it out as something else.
    return tag("table", tag("thead", head, role="rowgroup"), tag("tbody", body, role="rowgroup"), role="table")


def address(*parts: str, **query: str | None) -> str:
    """An address inside the console; whatever stands in the parts stays data."""
    path = "/".join((ROOT, *(quote(part, safe="") for part in parts)))
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path
