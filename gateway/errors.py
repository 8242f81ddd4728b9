"""What is raised on our side of the adapter seam, and what each means to the one who catches it.

::

    GatewayError
    |-- IntakeError          a message was refused at the door; nothing is stored
    |   `-- ConflictError    the same source and id came before with other content
    |-- NotFoundError        no such message, delivery or dossier
    |   `-- GoneError        it was there; its time is over
    |-- StateError           the operation does not fit the state the thing is in
    |-- LedgerUnavailable    the ledger cannot store now; nothing is half-stored, try again
    |-- BrokerUnavailable    the broker cannot carry now; the ledger still holds everything
    `-- ConfigurationError   the installation is set up wrongly; says every mistake at once
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was sent: where (JSON Pointer), which rule, and what a clerk should do."""

    pointer: str
    code: str
    message: str


class GatewayError(Exception):
    """Anything the gateway itself raises on purpose."""


class IntakeError(GatewayError):
    """A message was refused at the door. `status` is the HTTP status of `docs/intake.md`; nothing was stored."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        problems: tuple[Problem, ...] = (),
        *,
        reason: str = "",
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.problems = problems
        self.reason = reason or (problems[0].code if problems else title)
        """Short stable word for the metric `lienthong_intake_rejected_total{reason}`."""
        self.retry_after = retry_after
        """Seconds after which sending again may work (429), else None."""
        self.headers = dict(headers or {})
        """What the HTTP answer carries beside the problem."""


class ConflictError(IntakeError):
    """The same source and id came before with other content."""

    def __init__(self, pointer: str, message_id: str) -> None:
        super().__init__(
            409,
            "Conflict",
            "Cùng source và id đã được nhận trước đó với nội dung khác; hãy dùng id mới cho nội dung mới. / "
            "The same source and id was accepted before with other content; use a new id for new content.",
            (
                Problem(
                    pointer,
                    "ID_CONFLICT",
                    f"Đã được nhận trước đó là thông điệp {message_id} với nội dung khác. / "
                    f"Accepted before as message {message_id} with other content.",
                ),
            ),
            reason="conflict",
        )
        self.message_id = message_id


class NotFoundError(GatewayError):
    """No such message, delivery or dossier."""


class GoneError(NotFoundError):
    """It was there and was removed when its time was over; the text says on which day."""


class StateError(GatewayError):
    """The operation does not fit the state the thing is in; the text names the state and what would be possible."""


class LedgerUnavailable(GatewayError):  # noqa: N818 - a state that passes, as its name says
    """The ledger cannot store now (disk full, database away). Nothing is half-stored; the caller may try again."""


class BrokerUnavailable(GatewayError):  # noqa: N818 - a state that passes, as its name says
    """The broker cannot carry now. The ledger still holds everything, so what was to be carried is offered again."""


class ConfigurationError(GatewayError):
    """The installation is set up wrongly. `mistakes` holds all of them, each with its key and file."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
