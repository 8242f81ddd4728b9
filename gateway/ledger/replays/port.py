"""What the ledger promises about replay jobs, and the values that cross it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gateway.errors import StateError

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry

JobState = Literal["running", "paused", "stopped", "finished", "cancelled"]
ITEM_STATES = ("planned", "sent", "passed", "failed", "needless", "left")
"""Of one delivery on a job's list: waits for its turn; sent again, outcome open; taken; dead or refused again; a newer
snapshot makes it unnecessary; not sent, and dead as before."""

NEWER_SNAPSHOT = "NEWER_SNAPSHOT"
NOT_DEAD = "NOT_DEAD"
LANE_HELD = "LANE_HELD"
NO_VERSION_THEN = "NO_VERSION_THEN"
DISCARDED = "DISCARDED"
JOB_CANCELLED = "JOB_CANCELLED"


NO_FIELD = "-"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which dead deliveries are meant; what is empty says nothing. `since` and `until` are moments in ISO 8601.

    `field` "-": the error names none. `group`: what stands in a failure group, by its fingerprint. `failed_of`: those
    that died again in that replay job.
    """

    destination: str = ""
    operation: str = ""
    error_class: str = ""
    code: str = ""
    field: str = ""
    type: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""
    group: str = ""
    failed_of: str = ""
    ids: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """What was said, as people gave it."""
        return {name: list(value) if name == "ids" else value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Share:
    """What of a list goes to one destination. `needless`: a newer snapshot has taken its place already."""

    destination: str
    count: int
    needless: int


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What a list would be if it were frozen now. `digest` is the SHA-256 over its ids, in the order of ids."""

    count: int
    needless: int
    dossiers: int
    oldest_at: str | None
    newest_at: str | None
    by: tuple[Share, ...]
    digest: str
    overlaps: str | None
    """A job that has some of them on its list and is not done with them."""


@dataclass(frozen=True, slots=True)
class NewReplay:
    """A job to be made. `digest`: the list that its maker has seen."""

    id: str
    chosen: Chosen
    digest: str
    as_then: bool
    max_failure_rate: float
    """Share of a step that may fail, from 0 to 1."""
    max_seconds: float
    """Seconds that an attempt of a step may take on average; 0: no bound."""


@dataclass(frozen=True, slots=True)
class StepLook:
    """How a job and its present step are doing. `failing` are sent, have failed, and are not given up yet."""

    job_id: str
    state: JobState
    step: int
    rung: int
    max_failure_rate: float
    max_seconds: float
    planned: int
    """Of this step, not sent yet."""
    under_way: int
    """Of this step, sent and neither through nor failed."""
    failing: int
    passed: int
    failed: int
    needless: int
    left: int
    seconds: float
    """That the latest attempts of the step took on average."""
    more: bool
    """Whether some of the list are in no step yet."""
    sent: int
    """Of the whole list, sent and not final."""
    cause: str
    """The error that is met most in this step; empty where there is none."""


class ListChangedError(StateError):
    """Between plan and start the list became another one."""

    def __init__(self) -> None:
        super().__init__(
            "Danh sách đã thay đổi kể từ khi lập kế hoạch; chưa gửi lại gì. Hãy xem kế hoạch mới rồi xác nhận lại. / "
            "The list has changed since it was planned; nothing was sent. Look at the new plan and confirm that."
        )


class OverlapError(StateError):
    """Some of these deliveries are on the list of a job that is not done with them."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"Một phần danh sách đang thuộc đợt gửi lại {job_id}; hãy chờ đợt ấy xong hoặc hủy nó (lienthong replays "
            f"show {job_id}). / Part of this list belongs to replay {job_id}; wait until it is done, or cancel it "
            f"(/v1/replays/{job_id})."
        )
        self.job_id = job_id


class ReplayJobs(Protocol):
    """The ledger's part about replay jobs. Every method returns after its own commit."""

    async def plan_replay(self, chosen: Chosen) -> ListPlan:
        """What a list would be. Changes nothing."""

    async def create_replay(self, new: NewReplay, entry: AuditEntry) -> None:
        """Freeze the list and make the job, which begins to run.

        What a newer snapshot has made needless is on the list as such, and is not sent. Raises `ListChangedError`,
        `OverlapError`, `StateError`.
        """

    async def replay_job(self, job_id: str) -> dict[str, Any] | None:
        """One job with its counts, in all and step by step, as JSON-able values."""

    async def replay_jobs(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: jobs, newest first."""

    async def replay_items(self, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: a job's list in its order, all of it or what is in one state."""

    async def steer_replay(self, job_id: str, to: JobState, entry: AuditEntry) -> None:
        """Pause, continue (to `running`) or cancel. Raises `NotFoundError`, `StateError`.

        Cancelled, what was not sent stays dead as before. Continued after a stop, it begins with a small step again.
        """

    async def moving_replays(self) -> list[str]:
        """The jobs that run, and those with something under way; oldest first."""

    async def look_at_replay(self, job_id: str) -> StepLook | None:
        """Note the outcomes that are known by now, and say how the job is doing. Done twice, no more is changed."""

    async def begin_step(self, job_id: str, after: int, size: int, entry: AuditEntry) -> int:
        """Let so many more have their turn, at most one of a lane; how many. 0 where step `after` is not the last."""

    async def send_replays(self, job_id: str, limit: int) -> int:
        """Replay the next of the present step: each with its own note on the list, in one transaction; how many."""

    async def end_replay(
        self, job_id: str, to: Literal["stopped", "finished"], verdict: Mapping[str, Any] | None, entry: AuditEntry
    ) -> bool:
        """Stop or finish a job that runs; False where it does not. It finishes only when nothing is left to do."""
