"""A notice on the wire of a webhook: signed, in both languages, never redirected."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook as Receiver

from gateway.notify.channel import NotToldError
from gateway.notify.letter import Letter
from gateway.notify.webhook import open_webhook
from gateway.watch_settings import WebhookChannel
from tests.builders import NOW
from tests.notify.servers import SECRET, Address, an_address


def a_letter(**changes: Any) -> Letter:
    values: dict[str, Any] = {
        "id": "019a0000-0000-7000-8000-000000000001-opened",
        "event": "opened",
        "at": NOW,
        "vi": "Có lượt gửi dừng. Sửa nguyên nhân rồi gửi lại.",
        "en": "Deliveries are dead. Mend the cause, then replay.",
        "link": "https://truc.example.invalid/console",
        "kind": "dead",
        "destination": "national_portal",
        "alert_id": "019a0000-0000-7000-8000-000000000001",
        "details": {"count": 3},
    }
    return Letter(**(values | changes))


def settings(url: str, **changes: Any) -> WebhookChannel:
    return WebhookChannel.model_validate({"url": url, "secrets": [SECRET], "plain_http": True} | changes)


async def send(address: Address, letter: Letter) -> None:
    async with open_webhook(settings(address.url + "/canh-bao")) as channel:
        await channel.send(letter)


async def test_a_receiver_verifies_the_signature_and_reads_both_languages() -> None:
    async with an_address() as address:
        await send(address, a_letter())
    [(headers, body)] = address.calls
    told = Receiver(SECRET).verify(body, headers)
    assert told == orjson.loads(body)
    assert headers["webhook-id"] == a_letter().id
    assert (told["type"], told["timestamp"]) == ("vn.lienthong.alert.opened", "2025-06-12T08:15:30+07:00")
    assert (told["data"]["vi"], told["data"]["en"]) == (a_letter().vi, a_letter().en)
    assert told["data"]["details"] == {"count": 3}


async def test_a_repeat_has_the_same_id_and_body() -> None:
    async with an_address() as address:
        await send(address, a_letter())
        await send(address, a_letter())
    (first, body), (second, again) = address.calls
    assert (first["webhook-id"], body) == (second["webhook-id"], again)


@pytest.mark.parametrize(("status", "code"), [(302, "HTTP_302"), (400, "HTTP_400"), (503, "HTTP_503")])
async def test_what_is_not_2xx_was_not_told_and_no_redirect_is_followed(status: int, code: str) -> None:
    async with an_address() as address:
        address.status = status
        with pytest.raises(NotToldError) as told:
            await send(address, a_letter())
    assert (told.value.code, len(address.calls)) == (code, 1)


async def test_an_address_where_nobody_listens_says_so() -> None:
    async with an_address() as address:
        pass
    with pytest.raises(NotToldError) as told:
        await send(address, a_letter())
    assert told.value.code == "CONNECT"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"plain_http": False}, "needs https"),
        ({"url": "ops"}, "full address"),
        ({"secrets": ["whsec_x"]}, "whsec_ secret"),
        ({"secrets": []}, "whsec_ secret"),
        ({"adress": "x"}, "Extra inputs"),
    ],
)
def test_a_wrong_channel_is_refused_without_showing_its_secret(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as told:
        settings(**({"url": "http://10.0.0.1/x"} | wrong))
    assert SECRET not in str(told.value)
