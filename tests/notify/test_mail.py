"""A notice as e-mail, to a real mail server: in clear, with STARTTLS, with TLS, with and without a login."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.notify.channel import NotToldError
from gateway.notify.mail import Mail
from gateway.watch_settings import MailChannel
from tests.notify.servers import PASSWORD, USER, Mailbox, a_certificate, a_mail_server
from tests.notify.test_webhook import a_letter

SENDER, DUTY, CHIEF = "lienthong@example.invalid", "truc@example.invalid", "lanh-dao@example.invalid"


def channel(box: Mailbox, security: str = "none", **changes: Any) -> Mail:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": box.port,
        "security": security,
        "sender": SENDER,
        "to": [DUTY, CHIEF],
        "timeout": "5s",
    }
    return Mail(MailChannel.model_validate(values | changes))


async def refusal(mail: Mail) -> str:
    with pytest.raises(NotToldError) as told:
        await mail.send(a_letter())
    return told.value.code


async def test_a_mail_says_it_in_vietnamese_first_and_english_below_with_a_link() -> None:
    async with a_mail_server() as box:
        await channel(box).send(a_letter())
    [mail] = box.mails
    assert mail["Subject"] == "[Liên Thông] ⚠ Cảnh báo: Có lượt gửi dừng"
    assert (mail["From"], mail["To"], box.recipients) == (SENDER, f"{DUTY}, {CHIEF}", [[DUTY, CHIEF]])
    assert mail["Message-ID"] == f"<{a_letter().id}@example.invalid>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content().replace("\r\n", "\n")
    assert text.index(a_letter().vi) < text.index("https://truc.example.invalid/console") < text.index(a_letter().en)
    assert "08:15 12/06/2025" in text


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_travels_encrypted_with_a_login(security: str, tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    async with a_mail_server(security, certificate, login=True) as box:
        await channel(box, security, ca_file=str(certificate), username=USER, password=PASSWORD).send(a_letter())
    assert (len(box.mails), box.encrypted, box.logins) == (1, [True], [USER])


async def test_a_certificate_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    for security in ("starttls", "tls"):
        async with a_mail_server(security, a_certificate(tmp_path)) as box:
            assert await refusal(channel(box, security)) == "TLS"
        assert box.mails == []


async def test_a_wrong_password_is_said_to_be_one(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    async with a_mail_server("starttls", certificate, login=True) as box:
        wrong = channel(box, "starttls", ca_file=str(certificate), username=USER, password="khac")
        assert await refusal(wrong) == "LOGIN"


async def test_a_server_without_starttls_gets_nothing() -> None:
    async with a_mail_server() as box:
        assert await refusal(channel(box, "starttls")) == "NOT_OFFERED"
    assert box.mails == []


async def test_a_server_that_refuses_or_is_away_says_so() -> None:
    async with a_mail_server() as box:
        box.turn_away = "451 try later"
        assert await refusal(channel(box)) == "SMTP"
    assert await refusal(channel(box)) == "CONNECT"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": "mail.example.invalid", "username": USER, "password": PASSWORD}, "does not cross a network in clear"),
        ({"username": USER}, "needs both or neither"),
        ({"to": []}, "at least 1"),
        ({"to": ["Trực <truc@example.invalid>"]}, "pattern"),
    ],
)
def test_a_wrong_channel_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as told:
        channel(Mailbox(port=25), **wrong)
    assert PASSWORD not in str(told.value)
