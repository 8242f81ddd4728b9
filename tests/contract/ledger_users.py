"""People who sign in: their names are theirs, wrong passwords are counted, sessions end when they must."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.users.port import User, UserChange
from tests.contract.ledger_suite import LedgerSuite

AHEAD = datetime(2999, 1, 1, tzinfo=UTC)
DELAYS = (timedelta(0), timedelta(0), timedelta(seconds=30), timedelta(minutes=1))


def by(action: str, target: str = "lan") -> AuditEntry:
    return AuditEntry("root", action, target, "thử")


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class UsersContract(LedgerSuite):
    async def somebody(self, ledger: Ledger, name: str = "lan", **more: object) -> None:
        await ledger.add_user(User(name, **{"role": "operator", "password": "hash", **more}), by("user.add", name))  # type: ignore[arg-type]

    async def last_audit(self, ledger: Ledger) -> tuple[str, bool]:
        entry = (await ledger.audit_page(None, 1))["items"][0]
        return entry["action"], entry["ok"]

    async def test_a_name_is_given_once_and_so_is_a_subject(self, ledger: Ledger) -> None:
        await self.somebody(ledger, subject="issuer|1")
        with pytest.raises(StateError, match="another name"):
            await self.somebody(ledger)
        assert await self.last_audit(ledger) == ("user.add", False)
        with pytest.raises(StateError):
            await self.somebody(ledger, "huy", subject="issuer|1")
        await self.somebody(ledger, "an")
        assert [one.name for one in await ledger.users()] == ["an", "lan"]
        found = await ledger.user_of_subject("issuer|1")
        assert found is not None and (found.name, found.role, found.password) == ("lan", "operator", "hash")
        assert await ledger.user("huy") is None
        assert await ledger.user_of_subject("issuer|2") is None

    async def test_of_several_who_add_one_name_at_once_one_does_and_the_others_hear_why(self, ledger: Ledger) -> None:
        adding = [self.somebody(ledger), self.somebody(ledger), self.somebody(ledger, "huy", subject="issuer|1")]
        told = await asyncio.gather(*adding, self.somebody(ledger, "tu", subject="issuer|1"), return_exceptions=True)
        assert [type(one) for one in told if one is not None] == [StateError, StateError]
        assert len(await ledger.users()) == 2

    async def test_a_session_is_found_by_its_digest_until_it_ends(self, ledger: Ledger) -> None:
        await self.somebody(ledger)
        await ledger.open_session(digest("a"), "lan", AHEAD, by("user.signed_in"))
        await ledger.open_session(digest("b"), "lan", datetime(2020, 1, 1, tzinfo=UTC), by("user.signed_in"))
        found = await ledger.session(digest("a"))
        assert found is not None and (found.name, found.role, found.ends_at) == ("lan", "operator", AHEAD)
        await ledger.touch_session(digest("a"))
        touched = await ledger.session(digest("a"))
        assert touched is not None and touched.seen_at >= found.seen_at
        assert await ledger.session(digest("b")) is None
        assert await ledger.session(digest("c")) is None
        await ledger.end_session(digest("a"), by("user.signed_out"))
        assert await ledger.session(digest("a")) is None
        assert await self.last_audit(ledger) == ("user.signed_out", True)
        await ledger.end_session(digest("a"), by("user.signed_out again"))
        assert await self.last_audit(ledger) == ("user.signed_out", True)

    async def test_another_role_or_password_or_being_disabled_ends_every_session(self, ledger: Ledger) -> None:
        await self.somebody(ledger, "root", role="administrator")
        await self.somebody(ledger)
        changes = UserChange(role="viewer"), UserChange(password="new", must_change=True), UserChange(disabled=True)
        for change in changes:
            await ledger.open_session(digest("a"), "lan", AHEAD, by("user.signed_in"))
            await ledger.change_user("lan", change, by("user.change"))
            assert await ledger.session(digest("a")) is None
        now = await ledger.user("lan")
        assert now is not None
        assert (now.role, now.password, now.must_change, now.disabled) == ("viewer", "new", True, True)
        with pytest.raises(NotFoundError):
            await ledger.open_session(digest("a"), "lan", AHEAD, by("user.signed_in"))
        with pytest.raises(NotFoundError):
            await ledger.change_user("nobody", UserChange(disabled=True), by("user.change"))

    async def test_the_last_administrator_stays_one(self, ledger: Ledger) -> None:
        await self.somebody(ledger, "root", role="administrator")
        for change in (UserChange(role="operator"), UserChange(disabled=True)):
            with pytest.raises(StateError, match="last administrator"):
                await ledger.change_user("root", change, by("user.change"))
        assert await self.last_audit(ledger) == ("user.change", False)
        await self.somebody(ledger, role="administrator")
        assert (await ledger.change_user("root", UserChange(role="viewer"), by("user.change"))).role == "viewer"

    async def test_two_administrators_who_take_the_role_from_one_another_at_once_leave_one(
        self, ledger: Ledger
    ) -> None:
        for name in ("lan", "root"):
            await self.somebody(ledger, name, role="administrator")
        for wanted in (UserChange(role="viewer"), UserChange(disabled=True)) * 3:
            changes = [ledger.change_user(name, wanted, by("user.change", name)) for name in ("root", "lan")]
            told = await asyncio.gather(*changes, return_exceptions=True)
            assert sum(isinstance(one, StateError) for one in told) == 1
            for name in ("lan", "root"):
                await ledger.change_user(name, UserChange(role="administrator", disabled=False), by("user.change"))

    async def test_a_password_opens_nothing_once_its_name_is_locked_or_has_another(self, ledger: Ledger) -> None:
        """The comparison takes a while, and what is known before it may be so no more."""
        await self.somebody(ledger)
        await ledger.note_wrong_password("lan", DELAYS[2:])
        for proof in ("hash", "another"):
            with pytest.raises(NotFoundError):
                await ledger.open_session(digest("a"), "lan", AHEAD, by("user.signed_in"), proof)
        assert await ledger.session(digest("a")) is None
        await ledger.open_session(digest("a"), "lan", AHEAD, by("user.signed_in"))
        with pytest.raises(NotFoundError):
            await ledger.open_session(digest("b"), "lan", AHEAD, by("user.signed_in"), "another")
        await ledger.open_session(digest("b"), "lan", AHEAD, by("user.signed_in"), "hash")
        assert await ledger.session(digest("b")) is not None

    async def test_wrong_passwords_lock_a_name_longer_and_longer_until_the_right_one(self, ledger: Ledger) -> None:
        await self.somebody(ledger)
        told = [await ledger.note_wrong_password("lan", DELAYS) for _ in range(5)]
        assert told == [*DELAYS, DELAYS[-1]]
        locked = await ledger.user("lan")
        assert locked is not None and locked.failures == 5 and locked.locked_until is not None
        await ledger.open_session(digest("a"), "lan", AHEAD, by("user.signed_in"))
        free = await ledger.user("lan")
        assert free is not None and (free.failures, free.locked_until) == (0, None) and free.signed_in_at is not None
        await ledger.note_wrong_password("lan", DELAYS[2:])
        unlocked = await ledger.change_user("lan", UserChange(password="new"), by("user.password"))
        assert (unlocked.failures, unlocked.locked_until) == (0, None)
        assert await ledger.note_wrong_password("nobody", DELAYS) is None

    async def test_all_sessions_of_somebody_end_at_once(self, ledger: Ledger) -> None:
        await self.somebody(ledger)
        await self.somebody(ledger, "an")
        for name, one in (("lan", "a"), ("lan", "b"), ("an", "c")):
            await ledger.open_session(digest(one), name, AHEAD, by("user.signed_in", name))
        assert await ledger.end_sessions("lan", by("user.sessions_ended")) == 2
        assert await ledger.session(digest("b")) is None
        assert await ledger.session(digest("c")) is not None
        with pytest.raises(NotFoundError):
            await ledger.end_sessions("nobody", by("user.sessions_ended"))
