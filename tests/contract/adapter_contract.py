"""What every adapter promises, as one suite: subclass `AdapterContract`, give it a rig, and the faults come with it.

An adapter whose system says by the HTTP status alone whether it took something subclasses `StatusContract`. A rig
is an open adapter in front of its own simulator over real HTTP, so nothing here knows any system's dialect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

import pytest

from adapters.contract import (
    Adapter,
    DeliveryError,
    Outbound,
    PermanentError,
    Receipt,
    TransientError,
    UncertainError,
)

FAR = 3600.0
"""Seconds to a deadline that no test reaches."""


class Rig(Protocol):
    """An open adapter and the means to upset the system behind it."""

    adapter: Adapter
    personal: tuple[str, ...]
    """Values in the requests that must never stand in a text of ours."""

    def request(self, deadline: float) -> Outbound:
        """A document the system has not seen yet and would take."""

    def upset(self, fault: str, **how: object) -> None:
        """Let the next delivery meet `fault`.

        By name: silence_after_reading, cut_before_commit, cut_after_commit, cut_in_answer, html, empty, garbage,
        truncated, oversized, wrong_charset, http_status(status, retry_after), redirect(location), refuse(message).
        """

    def hold(self) -> asyncio.Event:
        """Let the next delivery wait without an answer; the event says it has arrived."""

    def effects(self) -> int:
        """How many things the system has really done."""

    def calls(self) -> int:
        """How many calls the system has seen, of any kind."""


OpenRig = Callable[..., AbstractAsyncContextManager[Rig]]
"""`open_rig(timeout=timedelta, away=False)`; `away`: the adapter points where nobody listens."""


def soon() -> float:
    return asyncio.get_running_loop().time() + FAR


async def outcome(rig: Rig, request: Outbound | None = None) -> Receipt | DeliveryError:
    """What a delivery came to, error or receipt."""
    try:
        return await rig.adapter.deliver(request or rig.request(soon()))
    except DeliveryError as error:
        return error


async def speaks_both_languages(rig: Rig, fault: str) -> None:
    rig.upset(fault)
    error = await outcome(rig)
    assert isinstance(error, DeliveryError)
    assert error.vi
    assert error.en
    assert error.vi != error.en


class StatusContract:
    """What holds whatever an answer's body says. Subclass as `class TestX(StatusContract)` with a fixture `open_rig`.

    The class of an error says only what was seen; whether to send again is the gateway's decision and tested there.
    `unclear`: what no clear answer means; an adapter for a read, which has no effect, may override it with
    `TransientError`.
    """

    unclear: type[DeliveryError] = UncertainError

    async def test_a_probe_of_a_healthy_system_returns_quietly(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            await rig.adapter.probe()
            assert rig.effects() == 0

    async def test_a_probe_of_a_system_that_is_away_is_transient(self, open_rig: OpenRig) -> None:
        async with open_rig(away=True) as rig:
            with pytest.raises(TransientError):
                await rig.adapter.probe()

    async def test_a_document_is_taken_once_and_the_answer_kept(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            receipt = await rig.adapter.deliver(rig.request(soon()))
            assert rig.effects() == 1
            assert receipt.answer
            assert receipt.code

    async def test_a_refused_connection_is_transient(self, open_rig: OpenRig) -> None:
        async with open_rig(away=True) as rig:
            error = await outcome(rig)
            assert isinstance(error, TransientError)
            assert error.code == "CONNECT"

    async def test_a_passed_deadline_sends_nothing(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            error = await outcome(rig, rig.request(asyncio.get_running_loop().time()))
            assert isinstance(error, TransientError)
            assert error.code == "DEADLINE"
            assert (rig.calls(), rig.effects()) == (0, 0)

    async def test_silence_after_the_call_was_sent_is_uncertain(self, open_rig: OpenRig) -> None:
        async with open_rig(timeout=timedelta(milliseconds=500)) as rig:
            await rig.adapter.probe()
            rig.upset("silence_after_reading")
            error = await outcome(rig)
            assert isinstance(error, self.unclear)
            assert error.code == "TIMEOUT"

    @pytest.mark.parametrize("fault", ["cut_before_commit", "cut_after_commit", "cut_in_answer"])
    async def test_a_connection_cut_after_the_first_byte_is_uncertain(self, open_rig: OpenRig, fault: str) -> None:
        async with open_rig() as rig:
            rig.upset(fault)
            assert isinstance(await outcome(rig), self.unclear)

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_busy_system_may_name_its_own_delay_for_everybody(self, open_rig: OpenRig, status: int) -> None:
        async with open_rig() as rig:
            rig.upset("http_status", status=status, retry_after="120")
            error = await outcome(rig)
            assert isinstance(error, TransientError)
            assert (error.retry_after, error.scope) == (timedelta(seconds=120), "destination")

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_busy_system_that_names_no_delay_binds_only_this_message(
        self, open_rig: OpenRig, status: int
    ) -> None:
        async with open_rig() as rig:
            rig.upset("http_status", status=status)
            error = await outcome(rig)
            assert isinstance(error, TransientError)
            assert (error.retry_after, error.scope) == (None, "message")

    @pytest.mark.parametrize("status", [500, 502, 504])
    async def test_a_server_error_leaves_a_write_uncertain(self, open_rig: OpenRig, status: int) -> None:
        async with open_rig() as rig:
            rig.upset("http_status", status=status)
            error = await outcome(rig)
            assert isinstance(error, self.unclear)
            assert error.code == f"HTTP_{status}"

    async def test_a_status_that_says_we_are_wrong_is_permanent(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            rig.upset("http_status", status=404)
            error = await outcome(rig)
            assert isinstance(error, PermanentError)
            assert error.scope == "destination"

    async def test_a_redirect_is_not_followed(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            await rig.adapter.probe()
            before = rig.calls()
            rig.upset("redirect", location="/mapi/elsewhere")
            error = await outcome(rig)
            assert isinstance(error, PermanentError)
            assert (rig.calls(), rig.effects()) == (before + 1, 0)

    async def test_a_cancelled_delivery_leaves_the_adapter_usable(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            reached = rig.hold()
            delivery = asyncio.create_task(rig.adapter.deliver(rig.request(soon())))
            await reached.wait()
            delivery.cancel()
            with pytest.raises(asyncio.CancelledError):
                await delivery
            assert isinstance(await outcome(rig), Receipt)

    async def test_a_refusal_that_quotes_a_person_is_not_quoted_by_us(self, open_rig: OpenRig) -> None:
        async with open_rig() as rig:
            rig.upset("refuse", message="Không nhận hồ sơ của " + ", ".join(rig.personal))
            error = await outcome(rig)
            assert isinstance(error, DeliveryError)
            shown = f"{error} {error.code} {error.vi} {error.en} {error.field}"
            assert not [value for value in rig.personal if value in shown]

    @pytest.mark.parametrize("fault", ["cut_after_commit", "refuse"])
    async def test_every_error_speaks_both_languages(self, open_rig: OpenRig, fault: str) -> None:
        async with open_rig() as rig:
            await speaks_both_languages(rig, fault)


class AdapterContract(StatusContract):
    """Subclass as `class TestX(AdapterContract)`: the system says in the answer's body whether it took something.

    `page_means`: a page instead of an answer may be taken for "not now" where sending again is safe; an adapter for
    what must never be sent twice overrides it with `UncertainError`.
    """

    page_means: type[DeliveryError] = TransientError

    @pytest.mark.parametrize("fault", ["garbage", "truncated", "oversized", "wrong_charset"])
    async def test_an_answer_nobody_can_read_is_never_a_success(self, open_rig: OpenRig, fault: str) -> None:
        async with open_rig() as rig:
            rig.upset(fault)
            assert isinstance(await outcome(rig), self.unclear)

    @pytest.mark.parametrize("fault", ["html", "empty"])
    async def test_a_page_or_nothing_instead_of_an_answer_is_no_success(self, open_rig: OpenRig, fault: str) -> None:
        async with open_rig() as rig:
            rig.upset(fault)
            assert isinstance(await outcome(rig), self.page_means)

    @pytest.mark.parametrize("fault", ["html", "garbage"])
    async def test_every_error_about_an_answer_speaks_both_languages(self, open_rig: OpenRig, fault: str) -> None:
        async with open_rig() as rig:
            await speaks_both_languages(rig, fault)
