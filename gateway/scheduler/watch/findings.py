"""What each look means: from what was seen and the rule of its kind to findings in words. Pure.

The words name counts and moments, never a person; they say what to do next. Moments, not ages: an age would be another
text at every look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.ledger.alerts.port import Finding, SourceHeard, Unclear
from gateway.ledger.balance import ENDED
from gateway.settings import ClientSettings
from gateway.watch_settings import AgeRule, DeadRule, SilenceRule
from gateway.working_time import WorkingTime
from mappings.convert import VIETNAM

HEARD_FOR = timedelta(days=30)
"""A source of a client that names none is expected to speak while it has within this time."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A destination that takes nothing, or that a person paused: since when, and why."""

    since: datetime
    reason: str = ""
    vi: str = ""
    en: str = ""
    """The adapter's words for the reason."""


def unbalanced(sheet: Mapping[str, Any]) -> Iterator[Finding]:
    """Destinations (of a day: with their types) whose obligations do not add up."""
    day = sheet["day"]
    for row in sheet["by"]:
        wrong = [one for one in row.get("types", (row,)) if one["balance"] != 0]
        if not wrong:
            continue
        name = row["destination"]
        counted = row["open"] + sum(row[state] for state in ENDED)
        types = ", ".join(one["type"] for one in wrong if "type" in one)
        of_vi, of_en = (f" ngày {day}", f" on {day}") if day else (" trong cả sổ", " in the whole ledger")
        kinds = f" ({types})" if types else ""
        yield Finding(
            "balance",
            f"{day or 'all'} {name}",
            f"Sổ lệch ở {name}{of_vi}{kinds}: đã nhận {row['accepted']}, đếm được {counted}. Đừng xoá gì; xem danh "
            "sách sau số lệch của bảng cân đối (lienthong balance) rồi gọi hỗ trợ.",
            f"The books are off for {name}{of_en}{kinds}: {row['accepted']} accepted, {counted} found. Delete nothing; "
            "look at the list behind the balance (lienthong balance), then call support.",
            name,
            {"day": day, "accepted": row["accepted"], "found": counted},
        )


def uneven(day: str, number: int) -> Iterator[Finding]:
    """A day that adds up although single messages do not: one delivery lost and another doubled."""
    if number:
        yield Finding(
            "balance",
            f"{day} uneven",
            f"Sổ ngày {day} cân nhưng ít nhất {number} thông điệp thiếu hoặc thừa lượt gửi. Đừng xoá gì; xem danh "
            "sách sau số lệch của bảng cân đối (lienthong balance) rồi gọi hỗ trợ.",
            f"The books of {day} add up, but at least {number} messages have too few or too many deliveries. Delete "
            "nothing; look at the list behind the balance (lienthong balance), then call support.",
            details={"day": day, "messages": number},
        )


def closed(stopped: Mapping[str, Stopped], after: timedelta, now: datetime) -> Iterator[Finding]:
    """Destinations that have taken nothing for longer than they may."""
    for name, one in stopped.items():
        if now - one.since >= after:
            why = f" ({one.reason})" if one.reason else ""
            vi, en = (f" {words}" if words else "" for words in (one.vi, one.en))
            yield Finding(
                "closed",
                name,
                f"{name} không nhận gì từ {_at(one.since)}{why}.{vi} Không lượt gửi nào mất lượt thử; hãy xem nguyên "
                "nhân (mạng, tài khoản, chứng thư) rồi hỏi bên vận hành; trục tự thử lại và tự thông.",
                f"{name} has taken nothing since {_at(one.since)}{why}.{en} No tries are used up; look for the cause "
                "(network, account, certificate) and ask its operators; the gateway probes and drains by itself.",
                name,
                {"since": one.since.isoformat(), "reason": one.reason},
            )


def paused(stopped: Mapping[str, Stopped], after: timedelta, now: datetime) -> Iterator[Finding]:
    """Destinations that a person paused, and that are still paused."""
    for name, one in stopped.items():
        if now - one.since >= after:
            yield Finding(
                "paused",
                name,
                f"{name} vẫn tạm dừng từ {_at(one.since)}. Nếu không còn cần, cho chạy lại: lienthong resume {name}.",
                f"{name} is still paused since {_at(one.since)}. If that is not needed any more: lienthong resume "
                f"{name}.",
                name,
                {"since": one.since.isoformat()},
            )


def dead(groups: Sequence[Mapping[str, Any]], rule: DeadRule) -> Iterator[Finding]:
    """Failure groups (as `GroupOperations` shows them) in which deliveries are dead."""
    for group in groups:
        count = group["count"]
        if count < rule.at_least:
            continue
        name, code, title, fixer, advice = (group[part] for part in ("destination", "code", "title", "fixer", "advice"))
        yield Finding(
            "dead",
            group["fingerprint"],
            f"{name}: {count} lượt gửi dừng ({code}): {_sentence(title['vi'])} {fixer['vi']}: "
            f"{_sentence(advice['vi'])} Xem và gửi lại: lienthong groups show {group['fingerprint']}.",
            f"{name}: {count} deliveries are dead ({code}): {_sentence(title['en'])} {fixer['en']}: "
            f"{_sentence(advice['en'])} Look and replay: lienthong groups show {group['fingerprint']}.",
            name,
            {"code": code, "count": count, "fingerprint": group["fingerprint"], "operation": group["operation"]},
            muted=group["muted"] is not None,
        )


