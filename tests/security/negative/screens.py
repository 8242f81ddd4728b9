"""Every address of the console for everybody, made from the console's own table: who is kept out, who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from gateway.console.asking import ROLES, Way
from gateway.console.auth import Entrance
from gateway.console.parts import Parts
from gateway.console.screens import signing, ways
from gateway.operations.sessions import csrf_of
from tests.security.negative.case import Ask, Case, Trace
from tests.security.negative.pages import FORM, SHOWN
from tests.security.negative.site import CODE, Site
from tests.security.nothing import Nothing

WAYS: tuple[Way, ...] = (
    *signing.ways(cast("Entrance", Nothing(elsewhere=""))),
    *ways(cast("Parts", Nothing())),
)
WHO = ("nobody", *ROLES)
REAL = {
    "/messages/{id}": {"id": "<message>"},
    "/messages/{id}/open": {"id": "<message>"},
    "/deliveries/{id}/hurry": {"id": "<delivery>"},
    "/deliveries/{id}/replay": {"id": "<delivery>"},
    "/deliveries/{id}/discard": {"id": "<delivery>"},
    "/deliveries/{id}/skip": {"id": "<delivery>"},
    "/deliveries/{id}/decide": {"id": "<delivery>"},
    "/deliveries/{id}/edit": {"id": "<delivery>"},
    "/deliveries/{id}/edit/check": {"id": "<delivery>"},
    "/deliveries/{id}/edit/send": {"id": "<delivery>"},
    "/dossiers/{code}": {"code": CODE},
    "/codes/{name}": {"name": "procedures"},
    "/codes/{name}/refreshed": {"name": "0a"},
    "/codes/{name}/plan": {"name": "procedures"},
    "/codes/{name}/import": {"name": "procedures"},
    "/users/{name}": {"name": "viewer"},
    "/users/{name}/role": {"name": "viewer"},
    "/users/{name}/disable": {"name": "viewer"},
    "/users/{name}/enable": {"name": "viewer"},
    "/users/{name}/password": {"name": "viewer"},
    "/users/{name}/sessions/end": {"name": "viewer"},
    "/clients/{name}": {"name": "mot-cua"},
    "/clients/{name}/rotate": {"name": "mot-cua"},
    "/clients/{name}/revoke": {"name": "mot-cua"},
    "/groups/{fingerprint}": {"fingerprint": "0a"},
    "/groups/{fingerprint}/note": {"fingerprint": "0a"},
    "/groups/{fingerprint}/owner": {"fingerprint": "0a"},
    "/groups/{fingerprint}/mute": {"fingerprint": "0a"},
    "/groups/{fingerprint}/unmute": {"fingerprint": "0a"},
    "/replays/{id}": {"id": "0a"},
    "/replays/{id}/steer": {"id": "0a"},
    "/reconciliations/{id}": {"id": "0a"},
    "/reconciliations/{id}/steer": {"id": "0a"},
}
"""What stands in the addresses that have parts: an address that is not here has no case, and the suite fails."""
ANSWERS = {"/search": 303, "/deliveries/{id}/decide": 409} | {
    path: 404 for path, with_ in REAL.items() if "0a" in with_.values()
}
"""To those who may look: nothing was sought, nothing is in doubt, there is none. All else is a page."""
ENDS_THE_SESSION = frozenset({"/sign-out"})
"""Sent last, by somebody who signed in for it."""


@dataclass(frozen=True)
class Visit:
    """One address, asked for by one of the four."""

    way: Way
    who: str

    @property
    def may(self) -> bool:
        """Whether the table of addresses lets them."""
        if self.way.role is None:
            return True
        return self.who != "nobody" and ROLES.index(self.who) >= ROLES.index(self.way.role)  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        return f"{self.way.method} {self.way.path or '/'} by {self.who}"

    @property
    def path(self) -> str:
        """With something real in it. Raises `KeyError` for an address nobody thought of."""
        path = f"/console{self.way.path}"
        return path.format(**REAL[self.way.path]) if "{" in path else path

    def case(self, site: Site) -> Case:
        """The request, a form with this session's token and nothing else in it; and what has to come of it."""
        token = csrf_of(site.sessions[self.who]) if self.who in site.sessions else ""
        posted = self.way.method == "POST"
        ask = Ask(
            self.way.method,
            self.path,
            who=self.who,
            headers={"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": ""},
            body=f"csrf={token}" if posted else None,
            content=FORM if posted else None,
        )
        if self.who == "nobody":
            return Case(self.name, ask, 401, "", SHOWN)
        return Case(self.name, ask, 403, "", Trace("refused.console.page", self.who, "ROLE_REQUIRED"))


def visits(*, may: bool) -> Iterator[Visit]:
    """Those that are let in, or those that are kept out."""
    return (one for way in WAYS for who in WHO if (one := Visit(way, who)).may is may)
