"""What a screen is told of a request: who asks, in which language, and when; and what they filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aiohttp import web

from gateway.console.language import Language
from gateway.console.rendering import Page
from gateway.message import ROLES, PersonRole

Role = PersonRole
LONGEST_REASON = 500
ORDINARY_FORM = 64 << 10
"""Bytes of a form that carries no document."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is signed in, with the role whose rights they have."""

    name: str
    role: Role
    must_change: bool = False
    """Their password was chosen by somebody else: first they choose another."""

    def has(self, role: Role) -> bool:
        """Whether they may do what this role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody chose."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent with a form, as it was typed; of two fields with one name, the last."""

    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a screen sees it."""

    request: web.Request
    visitor: Visitor
    """Nobody, of no role, where a way is for everybody."""
    language: Language
    now: datetime
    filled: Mapping[str, str]
    """What a form holds, blanks around it removed; empty for GET."""
    form: Form
    """The same with its blanks, which belong to a password, and with its files."""
    may_still: Callable[[], Awaitable[bool]]
    """Whether they may look here now too, for what goes on for long."""

    def part(self, name: str) -> str:
        """A part of the address."""
        return self.request.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        """A question in the address."""
        return self.request.query.get(name, default).strip()

    def reason(self) -> str:
        """Why something is to be done. Raises `Unfit`."""
        reason = self.filled.get("reason", "")
        if not reason or len(reason) > LONGEST_REASON:
            raise Unfit(
                f"Cần lý do, 1 đến {LONGEST_REASON} ký tự; lý do được ghi vào nhật ký kiểm toán. / A reason is needed, "
                f"1 to {LONGEST_REASON} characters; it goes into the audit."
            )
        return reason


NOBODY = Visitor("", "viewer")


class Unfit(Exception):  # noqa: N818 - what was filled in is not fit; nothing failed
    """What was filled in cannot be taken; the message says what to fill in, in both languages."""


Answer = Page | web.StreamResponse
View = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Way:
    """One address of the console: what it takes, who may, and what answers."""

    method: Literal["GET", "POST"]
    path: str
    """Below `/console`."""
    view: View
    role: Role | None = "viewer"
    """None: also who is not signed in."""
    most: int = ORDINARY_FORM
    """Bytes its form may have; more is answered 413."""


def see(where: str) -> web.Response:
    """Go and look there; after a form, so that reloading sends nothing again."""
    return web.Response(status=303, headers={"Location": where})
