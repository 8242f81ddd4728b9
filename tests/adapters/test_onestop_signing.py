"""Signatures by Standard Webhooks, verified by the library clients are told to use, and secrets that stay secret."""

from __future__ import annotations

import asyncio
import base64
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.contract import PermanentError, Receipt, UncertainError
from adapters.onestop.brief import BriefHttp
from adapters.onestop.callback import Callback
from adapters.onestop.event import event_of
from adapters.onestop.secrets import new_secret
from adapters.onestop.settings import ClientReplies
from adapters.onestop.simulator import SimulatedOneStop, SimulatorSettings
from adapters.transport.signing import Signer, well_formed
from tests.adapters.onestop_rig import an_event, open_onestop_rig, outbound

# The same in every process that runs the tests: they name cases.
OLD, NEW, OTHER = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
BODY = '{"data":{"note":"Hồ sơ đã nhận"}}'.encode()


def signed(*secrets: str, body: bytes = BODY, at: datetime | None = None) -> dict[str, str]:
    return Signer(secrets).headers("0197a3f0", body, at or datetime.now(UTC))


def verifies(secret: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except WebhookVerificationError:
        return False
    return True


def test_the_library_verifies_what_we_sign() -> None:
    assert verifies(NEW, signed(NEW))
    assert not verifies(OTHER, signed(NEW))


def test_the_example_of_the_specification_gives_its_signature() -> None:
    """The example vector that the libraries of Standard Webhooks share."""
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    headers = Signer([secret]).headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_give_two_signatures_and_either_side_may_change_first() -> None:
    headers = signed(NEW, OLD)
    assert [one.partition(",")[0] for one in headers["webhook-signature"].split(" ")] == ["v1", "v1"]
    assert verifies(NEW, headers) and verifies(OLD, headers)


def test_a_secret_that_was_dropped_signs_nothing_more() -> None:
    assert not verifies(OLD, signed(NEW))


@pytest.mark.parametrize("place", [0, len(BODY) // 2, len(BODY) - 1])
def test_a_changed_byte_of_the_body_fails_verification(place: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= 0x01
    try:
        believed = verifies(NEW, signed(NEW), bytes(changed))
    except UnicodeDecodeError:
        believed = False
    assert not believed


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_changed_id_or_time_fails_verification(name: str) -> None:
    headers = signed(NEW)
    headers[name] = headers[name][:-1] + ("1" if headers[name][-1] != "1" else "2")
    assert not verifies(NEW, headers)


def test_the_time_is_that_of_the_attempt_so_an_old_call_cannot_be_played_again() -> None:
    assert not verifies(NEW, signed(NEW, at=datetime.now(UTC) - timedelta(minutes=6)))


async def test_a_later_attempt_carries_its_own_time_and_verifies() -> None:
    onestop = SimulatedOneStop(SimulatorSettings(secrets=(NEW,)))
    start = datetime.now(UTC)
    times = iter([start - timedelta(minutes=10), start])
    async with onestop.running() as url:
        settings = replies(url=url + "/su-kien", secrets=[NEW])
        async with BriefHttp(settings) as http:
            adapter = Callback(settings, http, clock=lambda: next(times))
            with pytest.raises(PermanentError, match="HTTP_401"):
                await adapter.deliver(outbound())
            assert (await adapter.deliver(outbound())).code == "200"


def replies(**changes: object) -> ClientReplies:
    return ClientReplies.model_validate(
        {"mode": "callback", "url": "http://127.0.0.1/", "secrets": [NEW], "plain_http": True, **changes}
    )


@pytest.mark.parametrize(("ours", "theirs"), [([OLD], [OLD]), ([NEW, OLD], [OLD]), ([NEW, OLD], [NEW]), ([NEW], [NEW])])
async def test_a_secret_changes_without_a_gap(ours: list[str], theirs: list[str]) -> None:
    """Each step of a rotation: [old], [new, old] while the client changes, [new]."""
    async with open_onestop_rig(simulator=SimulatorSettings(secrets=tuple(theirs)), secrets=ours) as rig:
        assert isinstance(await rig.send(), Receipt)


async def test_a_client_that_changed_alone_turns_us_away_until_we_follow() -> None:
    async with open_onestop_rig(simulator=SimulatorSettings(secrets=(OLD,)), secrets=[OLD]) as rig:
        assert isinstance(await rig.send(), Receipt)
        rig.onestop.accept([NEW])
        error = await rig.send(outbound(an_event(2)))
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == ("HTTP_401", "destination")
        assert "whsec_" in error.vi
        assert (rig.effects(), rig.onestop.counts()["forged"]) == (1, 1)


def test_new_secrets_are_well_formed_and_never_the_same() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(well_formed(secret) for secret in made)


def test_the_command_prints_a_secret_and_nothing_else() -> None:
    command = [sys.executable, "-W", "error", "-m", "adapters.onestop.secrets"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert well_formed(done.stdout.removesuffix("\n"))
    assert done.stderr == ""


@pytest.mark.parametrize(("size", "good"), [(23, False), (24, True), (64, True), (65, False)])
def test_a_secret_has_24_to_64_bytes(size: int, good: bool) -> None:
    assert well_formed("whsec_" + base64.b64encode(b"k" * size).decode()) is good


def test_the_padding_of_a_secret_may_be_left_out() -> None:
    assert well_formed(NEW.rstrip("="))
    assert verifies(NEW.rstrip("="), signed(NEW))


@pytest.mark.parametrize(
    "text", ["", "whsec_", NEW.removeprefix("whsec_"), NEW + "!", NEW.replace("_", "_ "), "whsec_ơ"]
)
def test_a_secret_written_wrongly_is_recognised(text: str) -> None:
    assert not well_formed(text)


async def test_no_secret_stands_in_an_error_a_log_or_a_representation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    async with open_onestop_rig(secrets=[NEW, OLD], timeout=timedelta(milliseconds=400)) as rig:
        for fault in ("gone", "cut_after_commit", "redirect_to_itself", "slow_drip", "refuse"):
            rig.upset(fault)
            error = await rig.send()
            shown.append(f"{error!r} {vars(error)} {error.__cause__!r}")
        shown.append(f"{rig.adapter!r} {vars(rig.adapter)}")
        assert isinstance(await rig.send(), PermanentError)  # the simulator knows neither
    settings = replies(secrets=[NEW, OLD])
    shown += [repr(settings), str(settings), settings.model_dump_json(), caplog.text]
    for secret in (NEW, OLD):
        key = secret.removeprefix("whsec_")
        assert [text for text in shown if key in text or repr(base64.b64decode(key)) in text] == []


async def test_what_is_signed_is_what_is_sent_whatever_the_letters() -> None:
    body = event_of(outbound(document={"note": "Nguyễn Ánh Ngọc – 🪪"})).body
    headers = signed(NEW, body=body)
    assert verifies(NEW, headers, body)


async def test_an_unclear_call_signs_anew_when_repeated() -> None:
    async with open_onestop_rig(simulator=SimulatorSettings(secrets=(NEW,)), secrets=[NEW]) as rig:
        rig.upset("cut_before_commit")
        assert isinstance(await rig.send(), UncertainError)
        results = await asyncio.gather(*(rig.send(outbound(an_event(n))) for n in range(1, 6)))
        assert all(isinstance(one, Receipt) for one in results)
        assert rig.onestop.counts()["forged"] == 0