def unclear(found: Sequence[Unclear], after: timedelta, now: datetime) -> Iterator[Finding]:
    """Deliveries that may have happened and have waited too long for proof."""
    for one in found:
        if now - one.since >= after:
            yield Finding(
                "uncertain",
                one.destination,
                f"{one.destination}: {one.number} lượt gửi chưa rõ đã tới hay chưa, lâu nhất từ {_at(one.since)}. Hãy "
                "xem bên nhận đã có chưa rồi chọn; trục không tự gửi lại.",
                f"{one.destination}: of {one.number} deliveries it is not known whether they arrived, the oldest since "
                f"{_at(one.since)}. Look on the other side, then choose; the gateway does not send them again by "
                "itself.",
                one.destination,
                {"count": one.number, "since": one.since.isoformat()},
            )


def aged(board: Sequence[Mapping[str, Any]], rule: AgeRule, calendar: WorkingTime, now: datetime) -> Iterator[Finding]:
    """Destinations whose oldest open delivery is older than it may be."""
    for row in board:
        name, oldest = row["destination"], row["oldest_open_at"]
        after = rule.destinations.get(name, rule.after)
        if oldest is None or not after:
            continue
        since = datetime.fromisoformat(oldest)
        if (calendar.between(since, now) if rule.working_time else now - since) >= after:
            yield Finding(
                "age",
                name,
                f"{name}: lượt gửi cũ nhất chưa xong từ {_at(since)}, quá mức {_long(after)}"
                f"{' làm việc' if rule.working_time else ''}. Xem nó chờ gì: lienthong deliveries list --destination "
                f"{name}.",
                f"{name}: the oldest delivery is open since {_at(since)}, longer than {_long(after)}"
                f"{' of working time' if rule.working_time else ''}. See what it waits for: lienthong deliveries list "
                f"--destination {name}.",
                name,
                {"since": oldest},
            )


def silent(last: Mapping[str, datetime], rule: SilenceRule, calendar: WorkingTime, now: datetime) -> Iterator[Finding]:
    """Sources that have said nothing for so much working time. `last`: when each spoke, or has been waited for."""
    for source, since in last.items():
        after = rule.sources.get(source, rule.after)
        if after and calendar.between(since, now) >= after:
            yield Finding(
                "silence",
                source,
                f"Không nhận được gì từ {source} từ {_at(since)}, quá {_long(after)} làm việc. Hãy hỏi bên gửi: hệ "
                "thống của họ, mạng, khoá truy cập.",
                f"Nothing has come from {source} since {_at(since)}, more than {_long(after)} of working time. Ask the "
                "sender: its system, the network, its API key.",
                details={"since": since.isoformat()},
            )


def watched_sources(
    clients: Sequence[ClientSettings], rule: SilenceRule, heard: Sequence[SourceHeard], own: str
) -> set[str]:
    """Who should speak: sources of clients and of the rule; of a client that names none, those it spoke for lately."""
    unnamed = {client.name for client in clients if not client.sources}
    named = {source for client in clients for source in client.sources}
    return named | set(rule.sources) | {one.source for one in heard if one.client in unnamed and one.source != own}


def full(waiting: int, limit: int, share: float) -> Iterator[Finding]:
    """What waits for healthy destinations nears the bound above which senders are told to wait."""
    if waiting >= limit * share:
        yield Finding(
            "backlog",
            "outbox",
            f"{waiting} lượt gửi đang chờ, giới hạn {limit}; quá giới hạn thì người gửi nhận 429. Xem nơi nhận nào "
            "chậm (lienthong backlog).",
            f"{waiting} deliveries wait, the bound is {limit}; above it senders are answered 429. See which "
            "destination is slow (lienthong backlog).",
            details={"limit": limit},
        )


def low_disk(low: tuple[int, Path] | None) -> Iterator[Finding]:
    """A disk runs out of room."""
    if low is not None:
        yield Finding(
            "disk",
            str(low[1]),
            f"Đĩa của {low[1]} sắp đầy. Dọn chỗ hoặc thêm đĩa: dưới disk.refuse_below thì người gửi nhận 503.",
            f"The disk of {low[1]} runs out of room. Make room or add some: below disk.refuse_below senders are "
            "answered 503.",
        )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _at(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def _long(span: timedelta) -> str:
    hours, minutes = divmod(round(span / timedelta(minutes=1)), 60)
    return " ".join(part for part in (f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes)) if part)
