"""A person's word on what may have happened: what both answers would lead to, then one of them, audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.contract import AdapterSpec, Stakes
from gateway.acceptance.routing import route_name
from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger, Settlement, Unproven
from gateway.message import AfterEnd, Dead, Decision, Delivered, DeliveryId, DeliveryState, Fault, Returned
from gateway.settings import RouteSettings

Choice = Literal["taken", "send_again", "give_up"]
_AGAIN = Fault(
    "uncertain",
    "SENT_AGAIN_BY_HAND",
    "Người quản trị quyết định gửi lại.",
    "A person decided that it is sent again.",
)
_GIVEN_UP = Fault(
    "uncertain",
    "GIVEN_UP_BY_HAND",
    "Người quản trị quyết định không gửi nữa.",
    "A person decided that it is not sent any more.",
)
_STAKES = Stakes(
    taken_vi="Nếu hệ thống đích thật ra chưa nhận: nội dung này không bao giờ tới nơi, và không ai nhắc nữa",
    taken_en="If the other system has not taken it: it never gets there, and nobody is reminded of it",
    again_vi="Nếu hệ thống đích thật ra đã nhận: việc này xảy ra hai lần ở đó",
    again_en="If the other system has taken it: it happens there twice",
)
"""Of an operation whose adapter says nothing of its own."""
_GIVE_UP_VI = (
    "Không gửi nữa và không coi là đã nhận: lượt này thành dead, giữ làn theo quy tắc của tuyến; sau này vẫn gửi lại "
    "hoặc hủy được. Nếu hệ thống đích thật ra đã nhận, sổ của hai bên khác nhau"
)
_GIVE_UP_EN = (
    "Neither sent again nor counted as taken: it becomes dead and holds its lane as the route says; it can be replayed "
    "or discarded later. If the other system has taken it, both books differ"
)


class DoubtOperations:
    """Shows and settles what nobody can prove."""

    def __init__(self, ledger: Ledger, routes: Sequence[RouteSettings], specs: Mapping[str, AdapterSpec]) -> None:
        self._ledger = ledger
        self._rules: Mapping[str, tuple[AfterEnd, AfterEnd]] = {
            route_name(route): (route.after_dead, route.after_refused) for route in routes
        }
        self._specs = specs

    async def show(self, delivery_id: DeliveryId) -> dict[str, Any]:
        """An uncertain delivery, what was asked about it, and what each choice leads to.

        Raises `NotFoundError`, and `StateError` when it is not uncertain.
        """
        view = await self._ledger.delivery_view(delivery_id)
        if view is None:
            raise NotFoundError(f"Không có lượt gửi {delivery_id}. / There is no delivery {delivery_id}.")
        one = await self._ledger.uncertain(delivery_id)
        if one is None:
            raise StateError(
                f"Lượt gửi này không chờ xác minh; nó đang {view['state']}. / This delivery is not uncertain; it is "
                f"{view['state']}."
            )
        return view | {"attempt": one.fence, "keys": dict(one.keys), "choices": self.choices(one)}

    def choices(self, one: Unproven) -> list[dict[str, Any]]:
        """What a person may say, and what follows if it is wrong."""
        spec = self._specs.get(one.destination.partition("/")[0])
        stakes = spec.stakes.get(one.operation, _STAKES) if spec else _STAKES
        return [
            _choice("taken", "Đã nhận: coi là gửi xong, làn đi tiếp", "It was taken: delivered, the lane goes on",
                    stakes.taken_vi, stakes.taken_en),
            _choice("send_again", "Gửi lại", "Send it again", stakes.again_vi, stakes.again_en),
            _choice("give_up", "Thôi, không gửi nữa", "Give it up", _GIVE_UP_VI, _GIVE_UP_EN),
        ]  # fmt: skip

    async def decide(
        self, delivery_id: DeliveryId, choice: Choice, actor: str, reason: str, attempt: int | None = None
    ) -> dict[str, Any]:
        """Settle it by a person's word; `attempt`: the one the person looked at, so that no other is settled.

        A payment that is sent again goes out with a new reference; the old one stays watched. Raises `NotFoundError`,
        `StateError` (it was proven meanwhile, say); both are audited.
        """
        one = await self._ledger.uncertain(delivery_id)
        entry = AuditEntry(actor, "delivery.decide", delivery_id, reason, details={"choice": choice})
        now = datetime.now(UTC)
        decision, state = _decision(choice, now)
        after_dead, after_refused = self._rules.get(one.route, ("hold", "hold")) if one else ("hold", "hold")
        fence = attempt if attempt is not None else one.fence if one else 0
        settlement = Settlement(delivery_id, fence, decision, now, after_dead, after_refused)
        await self._ledger.decide(settlement, entry)
        return {"id": delivery_id, "choice": choice, "attempt": fence, "state_before": "uncertain", "state": state}


def _decision(choice: Choice, now: datetime) -> tuple[Decision, DeliveryState]:
    match choice:
        case "taken":
            return Delivered(), DeliveryState.DELIVERED
        case "send_again":
            return Returned(now, _AGAIN), DeliveryState.PENDING
        case "give_up":
            return Dead(_GIVEN_UP), DeliveryState.DEAD


def _choice(name: str, vi: str, en: str, risk_vi: str, risk_en: str) -> dict[str, Any]:
    return {"choice": name, "vi": vi, "en": en, "consequence": {"vi": risk_vi, "en": risk_en}}
