"""A sending system reads of a dossier what is its own."""

from __future__ import annotations

from typing import Any

from gateway.reports.passport import for_sender


def delivered(destination: str, operation: str, at: str) -> dict[str, Any]:
    return {"state": "delivered", "destination": destination, "operation": operation, "delivered_at": at}


def confirmed(destination: str, operation: str, at: str) -> dict[str, Any]:
    return {"destination": destination, "operation": operation, "at": at}


EARLY, LATE = "2025-03-10T01:00:00.000Z", "2025-03-10T02:00:00.000Z"
OPEN = {"state": "pending", "destination": "payment", "operation": "INIT", "delivered_at": None}
OWN = {"client": "motcua", "deliveries": [delivered("national_portal", "create", EARLY), OPEN]}
AGAIN = {"client": "motcua", "deliveries": [delivered("national_portal", "create", LATE)]}
FOREIGN = {"client": "so-khac", "deliveries": [delivered("onestop/so-khac", "poll", LATE)]}
BEFORE = {"destination": "national_portal", "operation": "import", "status": "received", "at": EARLY}
PASSPORT = {
    "code": "000.00.16.H46-250310-0001",
    "messages": [OWN, FOREIGN, AGAIN],
    "last_confirmed": [
        BEFORE,
        confirmed("national_portal", "create", LATE),
        confirmed("onestop/so-khac", "poll", LATE),
    ],
}


def test_messages_of_others_and_what_was_confirmed_of_them_are_left_out() -> None:
    told = for_sender(PASSPORT, "motcua")
    assert told == {
        "code": PASSPORT["code"],
        "messages": [OWN, AGAIN],
        "last_confirmed": [BEFORE, confirmed("national_portal", "create", LATE)],
    }


def test_who_has_sent_nothing_about_a_dossier_knows_of_none() -> None:
    assert for_sender(PASSPORT, "nguoi-la") is None
