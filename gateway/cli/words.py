"""How commands speak: data on stdout as text or JSON, words on stderr, tables and progress for people at a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import orjson
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

STATE_COLOURS = {
    "delivered": "green", "open": "yellow", "held": "yellow", "pending": "yellow", "delivering": "yellow",
    "waiting": "yellow", "uncertain": "magenta", "refused": "red", "dead": "red", "superseded": "dim",
    "cancelled": "dim",
}  # fmt: skip


PIPED_WIDTH = 160
"""Columns of a table that goes into a file or a pipe, where no terminal says how wide it is."""


def people() -> Console:
    """Where words go: stderr, so that data stays data."""
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(text: str = "") -> None:
    """A line for the person at the terminal; may carry rich markup."""
    people().print(visible(text))


def fail(text: str, code: int = 1) -> NoReturn:
    """Say what went wrong and end."""
    people().print(f"[red]✗[/] {escape(visible(text))}")
    sys.exit(code)


def give(value: Any, *, as_json: bool, text: str | Table | Iterable[str | Table]) -> None:
    """Print a result: the value as JSON, or its form for people."""
    if as_json:
        sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")
        return
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    out = Console(highlight=False, soft_wrap=True, width=width, emoji=False)  # `file.yaml:100:` is a line, not a 💯
    for part in (text,) if isinstance(text, str | Table) else text:
        out.print(visible(part) if isinstance(part, str) else part)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table; what is not text is shown as text, nothing as a dash. Cells may not carry markup."""
    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(cell(value) for value in row))
    return made


def cell(value: Any) -> str:
    """One value as a cell; states get their colour, and always their word."""
    if value is None or value == "":
        return "–"
    text = escape(visible(str(value)))
    colour = STATE_COLOURS.get(text)
    return f"[{colour}]{text}[/]" if colour else text


def visible(text: str) -> str:
    """With what would steer the terminal, or turn the order of letters, as its escape: others wrote it."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Any]:
    """A bar on stderr where a terminal is attached; gives a function to call per step done."""
    with _bar(title, total) as (bar, task):
        yield lambda: bar.advance(task) if bar else None


@contextmanager
def tracked(title: str, total: int | None) -> Iterator[Any]:
    """The same; gives a function to call with how many are done in all."""
    with _bar(title, total) as (bar, task):
        yield lambda done: bar.update(task, completed=done) if bar else None


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[Any]:
    if not sys.stderr.isatty():
        yield None, None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=people(), transient=True) as bar:
        yield bar, bar.add_task(title, total=total)
