"""What every adapter that can look promises: what a system holds is told, nothing happens there, nobody is named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

import orjson
import pytest

from adapters.contract import DeliveryError, Looks, Reply, TransientError
from tests.contract.adapter_contract import Rig, soon
from tests.mappings.canonical import CATALOGUE


class LookingRig(Rig, Protocol):
    """A rig whose system holds something about a subject."""

    adapter: Any

    def held(self) -> tuple[str, str]:
        """A subject the system knows, and its status there in canonical words."""


OpenLookingRig = Callable[..., AbstractAsyncContextManager[LookingRig]]


def seen(reply: Reply) -> list[dict[str, Any]]:
    """What the gateway makes of an answer: the documents it lists."""
    document = CATALOGUE.get(reply.mapping).backward(dict(cast("dict[str, Any]", reply.record))).document
    [rows] = [value for value in document.values() if isinstance(value, list)] or [[]]
    return rows


class LooksContract:
    """Subclass as `class TestX(LooksContract)` with a fixture `open_rig` of `LookingRig`s."""

    async def test_what_it_holds_is_told_and_nothing_happens_there(self, open_rig: OpenLookingRig) -> None:
        async with open_rig() as rig:
            subject, status = rig.held()
            before = rig.effects()
            [row] = seen(await rig.adapter.look(subject, soon()))
            assert (row["code"], row["status"], rig.effects()) == (subject, status, before)

    async def test_what_it_does_not_hold_is_told_as_nothing(self, open_rig: OpenLookingRig) -> None:
        async with open_rig() as rig:
            assert seen(await rig.adapter.look("000.00.09.H46-250612-9999", soon())) == []

    async def test_nobody_is_named(self, open_rig: OpenLookingRig) -> None:
        async with open_rig() as rig:
            reply = await rig.adapter.look(rig.held()[0], soon())
            told = orjson.dumps(reply.record).decode()
            assert not [value for value in rig.personal if value in told]

    async def test_a_passed_deadline_asks_nothing(self, open_rig: OpenLookingRig) -> None:
        async with open_rig() as rig:
            subject = rig.held()[0]
            calls = rig.calls()
            with pytest.raises(TransientError):
                await rig.adapter.look(subject, asyncio.get_running_loop().time())
            assert rig.calls() == calls

    async def test_a_system_that_is_away_is_transient(self, open_rig: OpenLookingRig) -> None:
        async with open_rig(away=True) as rig:
            with pytest.raises(TransientError):
                await rig.adapter.look("000.00.09.H46-250612-0001", soon())

    @pytest.mark.parametrize("fault", ["html", "empty", "garbage", "truncated", "cut_in_answer", "refuse"])
    async def test_no_answer_is_never_taken_for_nothing(self, open_rig: OpenLookingRig, fault: str) -> None:
        """Nothing there would be drift, and somebody would send it again."""
        async with open_rig() as rig:
            subject = rig.held()[0]
            await rig.adapter.probe()
            rig.upset(fault)
            with pytest.raises(DeliveryError) as caught:
                await rig.adapter.look(subject, soon())
            assert caught.value.vi != caught.value.en


def can_look(adapter: object) -> bool:
    """As the gateway asks it."""
    return isinstance(adapter, Looks)
