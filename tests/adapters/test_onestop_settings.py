"""A client's `replies` judge themselves: every mistake at once, in both languages, without repeating a secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.onestop.secrets import new_secret
from adapters.onestop.settings import ClientReplies

SECRET = new_secret()
CALLBACK = {"mode": "callback", "url": "https://motcua.example.invalid/su-kien", "secrets": [SECRET]}
AMQP = {"mode": "amqp", "client": "motcua", "broker_url": "amqps://motcua:khong-duoc-lo@rabbit.example.invalid/"}


def mistakes(section: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        ClientReplies.model_validate(section)
    return str(caught.value)


@pytest.mark.parametrize(
    "section", [{}, {"mode": "poll"}, CALLBACK, {**CALLBACK, "secrets": [SECRET, new_secret()]}, AMQP]
)
def test_a_complete_section_is_taken(section: dict[str, Any]) -> None:
    assert ClientReplies.model_validate(section).mode == section.get("mode", "poll")


@pytest.mark.parametrize(
    ("change", "vi", "en"),
    [
        ({"url": ""}, "cần một địa chỉ đầy đủ", "needs a full address"),
        ({"url": "/su-kien"}, "cần một địa chỉ đầy đủ", "needs a full address"),
        ({"url": "ftp://motcua.example.invalid/"}, "cần một địa chỉ đầy đủ", "needs a full address"),
        ({"url": "https://motcua.example.invalid/a b"}, "cần một địa chỉ đầy đủ", "needs a full address"),
        ({"url": "https://motcua.example.invalid/\r\nX: y"}, "cần một địa chỉ đầy đủ", "needs a full address"),
        ({"url": "https://motcua.example.invalid:99999/"}, "cần một địa chỉ đầy đủ", "needs a full address"),
        ({"url": "https://u:p@motcua.example.invalid/"}, "bỏ tài khoản", "leave out account"),
        ({"url": "https://motcua.example.invalid/#x"}, "bỏ tài khoản", "leave out account"),
        ({"url": "http://motcua.example.invalid/"}, "cần https://", "needs https://"),
        ({"url": "https://10.0.0.1/", "private_networks": "refuse"}, "mạng riêng", "private or barred network"),
        (
            {"url": "https://[::ffff:10.0.0.1]/", "private_networks": "refuse"},
            "mạng riêng",
            "private or barred network",
        ),
        ({"url": "https://169.254.169.254/latest"}, "mạng riêng", "private or barred network"),
        ({"secrets": []}, "cần một bí mật", "needs one secret"),
        ({"secrets": [SECRET, new_secret(), new_secret()]}, "cần một bí mật", "needs one secret"),
        ({"secrets": [SECRET, SECRET]}, "hai bí mật giống nhau", "the same secret twice"),
        ({"secrets": ["whsec_abc"]}, "secrets[1]: phải là whsec_", "must be whsec_"),
    ],
)
def test_a_callback_that_cannot_work_is_refused_in_both_languages(change: dict[str, Any], vi: str, en: str) -> None:
    text = mistakes({**CALLBACK, **change})
    assert vi in text and en in text


@pytest.mark.parametrize(
    ("change", "vi", "en"),
    [
        ({"client": ""}, "cần tên máy khách", "needs the client's name"),
        ({"broker_url": ""}, "cần địa chỉ RabbitMQ", "needs the address of a RabbitMQ"),
        ({"broker_url": "https://rabbit.example.invalid/"}, "cần địa chỉ RabbitMQ", "needs the address of a RabbitMQ"),
    ],
)
def test_a_broker_that_cannot_work_is_refused_in_both_languages(change: dict[str, Any], vi: str, en: str) -> None:
    text = mistakes({**AMQP, **change})
    assert vi in text and en in text


def test_an_address_without_a_mode_is_a_forgotten_mode() -> None:
    assert 'mode = "callback"' in mistakes({"url": "https://motcua.example.invalid/"})


def test_all_mistakes_are_said_at_once() -> None:
    text = mistakes({**CALLBACK, "url": "http://10.0.0.1/#x", "private_networks": "refuse", "secrets": ["a", "b", "c"]})
    told = ("leave out account", "needs https://", "private or barred", "needs one secret", "secrets[3]")
    assert [words for words in told if words not in text] == []


@pytest.mark.parametrize("key", ["secret", "private_network", "redirects"])
def test_an_unknown_key_is_a_mistake(key: str) -> None:
    assert key in mistakes({**CALLBACK, key: True})


@pytest.mark.parametrize("client", ["mot.cua", "*", "#", "Motcua", "a b"])
def test_a_client_name_cannot_widen_a_routing_key(client: str) -> None:
    assert "client" in mistakes({**AMQP, "client": client})


@pytest.mark.parametrize(
    "section",
    [
        {**CALLBACK, "secrets": [SECRET, SECRET], "url": "https://u:khong-duoc-lo@motcua.example.invalid/"},
        {**CALLBACK, "secrets": SECRET},
        {**CALLBACK, "secrets": [SECRET], "timeout": "0s"},
        {**AMQP, "client": ""},
        {**AMQP, "broker_url": "https://u:khong-duoc-lo@rabbit.example.invalid/"},
    ],
)
def test_no_mistake_repeats_what_was_written(section: dict[str, Any]) -> None:
    text = mistakes(section)
    assert [hidden for hidden in (SECRET[6:14], "khong-duoc-lo", "input_value") if hidden in text] == []


def test_no_representation_shows_the_broker_password() -> None:
    settings = ClientReplies.model_validate(AMQP)
    assert "khong-duoc-lo" not in f"{settings!r} {settings} {settings.model_dump_json()}"
