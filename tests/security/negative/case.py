"""What one case of the suite is: somebody asks for what is not theirs, and what must and must not come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.security.negative.site import Site

STRUCTURED = "application/cloudevents+json"
JSON = "application/json"
XML = "application/xml"

CONTENT = "what is wrong with the content of a message is answered and counted: nobody asked for a right"
ABSENT = "what is not there is answered as such, the same for everybody: nothing was refused to anybody"
LOOKING = "a question with a wrong parameter changes nothing and shows nothing"
NO_REQUEST = "no whole request was read: there is neither a route nor a caller; the log has a line"
STATE = "what the state of things does not allow is written by the operation itself, or changes nothing"
PACED = "how fast somebody may send is answered and counted: no right was asked for"
ELSEWHERE = "the address is wrong, no route was reached; the log has a line"


@dataclass(frozen=True)
class Ask:
    """One request. `who`: a name `Site.headers_of` knows; `body`: bytes, a document, or made from the site."""

    method: str = "POST"
    path: str = "/v1/messages"
    who: str = "nobody"
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    content: str | None = None
    whence: str = ""
    """The address it comes from; else one of the case's own."""
    before: int = 0
    """How often the same is asked before, for what is refused only when it is too much."""


@dataclass(frozen=True)
class Raw:
    """Bytes on the wire. `<key>`, `<host>` … stand for what the site knows. `drip`: sent now and then afterwards."""

    sent: bytes
    drip: bytes = b""


@dataclass(frozen=True)
class Trace:
    """The audit entry a refusal leaves."""

    action: str
    actor: str = "-"
    reason: str | None = None
    """None: the code of the answer."""
    ok: bool = False


@dataclass(frozen=True)
class Case:
    """One attack."""

    name: str
    ask: Ask | Raw
    status: int
    code: str
    leaves: Trace | str
    """The audit entry; or why there is none."""
    never: tuple[str, ...] = ()
    """What neither the audit nor a log may hold, beside the secrets and people of the site."""
    made: Callable[[Site], Ask] | None = None
    """Where the request can be made only once the site is there."""


def refused(route: str, actor: str = "-") -> Trace:
    """What the door writes of a refusal on this route."""
    return Trace(f"refused.{route}", actor)
