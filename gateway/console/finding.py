"""What words may mean: destinations, message types, states, failure groups, pages; accents and case do not matter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.console.language import Language
from gateway.console.menu import MENU
from gateway.console.parts import Parts
from gateway.console.rendering import address, say
from gateway.console.words import STATES, TYPES, Words, destination_words

_MOST = 30


@dataclass(frozen=True, slots=True)
class Found:
    """Something that fits, and where it stands."""

    kind: Words
    name: str
    where: str


def folded(text: str) -> str:
    """For comparing: without accents, case and needless blanks."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return " ".join(plain.casefold().split())


class Finder:
    """Looks through what has a name here; nothing personal has one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def find(self, text: str, language: Language) -> list[Found]:
        """What holds every word of the text."""
        words = folded(text).split()
        groups = await self._parts.troubles.groups.listed("all")
        kind = Words("Nhóm lỗi", "Failure group")
        known = [*self._fixed(language)]
        for one in groups:
            told = f"{say(one['title'], language)} ({one['code']}, {one['destination']})"
            sought = f"{one['title']} {one['advice']} {one['code']} {one['destination']} {one['vi']} {one['en']}"
            known.append((sought, Found(kind, told, address("groups", one["fingerprint"]))))
        return [found for sought, found in known if _holds(sought, words)][:_MOST]

    def _fixed(self, language: Language) -> Iterator[tuple[str, Found]]:
        for group in MENU:
            for entry in group.entries:
                yield _both(entry.words, Words("Trang", "Page"), entry.address, language)
        for name in self._parts.destinations():
            words, where = destination_words(name), address("deliveries", destination=name)
            yield _both(words, Words("Nơi nhận", "Destination"), where, language, name)
        for name, words in TYPES.items():
            yield _both(words, Words("Loại thông điệp", "Message type"), address("messages", type=name), language, name)
        for name, state in STATES.items():
            words = Words(state.vi, state.en)
            yield _both(words, Words("Trạng thái", "State"), address("deliveries", state=name), language, name)


def _both(words: Words, kind: Words, where: str, language: Language, name: str = "") -> tuple[str, Found]:
    return f"{words.vi} {words.en} {name}", Found(kind, say(words, language), where)


def _holds(sought: str, words: list[str]) -> bool:
    plain = folded(sought)
    return all(word in plain for word in words)
