"""What is the same whatever the screen: the language, and how to find one's way."""

from __future__ import annotations

from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.language import LANGUAGES, keep
from gateway.console.parts import Parts
from gateway.console.rendering import ROOT, Page


def ways(_: Parts) -> tuple[Way, ...]:
    """The switch of languages, and help."""
    return (Way("POST", "/language", _language, None), Way("GET", "/help", _help))


async def _help(_: Asked) -> Page:
    return Page("help.html")


async def _language(asked: Asked) -> Answer:
    chosen, back = asked.filled.get("lang", ""), asked.filled.get("back", ROOT)
    if chosen not in LANGUAGES:
        raise Unfit("Hãy chọn tiếng Việt hoặc tiếng Anh. / Choose Vietnamese or English.")
    response = see(back if back == ROOT or back.startswith(f"{ROOT}/") else ROOT)
    keep(response, chosen, secure=asked.request.secure)
    return response
