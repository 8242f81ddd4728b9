"""What will soon end: looked at once an hour, told in days' time before it stops something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from gateway.ledger.alerts.port import Finding
from gateway.ledger.port import Ledger
from gateway.reports.expiring import Ending, Kind, endings
from gateway.settings import Settings
from mappings.convert import VIETNAM

_EVERY = timedelta(hours=1)
_WORDS: Mapping[Kind, tuple[str, str, str, str]] = {
    "certificate": (
        "Chứng thư", "hết hạn", "Hãy xin chứng thư mới và thay tệp",
        "The certificate {} ends {}. Get a new one and replace the file.",
    ),
    "server": (
        "Chứng thư của máy chủ", "hết hạn", "Hãy hỏi bên vận hành của nó; nếu đổi nơi cấp thì thêm vào ca_file",
        "The certificate that the server {} shows ends {}. Ask its operators; is its issuer new, name that in ca_file.",
    ),
    "client_key": (
        "Khoá của hệ thống gửi", "quá tuổi", "Hãy cấp khoá mới: lienthong client rotate",
        "The key of the client {} is too old {}. Give it another: lienthong client rotate.",
    ),
    "sealing_key": (
        "Khoá niêm phong", "quá tuổi", "Hãy xoay: lienthong keys rotate",
        "The sealing key {} is too old {}. Rotate it: lienthong keys rotate.",
    ),
    "admin_token": (
        "Mã quản trị", "quá tuổi", "Hãy xoá tệp rồi khởi động lại: trục tạo mã mới",
        "The administrator's token {} is too old {}. Delete the file and start again: another is made.",
    ),
}  # fmt: skip


class Expiry:
    """Remembers what the last look found, because days go by slowly."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._found: Sequence[Ending] = ()

    async def look(self, now: datetime) -> Iterable[Finding]:
        """What ends before long. Raises `LedgerUnavailable`."""
        if now - self._looked_at >= _EVERY:
            self._found = await endings(self._ledger, self._settings)
            self._looked_at = now
        return expiring(self._found, self._settings.alerts.expiring.before, now)


def expiring(found: Sequence[Ending], before: timedelta, now: datetime) -> Iterator[Finding]:
    """Findings about what ends within `before`, or has ended; and about files that cannot be read."""
    for one in found:
        if one.at is None:
            yield Finding(
                "expiring",
                one.name,
                f"Không đọc được chứng thư {one.name}. Hãy kiểm tra đường dẫn, quyền đọc và dạng PEM.",
                f"The certificate {one.name} cannot be read. Check the path, the permissions and that it is PEM.",
            )
        elif one.at - now <= before:
            vi, ends, do, en = _WORDS[one.kind]
            day = one.at.astimezone(VIETNAM)
            yield Finding(
                "expiring",
                f"{one.kind} {one.name}",
                f"{vi} {one.name} {ends} ngày {day:%d/%m/%Y}. {do}.",
                en.format(one.name, f"on {day:%Y-%m-%d}"),
                details={"at": one.at.isoformat(), "what": one.kind},
            )
