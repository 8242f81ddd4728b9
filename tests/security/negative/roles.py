"""Every route for everybody it is not for, made from the table of routes: counted apart, not as cases of the suite."""

from __future__ import annotations

from gateway.intake.surface import ROUTES
from gateway.intake.surface.route import Route
from tests.intake.test_gate import SENDER, expected
from tests.security.negative.case import JSON, Ask, Case, refused
from tests.security.negative.site import PEOPLE

_WHO = {SENDER: "mot-cua"}
CODES = {"CREDENTIALS_MISSING", "ROLE_REQUIRED", "PEOPLE_ONLY"}


def _case(route: Route, caller: str) -> Case:
    who = _WHO.get(caller, caller)
    body = {"reason": "thử"} if route.method == "POST" else None
    path = route.path.replace("{", "").replace("}", "")
    ask = Ask(route.method, path, who=who, body=body, content=JSON if body else None, whence="127.8.1.1")
    leaves = refused(route.name, "-" if caller == "nobody" else who)
    return Case(f"{route.name} by {caller}", ask, expected(route, caller), "", leaves)


MATRIX = tuple(
    _case(route, caller)
    for route in ROUTES
    for caller in ("nobody", SENDER, *PEOPLE)
    if expected(route, caller) in (401, 403)
)
