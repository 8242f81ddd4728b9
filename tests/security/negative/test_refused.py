"""What is not somebody's is refused as specified, stores nothing, and leaves the audit entry that it should.

Every case is one attack on one running gateway; what holds of all of them is checked here, once.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import chain

import orjson
import pytest
import pytest_asyncio

from gateway.intake.surface import ROUTES
from tests.security.negative import browsers, calls, documents, identities, pages, spoofing, tokens, wires
from tests.security.negative.case import CONTENT, Ask, Case, Trace
from tests.security.negative.roles import CODES, MATRIX
from tests.security.negative.screens import ANSWERS, ENDS_THE_SESSION, REAL, WAYS, Visit, visits
from tests.security.negative.site import PEOPLE, PERSONAL, Site, attacked

KINDS = {
    "identities": identities.CASES,
    "tokens": tokens.CASES,
    "spoofing": spoofing.CASES,
    "calls": calls.CASES,
    "browsers": browsers.CASES,
    "pages": pages.CASES,
    "documents": documents.CASES,
    "wires": wires.CASES,
}
CASES = tuple(chain.from_iterable(KINDS.values()))
LEAST = 120

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        async with attacked(tmp_path_factory.mktemp("attacked"), patch) as opened:
            yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_it_is_refused_stores_nothing_and_leaves_its_trace(
    site: Site, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await site.forget_refusals()
    before, written = site.stored(), await site.audited()
    site.lines.seek(0)
    site.lines.truncate()
    answered = await site.attack(case)
    assert (answered.status, answered.code) == (case.status, case.code), answered
    assert site.stored() == before
    new = [one for one in await site.audited() if one not in written]
    judge_trace(case, new)
    logged = site.lines.getvalue() + caplog.text
    assert logged or new or answered.status == 200 or case.leaves == pages.SHOWN, "nobody will know of it"
    said = orjson.dumps(new).decode() + logged
    for secret in (*site.secrets, *case.never):
        assert secret not in said, secret


def judge_trace(case: Case, new: list[dict[str, object]]) -> None:
    """One entry that says who was refused what and why; or none, for the reason the case gives."""
    if isinstance(case.leaves, str):
        assert (new, bool(case.leaves)) == ([], True)
        return
    trace: Trace = case.leaves
    [entry] = new
    reason = case.code if trace.reason is None else trace.reason
    expected = (trace.actor, trace.action, reason, trace.ok)
    assert (entry["actor"], entry["action"], entry["reason"], entry["ok"]) == expected


async def test_the_judge_is_not_blind() -> None:
    entry = {"actor": "-", "action": "refused.listMessages", "reason": "CREDENTIALS_MISSING", "ok": False}
    case = identities.CASES[0]
    judge_trace(case, [dict(entry)])
    for wrong in ([], [entry, entry], *([entry | {name: "khac"}] for name in entry)):
        with pytest.raises((AssertionError, ValueError)):
            judge_trace(case, [dict(one) for one in wrong])
    with pytest.raises(AssertionError):
        judge_trace(replace(case, leaves=CONTENT), [dict(entry)])


LISTS = ("/v1/messages", "/v1/deliveries", "/v1/deliveries?message=<message>", "/v1/payments")


async def test_the_lists_of_a_client_hold_nothing_of_another(site: Site) -> None:
    for path in LISTS:
        for who, any_ in (("nguoi-la", False), ("mot-cua", True)):
            answered = await site.attack(Case(path, Ask("GET", path, who=who), 200, "", CONTENT))
            assert answered.status == 200
            items = orjson.loads(answered.body)["items"]
            assert bool(items) is any_, (path, who)


async def test_nobody_gets_through_a_route_that_is_not_theirs_and_each_try_is_audited(site: Site) -> None:
    before = site.stored()
    for case in MATRIX:
        await site.forget_refusals()
        written = await site.audited()
        answered = await site.attack(case)
        assert (answered.status, answered.code in CODES) == (case.status, True), case.name
        judge_trace(replace(case, code=answered.code), [one for one in await site.audited() if one not in written])
    assert site.stored() == before


async def test_the_matrix_is_made_of_every_route_that_is_not_everybodys() -> None:
    guarded = {f"refused.{route.name}" for route in ROUTES if route.access != "anyone"}
    assert {one.leaves.action for one in MATRIX if isinstance(one.leaves, Trace)} == guarded
    assert len(MATRIX) > 2 * len(guarded)


async def test_nobody_gets_through_a_screen_of_the_console_that_is_not_theirs_and_each_try_is_audited(
    site: Site,
) -> None:
    before = site.stored()
    for visit in visits(may=False):
        case = visit.case(site)
        await site.forget_refusals()
        written = await site.audited()
        answered = await site.attack(case)
        assert answered.status == case.status, case.name
        assert not [one for one in PERSONAL if one in answered.body], case.name
        judge_trace(case, [one for one in await site.audited() if one not in written])
    assert site.stored() == before


async def test_whoever_may_go_to_a_screen_is_let_in_and_an_empty_form_changes_nothing(site: Site) -> None:
    before = site.stored()
    for visit in visits(may=True):
        if visit.way.path in ENDS_THE_SESSION:
            continue
        answered = await site.visit(visit.case(site).ask)
        if visit.way.method == "GET":
            assert answered.status == ANSWERS.get(visit.way.path, 200), visit.name
        else:
            expected = {401} if visit.way.path == "/sign-in" else {200, 303, 404, 409, 422}
            assert answered.status in expected, visit.name
        if visit.who in ("nobody", "viewer"):
            assert not [one for one in PERSONAL if one in answered.body], visit.name
    assert site.stored() == before


async def test_whoever_signs_out_in_the_console_is_out(site: Site) -> None:
    again = await site.sign_in("viewer")
    [out] = [one for one in WAYS if one.path in ENDS_THE_SESSION]
    assert (await site.visit(Visit(out, again).case(site).ask)).status == 303
    assert (await site.visit(Visit(out, again).case(site).ask)).status == 401


async def test_every_address_of_the_console_has_its_cases() -> None:
    with_parts = {way.path for way in WAYS if "{" in way.path}
    assert with_parts == set(REAL)
    guarded = [way for way in WAYS if way.role is not None]
    assert {one.way.path for one in visits(may=False)} == {way.path for way in guarded}
    assert len([*visits(may=True), *visits(may=False)]) == len(WAYS) * (1 + len(PEOPLE))


async def test_the_suite_is_as_large_as_it_says() -> None:
    names = Counter(one.name for one in CASES)
    assert not [name for name, count in names.items() if count > 1]
    assert len(CASES) >= LEAST
