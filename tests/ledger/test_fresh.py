"""What was just recorded is handed over in memory, within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.ledger.fresh import FreshWork
from gateway.ledger.port import Fresh, Pending
from gateway.message import DeliveryId
from tests.builders import RING, a_delivery, a_message


def _recorded(**changes: Any) -> Pending:
    delivery = a_delivery()
    message = a_message(delivery, **changes)
    fresh = Fresh(message, delivery, known_taken=False)
    return Pending(delivery.id, delivery.destination, fresh=fresh)


def _many(number: int, **changes: Any) -> list[Pending]:
    return [_recorded(sealed=RING.seal(b"{}", "one"), **changes) for _ in range(number)]


def _found(works: FreshWork, pending: list[Pending]) -> list[DeliveryId]:
    return list(works.take([one.id for one in pending]))


def test_each_is_given_away_once() -> None:
    works, one = FreshWork(RING), _recorded()
    works.keep([one])
    assert works.take([one.id])[one.id].envelope.open() == b'{"code": "x"}'
    assert not works.take([one.id])


def test_what_was_begun_is_not_given_away() -> None:
    works, one = FreshWork(RING), _recorded()
    works.keep([one])
    works.forget(one.id)
    assert not works.take([one.id])


def test_what_was_not_recorded_just_now_is_left_to_the_ledger() -> None:
    works, one = FreshWork(RING), _recorded()
    works.keep([Pending(one.id, one.destination)])
    assert not works.take([one.id])


def test_a_large_body_is_left_to_the_ledger() -> None:
    works, large = FreshWork(RING), _recorded(sealed=RING.seal(bytes(40_000), "large"))
    works.keep([large])
    assert not works.take([large.id])


def test_when_full_it_takes_nothing_more() -> None:
    works, first, more = FreshWork(RING), _many(2000), _many(10)
    works.keep([*first, *more])
    assert _found(works, more) == []
    assert len(_found(works, first)) == len(first)


def test_what_nobody_asked_for_makes_room_after_a_minute() -> None:
    works, new = FreshWork(RING), _many(10)
    forgotten = _many(2000, accepted_at=datetime.now(UTC) - timedelta(minutes=2))
    works.keep([*forgotten, *new])
    assert len(_found(works, new)) == len(new)
    assert len(_found(works, forgotten)) == len(forgotten) - len(new)
