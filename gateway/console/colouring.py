"""Documents as people read them: indented, names apart from values by colour and by place."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from markupsafe import Markup, escape

_TOKEN = re.compile(r'("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?)')
_XML = re.compile(r"(&lt;/?[^&]*?(?:&(?!gt;)[^&]*?)*&gt;)")
_MOST = 200_000
"""Characters; what is longer is shown without colours."""


def coloured(document: Any) -> Markup:
    """A JSON document."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if len(text) > _MOST:
        return escape(text)
    made, at = [], 0
    for token in _TOKEN.finditer(text):
        made.append(escape(text[at : token.start()]))
        made.append(_token(token))
        at = token.end()
    return Markup("").join([*made, escape(text[at:])])


def pretty(text: str) -> Markup:
    """What a system answered: as JSON where it is JSON, with its tags in colour where it is XML, else as it is."""
    try:
        return coloured(orjson.loads(text))
    except orjson.JSONDecodeError:
        escaped = escape(text)
        return Markup(_XML.sub(r'<b class="name">\1</b>', escaped)) if text.lstrip().startswith("<") else escaped  # noqa: S704 - escaped


def _token(token: re.Match[str]) -> Markup:
    text, colon, word, figure = token.groups()
    if text is not None:
        kind = "name" if colon else "text"
        return Markup('<b class="{}">{}</b>{}').format(kind, text, colon or "")
    return Markup('<b class="word">{}</b>').format(word or figure)
