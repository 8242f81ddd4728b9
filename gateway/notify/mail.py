"""A channel that sends e-mail over SMTP; each letter is a conversation of its own, in a thread."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import structlog

from gateway.notify.channel import NotToldError
from gateway.notify.letter import Letter
from gateway.watch_settings import MailChannel
from mappings.convert import VIETNAM

log = structlog.get_logger(__name__)

_MEANS: tuple[tuple[type[BaseException], str, str, str], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        "LOGIN",
        "Máy chủ thư không nhận tài khoản; hãy kiểm tra username, password của kênh.",
        "The mail server refused the account; check the channel's username and password.",
    ),
    (
        smtplib.SMTPRecipientsRefused,
        "RECIPIENTS",
        "Máy chủ thư không nhận người nhận nào; hãy kiểm tra `to` của kênh.",
        "The mail server refused every recipient; check the channel's `to`.",
    ),
    (
        smtplib.SMTPSenderRefused,
        "SENDER",
        "Máy chủ thư không nhận người gửi; hãy kiểm tra `sender` của kênh.",
        "The mail server refused the sender; check the channel's `sender`.",
    ),
    (
        smtplib.SMTPNotSupportedError,
        "NOT_OFFERED",
        "Máy chủ thư không có STARTTLS hoặc đăng nhập; hãy kiểm tra security, port của kênh.",
        "The mail server offers no STARTTLS or login; check the channel's security and port.",
    ),
    (
        smtplib.SMTPException,
        "SMTP",
        "Máy chủ thư từ chối hoặc ngắt giữa chừng; hãy xem nhật ký của máy chủ thư.",
        "The mail server refused, or cut the conversation short; look into its log.",
    ),
    (
        ssl.SSLError,
        "TLS",
        "Không lập được kết nối an toàn; hãy kiểm tra chứng thư của máy chủ thư, ca_file và port.",
        "No safe connection could be made; check the mail server's certificate, ca_file and port.",
    ),
    (
        TimeoutError,
        "TIMEOUT",
        "Máy chủ thư không trả lời kịp.",
        "The mail server did not answer in time.",
    ),
    (
        OSError,
        "CONNECT",
        "Không nối được tới máy chủ thư; hãy kiểm tra host, port của kênh và mạng.",
        "The mail server cannot be reached; check the channel's host and port, and the network.",
    ),
)
"""What a failure means, the first that fits."""


class Mail:
    """One mail server and its recipients."""

    def __init__(self, settings: MailChannel) -> None:
        self._settings = settings

    async def send(self, letter: Letter) -> None:
        """Return once the server has taken it for at least one recipient; those it refused are logged by number."""
        try:
            refused = await asyncio.to_thread(self._deliver, self.message(letter))
        except (smtplib.SMTPException, OSError) as exc:
            _, code, vi, en = next(one for one in _MEANS if isinstance(exc, one[0]))
            raise NotToldError(code, vi, en) from exc
        if refused:
            log.warning("notify.recipients_refused", count=refused)

    def message(self, letter: Letter) -> EmailMessage:
        """The letter as a mail. The same id whenever it is tried, so that a repeat can be told from a second one."""
        settings = self._settings
        made = EmailMessage(policy=SMTP)
        made["Subject"] = letter.subject
        made["From"] = settings.sender
        made["To"] = ", ".join(settings.to)
        made["Date"] = format_datetime(letter.at.astimezone(VIETNAM))
        made["Message-ID"] = f"<{letter.id}@{settings.sender.rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(letter.text, charset="utf-8", cte="base64")
        return made

    def _deliver(self, message: EmailMessage) -> int:
        """Speak to the server; how many recipients it refused."""
        settings = self._settings
        with self._connect() as server:
            if settings.security == "starttls":
                server.starttls(context=self._tls())
            if settings.username:
                server.login(settings.username, settings.password.get_secret_value())
            return len(server.send_message(message, settings.sender, settings.to))

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        # Named by the sender's domain: this machine's own name would be looked up first, and is nobody's business.
        place = settings.host, settings.port, settings.sender.rpartition("@")[2]
        seconds = settings.timeout.total_seconds()
        if settings.security == "tls":
            return smtplib.SMTP_SSL(*place, timeout=seconds, context=self._tls())
        return smtplib.SMTP(*place, timeout=seconds)

    def _tls(self) -> ssl.SSLContext:
        ca_file = self._settings.ca_file
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
