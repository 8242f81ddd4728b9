"""Views of lists: each has its own, everybody sees the shared ones, a name is one view."""

from __future__ import annotations

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.saved.port import EVERYBODYS, MOST_VIEWS, SavedView
from tests.contract.ledger_suite import LedgerSuite


def by(who: str, action: str = "view.save") -> AuditEntry:
    return AuditEntry(who, action, "x", "")


class SavedContract(LedgerSuite):
    async def test_somebody_sees_their_own_views_of_a_list_and_everybodys(self, ledger: Ledger) -> None:
        for view in (
            SavedView("lan", "deliveries", "của tôi", "state=dead"),
            SavedView("huy", "deliveries", "của Huy", "state=open"),
            SavedView(EVERYBODYS, "deliveries", "của cả tổ", "state=waiting"),
            SavedView("lan", "messages", "khác", "state=attention"),
        ):
            await ledger.save_view(view, by("lan"))
        seen = await ledger.saved_views("lan", "deliveries")
        assert {one.name for one in seen} == {"của tôi", "của cả tổ"}
        assert {one.name for one in await ledger.saved_views("moi", "deliveries")} == {"của cả tổ"}

    async def test_a_view_takes_the_place_of_the_one_with_its_name_and_goes_when_it_is_dropped(
        self, ledger: Ledger
    ) -> None:
        for query in ("state=dead", "state=open"):
            await ledger.save_view(SavedView("lan", "deliveries", "a", query), by("lan"))
        assert [one.query for one in await ledger.saved_views("lan", "deliveries")] == ["state=open"]
        with pytest.raises(NotFoundError):
            await ledger.drop_view("huy", "deliveries", "a", by("huy", "view.drop"))
        await ledger.drop_view("lan", "deliveries", "a", by("lan", "view.drop"))
        assert await ledger.saved_views("lan", "deliveries") == []
        told = [(one["action"], one["actor"], one["ok"]) for one in (await ledger.audit_page(None, 3))["items"]]
        assert told == [("view.drop", "lan", True), ("view.drop", "huy", False), ("view.save", "lan", True)]

    async def test_an_owner_has_so_many_views_of_a_list_and_no_more(self, ledger: Ledger) -> None:
        for number in range(MOST_VIEWS):
            await ledger.save_view(SavedView("lan", "messages", str(number), ""), by("lan"))
        with pytest.raises(StateError):
            await ledger.save_view(SavedView("lan", "messages", "một nữa", ""), by("lan"))
        await ledger.save_view(SavedView("lan", "messages", "0", "state=accepted"), by("lan"))
        assert len(await ledger.saved_views("lan", "messages")) == MOST_VIEWS
