"""Documents as people read them: indented, names apart from values by colour and by place."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from markupsafe import Markup, escape

_TOKEN = re.compile(r'("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?)')
_TAG = re.compile(r"<[^<>]*>")
_MOST = 200_000
"""Characters; what is longer is shown without colours."""


def coloured(document: Any) -> Markup:
    """A JSON document."""
    text = _indented(document)
    return _in_colours(text) if len(text) <= _MOST else escape(text)


def pretty(text: str) -> Markup:
    """What a system answered: as JSON where it is JSON, with its tags in colour where it is XML, else as it is."""
    if len(text) > _MOST:
        return escape(text)
    try:
        indented = _indented(orjson.loads(text))
    except orjson.JSONDecodeError:
        return _tags_in_colours(text) if text.lstrip().startswith("<") else escape(text)
    except RecursionError:  # deeper than anybody reads
        return escape(text)
    return _in_colours(indented) if len(indented) <= _MOST else escape(text)


def _indented(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def _in_colours(text: str) -> Markup:
    made, at = [], 0
    for token in _TOKEN.finditer(text):
        made += [escape(text[at : token.start()]), _token(token)]
        at = token.end()
    return Markup("".join([*made, escape(text[at:])]))  # noqa: S704 - each part is escaped


def _token(token: re.Match[str]) -> str:
    text, colon, word, figure = token.groups()
    if text is not None:
        return f'<b class="{"name" if colon else "text"}">{escape(text)}</b>{colon or ""}'
    return f'<b class="word">{word or figure}</b>'


def _tags_in_colours(text: str) -> Markup:
    """A value may hold `>`, which ends the colour and nothing else."""
    made, at = [], 0
    for tag in _TAG.finditer(text):
        made += [escape(text[at : tag.start()]), f'<b class="name">{escape(tag[0])}</b>']
        at = tag.end()
    return Markup("".join([*made, escape(text[at:])]))  # noqa: S704 - each part is escaped
