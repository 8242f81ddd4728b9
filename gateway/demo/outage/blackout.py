"""The portal is away for hours, one client's endpoint too; then both come back, and the password has expired."""

from __future__ import annotations

import asyncio

from adapters.national_portal.simulator import faults
from gateway.demo.outage import claims
from gateway.demo.outage.claims import Claim
from gateway.demo.outage.plan import CITIZENS, DOCUMENTS, PORTAL
from gateway.demo.outage.site import break_down, mend
from gateway.demo.outage.stage import Stage
from gateway.demo.outage.traffic import day_of_messages

_ELSEWHERE = {CITIZENS: "citizen.lookup_requested.v1", DOCUMENTS: "document.reuse_requested.v1"}
_LOGIN_REFUSED = "LOGIN_REFUSED"
_SOON = 30.0
_PATIENCE = 600.0


async def black_out(stage: Stage) -> list[Claim]:
    """Play it; what it shows. Raises `GatewayError` where the gateway does not come to rest."""
    plan, place = stage.plan, stage.place
    told = day_of_messages(plan.dossiers, place.offices)
    break_down(place.unwell, faults.cut_before_commit())
    break_down(place.portal, faults.http_status(503))
    half = len(told) // 2
    with stage.track("cổng ngừng, hồ sơ vẫn đến / the portal is away, messages come", len(told)) as done:
        await stage.senders.spread(told[:half], plan.away / 2, done)
        break_down(place.portal, faults.cut_before_commit())  # from "not now" to no answer at all
        await stage.senders.spread(told[half:], plan.away / 2, lambda count: done(half + count))
    meanwhile = await _elsewhere(stage)
    while_away = await stage.attempts(PORTAL)
    mend(place.portal)
    returned = await _drain(stage)
    wasted = await stage.attempts(PORTAL) - len(place.portal.effects) - while_away  # at rest, so nothing is under way
    sheet = await stage.ask("/v1/balance")
    return [
        claims.few_attempts(
            "no_tries_burnt", "Khi cầu dao mở không tốn lượt thử nào", "no tries were burnt while the breaker was open",
            while_away, _allowed(stage),
        ),
        *meanwhile,
        claims.healed(wasted, _allowed(stage), returned),
        claims.nothing_dead(sheet),
        claims.in_order(place.portal.effects, plan.dossiers),
        claims.within_rate(place.portal.effects, plan.compressed_rate, _at_once(stage)),
        claims.balanced("balance", sheet, _counts(stage)),
    ]  # fmt: skip


async def _elsewhere(stage: Stage) -> list[Claim]:
    """How the others did while the portal and one client's endpoint were away."""
    wanted = sum(stage.senders.taken[kind] for kind in _ELSEWHERE.values())
    well = stage.place.offices[0]

    async def through() -> bool:
        return sum([len(await stage.latencies(name)) for name in _ELSEWHERE]) >= wanted

    await stage.until("tra cứu đi các hệ thống khác / look-ups elsewhere went through", through, _SOON)
    elsewhere = [seconds for name in _ELSEWHERE for seconds in await stage.latencies(name)]
    answers = len([one async for one in stage.deliveries(destination=well.destination)])
    return [
        claims.undisturbed(
            "others_go_on", "Các hệ thống khác không hề chờ", "other destinations did not wait", elsewhere, wanted
        ),
        claims.undisturbed(
            "one_client_holds_nobody", "Đầu nhận đã chết của một đơn vị không giữ ai lại",
            "one client's dead endpoint held nobody else", await stage.latencies(well.destination), answers,
        ),
    ]  # fmt: skip


async def _drain(stage: Stage) -> int:
    """The portal is back; a third of the way through the password expires, is renewed, and all drains by itself.

    How many the expired password sent back to where they came from.
    """
    plan, place = stage.plan, stage.place
    whole = plan.dossiers * 3
    with stage.track("cổng trở lại, hàng chờ tự vơi / the portal is back, the backlog drains", whole) as done:
        await asyncio.wait_for(place.portal.log.reached(whole // 3), _PATIENCE)
        place.expire_password()
        await asyncio.sleep(plan.expired)
        told = [one async for one in stage.deliveries(destination=PORTAL, state="pending", code=_LOGIN_REFUSED)]
        place.renew_password()
        mend(place.unwell)

        async def drained() -> bool:
            done(len(place.portal.effects))
            return bool((await stage.ask("/v1/balance"))["open"] == 0)

        await stage.until("hàng chờ vơi hết / the backlog drained", drained, _PATIENCE)
    return len(told)


def _at_once(stage: Stage) -> int:
    return stage.gateway.settings.destination(PORTAL).concurrency


def _allowed(stage: Stage) -> int:
    """Calls under way when it began, as many as the breaker counts, and those that were at the gate meanwhile."""
    return 2 * _at_once(stage) + stage.gateway.settings.destination(PORTAL).breaker_failures


def _counts(stage: Stage) -> dict[str, int]:
    taken = stage.senders.taken
    portal = taken["dossier.recorded.v1"] + taken["dossier.progressed.v1"]
    return {PORTAL: portal, **{name: taken[kind] for name, kind in _ELSEWHERE.items()}}
