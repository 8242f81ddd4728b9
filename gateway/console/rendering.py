"""Pages from templates: everything put in is escaped, in the language of whoever asked.

Templates are written in Vietnamese; English stands in `locale/en.po`, compiled when the process starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gateway.console import assets, moments, words
from gateway.console.colouring import coloured, pretty
from gateway.console.language import LANGUAGES, Language
from gateway.console.words import OPERATIONS, Words, destination_words, is_for_answers, number, type_words

ROOT = "/console"
_TABLES = (
    "STATES", "MODES", "OUTCOMES", "ATTEMPTS", "FAULTS", "STANDINGS", "MESSAGE_STATES", "PAYMENTS", "QUIET", "SAID",
    "JOBS", "ITEMS", "ROLE_NAMES",
)  # fmt: skip
"""Tables of words that templates read."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a screen answers: a template with its values."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def address(*parts: str, **query: object) -> str:
    """An address inside the console; whatever stands in the parts stays data, empty questions vanish."""
    path = "/".join((ROOT, *(quote(str(part), safe="") for part in parts)))
    asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    return f"{path}?{asked}" if asked else path


def static(name: str) -> str:
    """The address of a file that pages load."""
    return f"{ROOT}/static/{assets.load().addresses[name]}"


def say(told: Any, language: Language) -> str:
    """One of two languages; the other where there is nothing to say in this one."""
    if told is None:
        return ""
    if isinstance(told, str):
        vi, separator, en = told.partition(" / ")
        return en if separator and language == "en" else vi
    both = told if isinstance(told, Mapping) else {"vi": told.vi, "en": told.en}
    other = "en" if language == "vi" else "vi"
    return both.get(language) or both.get(other) or ""


def render(page: Page, language: Language, now: datetime, **shared: Any) -> str:
    """The document (or the piece of one) that a page is."""
    values = {**shared, **page.values, "now": now, "lang": language}
    return environments()[language].get_template(page.template).render(values)


@cache
def environments() -> Mapping[Language, Environment]:
    """Made once; reading the catalogue takes some milliseconds."""
    return {language: _environment(language) for language in LANGUAGES}


@cache
def translations(language: Language) -> NullTranslations:
    """What Vietnamese texts of templates and scripts are in a language."""
    if language == "vi":
        return NullTranslations()
    with (files("gateway.console") / "locale" / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _environment(language: Language) -> Environment:
    made = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    known = translations(language)
    made.install_gettext_callables(known.gettext, known.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= _filters(language)
    made.globals |= {name: getattr(words, name) for name in _TABLES}
    made.globals |= {
        "address": address,
        "static": static,
        "has_asset": assets.load().has,
        "ROOT": ROOT,
        "TAIL_STATES": {
            **words.STATES,
            "accepted": words.State("đã ghi vào sổ", "accepted", "quiet", words.Words("", "")),
        },
        "TAIL_TYPES": words.TYPES,
        "is_for_answers": is_for_answers,
        "took": moments.took,
        "moment": _moment,
        "ago": _ago,
        "until": _until,
    }
    return made


def _filters(language: Language) -> dict[str, Callable[..., Any]]:
    def said(told: Any) -> str:
        return say(told, language)

    def words_json(table: Mapping[str, Any]) -> str:
        return orjson.dumps(
            {str(name): [said(told), getattr(told, "tone", "")] for name, told in table.items()}
        ).decode()

    return {
        "words_json": words_json,
        "document": coloured,
        "pretty": pretty,
        "say": said,
        "number": number,
        "span": lambda length: moments.span(length, language),
        "type_name": lambda name: said(type_words(name)),
        "destination_name": lambda name: said(destination_words(name)),
        "operation_name": lambda name: said(OPERATIONS.get(name, Words(name, name))),
    }


@pass_context
def _moment(context: Context, at: str | datetime | None) -> Markup:
    """A moment as an element that programs read too."""
    if at is None:
        return Markup("–")
    return Markup('<time datetime="{}">{}</time>').format(moments.machine(at), moments.clock(at, context["now"]))


@pass_context
def _ago(context: Context, at: str | datetime | None) -> str:
    return moments.span(context["now"] - moments.read(at), context["lang"]) if at else "–"


@pass_context
def _until(context: Context, at: str | datetime | None) -> Markup:
    """How long it still takes, counted down where scripts run; empty when it is due."""
    if at is None:
        return Markup("")
    left = moments.read(at) - context["now"]
    if left.total_seconds() <= 0:
        return Markup("")
    told = escape(moments.span(left, context["lang"]))
    return Markup('<span data-until="{}">{}</span>').format(moments.machine(at), told)
