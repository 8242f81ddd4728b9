"""The language of a page: what somebody chose, else what their browser asks for, else Vietnamese."""

from __future__ import annotations

from typing import Literal

from aiohttp import hdrs, web

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
COOKIE = "lang"
_KEPT = 365 * 86_400


def language_of(request: web.Request) -> Language:
    """The language to answer in."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return _preferred(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))


def keep(response: web.StreamResponse, language: Language, *, secure: bool) -> None:
    """Remember the choice in this browser."""
    response.set_cookie(
        COOKIE, language, max_age=_KEPT, path="/console", httponly=True, samesite="Strict", secure=secure
    )


def _preferred(header: str) -> Language:
    """The better liked of the two; neither named, or both alike: Vietnamese."""
    liked = {"vi": 0.0, "en": 0.0}
    for part in header.split(",")[:20]:
        name, *rest = (piece.strip().lower() for piece in part.split(";"))
        weight = next((_number(one[2:]) for one in rest if one.startswith("q=")), 1.0)
        main = name.partition("-")[0]
        if main in liked:
            liked[main] = max(liked[main], weight)
    return "en" if liked["en"] > liked["vi"] else "vi"


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
