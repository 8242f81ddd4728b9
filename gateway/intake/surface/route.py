"""What a route says of itself, and the words its commands are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gateway.intake import body
from gateway.message import PersonRole

Access = Literal["anyone", "client", "viewer", "operator", "administrator"]
"""Who a route is for: anyone; sending systems (their own) and people; or people of this role and above alone."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path. `name` is the operation's id and picks the handler."""

    method: str
    path: str
    name: str
    vi: str
    en: str
    access: Access
    person: PersonRole = "viewer"
    """The role a person needs where `access` is "client"."""
    query: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    gives: tuple[tuple[int, str], ...] = ((200, body.JSON),)
    fails: tuple[int, ...] = ()
    group: Literal[
        "messages",
        "catalogue",
        "payments",
        "callbacks",
        "proof",
        "steering",
        "watch",
        "reconciliation",
        "indicators",
        "clients",
        "users",
    ] = "messages"
    deep: str = ""
    """The place in the path that may hold slashes, as the names of clients' destinations do."""

    @property
    def pattern(self) -> str:
        """The path as the server matches it."""
        return self.path.replace(f"{{{self.deep}}}", f"{{{self.deep}:.+}}") if self.deep else self.path


PAGE = ("cursor", "limit")
COMMAND_FAILS = (400, 403, 404, 408, 409, 413, 415, 422, 503)

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
SHORT: dict[str, Any] = {"type": "string", "maxLength": 200}
ANY_TEXT: dict[str, Any] = {"type": "string"}
DAY: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}


def an_object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    """The schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
