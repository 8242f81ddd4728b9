"""Clients and their keys: a change is there at once or not at all, and leaves its audit row."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.clients.port import Clients, NewClient, NewKey
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.users.port import User
from tests.contract.ledger_suite import LedgerSuite

FIRST, SECOND, WRITTEN = NewKey("lt_aaaaa", "a" * 64), NewKey("lt_bbbbb", "b" * 64), NewKey("cfg_cccccc", "c" * 64)
MOTCUA = NewClient("motcua", ("urn:a",), ("H46",), ("dossier.recorded.v1",), 12.5, 40, "mq-motcua")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def an_act(what: str, target: str = "motcua") -> AuditEntry:
    return AuditEntry("admin", f"client.{what}", target, "thử")


async def all_of(ledger: Ledger) -> Clients:
    found = await ledger.clients()
    assert found is not None
    return found


async def in_force(ledger: Ledger, at: datetime | None = None) -> list[str]:
    now = at or datetime.now(UTC)
    return [one.id for one in (await all_of(ledger)).keys if one.in_force(now)]


class ClientContract(LedgerSuite):
    async def test_a_client_is_kept_with_everything_it_was_granted(self, ledger: Ledger) -> None:
        assert await all_of(ledger) == Clients(0, [], [])
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        found = await all_of(ledger)
        [client], [key] = found.clients, found.keys
        assert client.client == MOTCUA and client.created_by == "admin" and client.revoked_at is None
        assert (key.id, key.digest, key.client) == (*FIRST, "motcua")

    async def test_who_follows_the_clients_reads_them_only_when_something_changed(self, ledger: Ledger) -> None:
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        version = (await all_of(ledger)).version
        assert await ledger.clients(version) is None
        await ledger.note_key_uses({FIRST.digest: LATER})
        assert await ledger.clients(version) is None
        await ledger.revoke_client("motcua", an_act("revoke"))
        changed = await ledger.clients(version)
        assert changed is not None and changed.version == version + 1 and changed.keys[0].used_at == LATER

    async def test_two_clients_of_one_name_are_refused_and_the_refusal_is_audited(self, ledger: Ledger) -> None:
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        with pytest.raises(StateError):
            await ledger.add_client(MOTCUA._replace(rate=1.0), SECOND, an_act("add"))
        assert [one.client.rate for one in (await all_of(ledger)).clients] == [12.5]
        assert await in_force(ledger) == [FIRST.id]
        told = (await ledger.audit_page(None, 10))["items"]
        assert [(one["action"], one["ok"]) for one in told] == [("client.add", False), ("client.add", True)]
        assert FIRST.digest not in str(told)

    async def test_of_two_who_add_or_bring_back_one_name_at_once_one_does_and_the_other_hears_why(
        self, ledger: Ledger
    ) -> None:
        for turn in range(2):
            keys = [NewKey(f"lt_{turn}{one}", f"{turn}{one}" * 32) for one in range(3)]
            adding = [ledger.add_client(MOTCUA._replace(burst=one), key, an_act("add")) for one, key in enumerate(keys)]
            told = await asyncio.gather(*adding, return_exceptions=True)
            assert sorted(map(type, told), key=str) == [type(None), StateError, StateError]
            assert len(await in_force(ledger)) == 1
            revoking = [ledger.revoke_client("motcua", an_act("revoke")) for _ in range(2)]
            assert len(await asyncio.gather(*revoking, return_exceptions=True)) == 2

    async def test_a_name_is_a_persons_or_a_senders_never_both(self, ledger: Ledger) -> None:
        """Also of one that was revoked, which years of messages name; and also when both are added at once."""
        lan = NewClient("lan")
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        await ledger.revoke_client("motcua", an_act("revoke"))
        with pytest.raises(StateError, match="sending system"):
            await ledger.add_user(User("motcua", "viewer"), an_act("add"))
        await ledger.add_user(User("an", "viewer"), an_act("add", "an"))
        with pytest.raises(StateError, match="name of a user"):
            await ledger.add_client(NewClient("an"), SECOND, an_act("add", "an"))
        told = await asyncio.gather(
            ledger.add_client(lan, SECOND, an_act("add", "lan")),
            ledger.add_user(User("lan", "viewer"), an_act("add", "lan")),
            return_exceptions=True,
        )
        assert sorted(map(type, told), key=str) == [type(None), StateError]

    async def test_after_a_rotation_both_keys_count_until_the_old_one_ends(self, ledger: Ledger) -> None:
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        ends = datetime.now(UTC) + timedelta(days=7)
        assert await ledger.rotate_key("motcua", SECOND, ends, an_act("rotate")) == [FIRST.id]
        assert await in_force(ledger) == [FIRST.id, SECOND.id]
        assert await in_force(ledger, ends) == [SECOND.id]
        await ledger.rotate_key("motcua", NewKey("lt_ddddd", "d" * 64), LATER, an_act("rotate"))
        assert await in_force(ledger, ends) == [SECOND.id, "lt_ddddd"], "an end that was set is not put off"

    async def test_a_revoked_key_counts_no_more_and_the_others_do(self, ledger: Ledger) -> None:
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        await ledger.rotate_key("motcua", SECOND, LATER, an_act("rotate"))
        await ledger.revoke_key("motcua", FIRST.id, an_act("revoke"))
        assert await in_force(ledger) == [SECOND.id]
        for key_id, name in ((FIRST.id, "motcua"), (SECOND.id, "khac")):
            with pytest.raises(NotFoundError):
                await ledger.revoke_key(name, key_id, an_act("revoke", name))

    async def test_a_revoked_client_has_no_keys_and_may_come_back_with_a_new_one(self, ledger: Ledger) -> None:
        await ledger.add_client(MOTCUA, FIRST, an_act("add"))
        assert await ledger.revoke_client("motcua", an_act("revoke")) == [FIRST.id]
        for again in (
            ledger.revoke_client("motcua", an_act("revoke")),
            ledger.rotate_key("motcua", SECOND, LATER, an_act("rotate")),
        ):
            with pytest.raises(NotFoundError):
                await again
        assert await in_force(ledger) == []
        await ledger.add_client(MOTCUA._replace(types=()), SECOND, an_act("add"))
        found = await all_of(ledger)
        assert found.clients[0].revoked_at is None and found.clients[0].client.types == ()
        assert await in_force(ledger) == [SECOND.id]

    async def test_a_key_of_the_configuration_is_rotated_and_revoked_like_any_other(self, ledger: Ledger) -> None:
        ends = datetime.now(UTC) + timedelta(days=7)
        written = [WRITTEN]
        assert await ledger.rotate_key("cu", FIRST, ends, an_act("rotate", "cu"), written) == [WRITTEN.id]
        assert await in_force(ledger, ends) == [FIRST.id]
        await ledger.revoke_key("cu", WRITTEN.id, an_act("revoke", "cu"), written)
        assert await in_force(ledger) == [FIRST.id]

    async def test_a_client_of_the_configuration_is_shut_out_and_comes_back_with_a_new_key(
        self, ledger: Ledger
    ) -> None:
        """A row says so, and goes again: one in force would grant everything once the configuration forgets it."""
        written = [WRITTEN]
        assert await ledger.revoke_client("cu", an_act("revoke", "cu"), written) == [WRITTEN.id]
        assert await in_force(ledger) == [] and (await all_of(ledger)).clients[0].revoked_at is not None
        with pytest.raises(NotFoundError):
            await ledger.revoke_client("cu", an_act("revoke", "cu"), written)
        assert await ledger.rotate_key("cu", SECOND, LATER, an_act("rotate", "cu"), written) == []
        assert await in_force(ledger) == [SECOND.id] and (await all_of(ledger)).clients == []
        assert await ledger.revoke_client("khong-khoa", an_act("revoke", "khong-khoa"), ()) == []
