"""HTML made of values: every text and every attribute is escaped where it is put in, so that no page can forget to.

What comes out is well-formed as XML too, so that a test can read a page with a strict parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape


class Html(str):
    """Markup that is ready to be written; only this module makes it from plain text."""

    __slots__ = ()


Piece = Html | str | int | None | Iterable["Piece"]
"""What may stand inside an element: markup, plain text, a number, nothing, or several of these."""

_VOID = frozenset({"br", "input", "link", "meta"})
# Neither HTML nor XML has a way to write these; they can only come from something odd in another system's answer.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tag(element: str, /, *children: Piece, **attributes: str | int | bool | None) -> Html:
    """An element. `class_` becomes `class`, `aria_label` becomes `aria-label`; None and False vanish."""
    inside = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text("" if value is True else value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if element in _VOID:
        return Html(f"<{element}{inside}/>")
    return Html(f"<{element}{inside}>{html(*children)}</{element}>")


def html(*pieces: Piece) -> Html:
    """Pieces one after the other, plain text escaped."""
    return Html("".join(_piece(piece) for piece in pieces))


def _piece(piece: Piece) -> str:
    if piece is None:
        return ""
    if isinstance(piece, Html):
        return piece
    if isinstance(piece, str | int):
        return _text(piece)
    return html(*piece)


def _text(value: str | int) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", str(value)))
