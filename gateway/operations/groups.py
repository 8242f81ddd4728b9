"""Failure groups for people: what failed, who can fix it, what to press, and what people write on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.errors import NotFoundError
from gateway.ledger.groups.port import FailureGroup, Which
from gateway.ledger.port import AuditEntry, Ledger
from gateway.operations.explain import FIXERS, Explainer, press
from gateway.operations.refused import ContentRefused, flaw
from mappings.convert import VIETNAM


class GroupOperations:
    """What a person may do with failure groups; each change is audited, refused ones too."""

    def __init__(self, ledger: Ledger, explainer: Explainer) -> None:
        self._ledger = ledger
        self._explainer = explainer

    async def listed(self, which: Which = "open") -> list[dict[str, Any]]:
        """The groups, the fullest first."""
        now = datetime.now(UTC)
        return [self.shown(one, now) for one in await self._ledger.failure_groups(which)]

    async def one(self, fingerprint: str) -> dict[str, Any]:
        """One group. Raises `NotFoundError`."""
        found = await self._ledger.failure_group(fingerprint)
        if found is None:
            raise NotFoundError(f"Không có nhóm lỗi {fingerprint}. / There is no failure group {fingerprint}.")
        return self.shown(found, datetime.now(UTC))

    async def note(self, fingerprint: str, actor: str, note: str, reason: str = "") -> dict[str, Any]:
        """Write the note, which stays when the group closes and comes back; an empty one takes it away."""
        changes = {"note": note or None}
        return await self._change("group.note", fingerprint, actor, reason, changes, {"length": len(note)})

    async def own(self, fingerprint: str, actor: str, owner: str, reason: str = "") -> dict[str, Any]:
        """Say who looks after it; empty: nobody."""
        return await self._change("group.owner", fingerprint, actor, reason, {"owner": owner or None}, {"owner": owner})

    async def name(self, fingerprint: str, actor: str, vi: str, en: str, reason: str = "") -> dict[str, Any]:
        """Give it a title in both languages, in place of the catalogue's; empty: the catalogue's again."""
        changes = {"name_vi": vi or None, "name_en": en or None}
        return await self._change("group.name", fingerprint, actor, reason, changes, {"vi": vi, "en": en})

    async def mute(self, fingerprint: str, actor: str, until: datetime, reason: str) -> dict[str, Any]:
        """No alerts about it until then. Raises `ContentRefused` for a moment that is past."""
        if until <= datetime.now(UTC):
            raise ContentRefused(
                [flaw("/until", "MOMENT_PAST", "Thời điểm phải ở tương lai.", "The moment must lie in the future.")]
            )
        changes = {"muted_until": until.astimezone(UTC), "mute_reason": reason}
        return await self._change("group.mute", fingerprint, actor, reason, changes, {"until": until.isoformat()})

    async def unmute(self, fingerprint: str, actor: str, reason: str = "") -> dict[str, Any]:
        """Alerts again."""
        changes = {"muted_until": None, "mute_reason": None}
        return await self._change("group.unmute", fingerprint, actor, reason, changes, {})

    async def changed_since(self, since: datetime) -> Sequence[FailureGroup]:
        """What opened or closed since: for whoever sends alerts; see `Ledger.group_changes`."""
        return await self._ledger.group_changes(since)

    async def _change(
        self, action: str, fingerprint: str, actor: str, reason: str, changes: dict[str, Any], details: dict[str, Any]
    ) -> dict[str, Any]:
        entry = AuditEntry(actor, action, fingerprint, reason, details=details)
        changed = await self._ledger.change_group(fingerprint, changes, entry)
        return self.shown(changed, datetime.now(UTC))

    def shown(self, group: FailureGroup, now: datetime) -> dict[str, Any]:
        """A group as people and programs see it."""
        words = self._explainer.explain(group)
        fixer_vi, fixer_en = FIXERS.get(words.fixer, FIXERS["unknown"])
        muted = group.muted_until is not None and group.muted_until > now
        return {
            "fingerprint": group.fingerprint,
            "state": "open" if group.is_open else "closed",
            "destination": group.destination,
            "operation": group.operation,
            "class": group.error_class,
            "code": group.error_code,
            "field": group.error_field,
            "count": group.standing.get("dead", 0),
            "standing": dict(group.standing),
            "occurrences": group.occurrences,
            "title": {"vi": words.title_vi, "en": words.title_en},
            "known": words.known,
            "named": group.name_vi is not None or group.name_en is not None,
            "fixer": {"who": words.fixer, "vi": fixer_vi, "en": fixer_en},
            "advice": {"vi": words.advice_vi, "en": words.advice_en},
            "press": press(group),
            "vi": group.vi,
            "en": group.en,
            "first_seen_at": _moment(group.first_seen_at),
            "last_seen_at": _moment(group.last_seen_at),
            "times_opened": group.times_opened,
            "opened_at": _moment(group.opened_at),
            "closed_at": _moment(group.closed_at),
            "owner": group.owner,
            "note": group.note,
            "muted": {"until": _moment(group.muted_until), "reason": group.mute_reason} if muted else None,
            "deliveries": f"/v1/deliveries?group={group.fingerprint}",
        }


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(VIETNAM).isoformat(timespec="milliseconds") if value else None
