"""What comes back from a trip to the other side, told from the declared losses and the rulings, not by the engine."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.bench import by_hand
from mappings.table import Table
from tests.mappings.canonical import Document, as_accepted, holders

LIMITS = {
    "summary": 1000,
    "note": 1999,
    "documents[].name": 4000,
    "supplements[].documents[].name": 4000,
    "results[].name": 2000,
    "steps[].officer": 50,
    "procedure.name": 250,
    "payment.procedure.name": 250,
}
FILLERS = {
    "payer.id_number": "000000000",
    "payment.payer.id_number": "000000000",
    "fees[].code": "2",
    "payment.fees[].code": "2",
}
_UNITS = ("province_code", "district_code", "commune_code")

Spell = Callable[[Document], None]


@dataclass(frozen=True)
class Manners:
    """What the other side is told where a canonical value is absent, and so tells us; other words for the same."""

    defaults: dict[str, Any] = field(default_factory=dict)
    spells: tuple[Spell, ...] = ()


def _moments(*paths: str) -> Spell:
    """The same moment at +07:00."""

    def spell(made: Document) -> None:
        for path in paths:
            for holder, name in holders(made, path):
                if name in holder:
                    holder[name] = datetime.fromisoformat(holder[name]).astimezone(by_hand.VIETNAM).isoformat()

    return spell


def _tax_code(made: Document) -> None:
    """The same tax code with its dash."""
    tax_code = made.get("applicant", {}).get("tax_code")
    if tax_code:
        made["applicant"]["tax_code"] = by_hand.tax_code(tax_code)


def _reason(made: Document) -> None:
    """A payment that failed without a reason goes as `other error`."""
    if made["outcome"] == "failed":
        made.setdefault("error", {}).setdefault("code", "99")


MANNERS = {
    "national_portal/dossier.recorded.v1": Manners(
        {
            "result_method": "counter",
            "filed_at": "provincial_portal",
            "vneid_verified": False,
            "supplements[].done": False,
            "paper_documents[].quantity": 1,
            "paper_documents[].kind": 1,
            **{
                f"{rows}[].{name}": value
                for rows in ("documents", "supplements[].documents")
                for name, value in {"deleted": False, "digitised": False, "reuse": "none", "from_store": False}.items()
            },
        },
        (
            _tax_code,
            _moments("submitted_at", "received_at", "due_at", "finished_at", "returned_at", "refused_at"),
            _moments(
                *(f"supplements[].{name}" for name in ("requested_at", "received_at", "previous_due_at", "new_due_at"))
            ),
        ),
    ),
    "national_portal/dossier.progressed.v1": Manners(
        spells=(_moments(*(f"steps[].{name}" for name in ("at", "started_at", "due_at"))),)
    ),
    "national_portal/dossier.looked_up.v1": Manners(
        spells=(_moments(*(f"dossiers[].{name}" for name in ("submitted_at", "received_at", "due_at"))),)
    ),
    "national_portal/dossier.filed_nationally.v1": Manners(
        spells=(_moments("submitted_at", "received_at", "due_at", "tax_voucher.paid_at"),)
    ),
    "payment/payment.requested.v1": Manners({"fees[].kind": "fee"}),
    "payment/payment.payable.v1": Manners({"payment.fees[].kind": "fee"}),
    "payment/payment.settled.v1": Manners(spells=(_reason,)),
}
"""By mapping; nothing else is ever added or said in other words."""

Change = Callable[[Document, str, Document, str], None]
"""(the object that holds the value, its name in it, the whole document, the path): what the loss does to it."""


def what_comes_back(table: Table, document: Document, *, without: tuple[str, str] | None = None) -> Document:
    """The document after its trip; `without` leaves one declared loss (path, when) out of account."""
    made = copy.deepcopy(as_accepted(document))
    manners = MANNERS.get(table.name, Manners())
    for spell in manners.spells:
        spell(made)
    declared = [(loss.when, path) for loss in table.losses for path in loss.paths if (path, loss.when) != without]
    unknown = {when for when, _ in declared} - set(CHANGES)
    assert not unknown, f"no test knows what is lost {unknown}"
    for when, change in CHANGES.items():
        for path in (path for one, path in declared if one == when):
            for holder, name in list(holders(made, path)):
                if name in holder:
                    change(holder, name, made, path)
    for path, value in manners.defaults.items():
        for holder, name in holders(made, path):
            holder.setdefault(name, value)
    told: Document = without_nothing(made)
    return told


def without_nothing(node: Any) -> Any:
    """Objects, rows and lists that tell nothing are not there."""
    if isinstance(node, dict):
        made = {name: without_nothing(value) for name, value in node.items()}
        return {name: value for name, value in made.items() if value not in ({}, [])}
    return [value for value in map(without_nothing, node) if value != {}] if isinstance(node, list) else node


def _in_time_order(holder: Document, name: str, *_: Any) -> None:
    holder[name].sort(key=lambda row: datetime.fromisoformat(row["at"]))


def _cut_to_seconds(holder: Document, name: str, *_: Any) -> None:
    holder[name] = datetime.fromisoformat(holder[name]).replace(microsecond=0).isoformat()


def _local(holder: Document, name: str, *_: Any) -> None:
    holder[name] = {**by_hand.PROCEDURES, **by_hand.FIELDS}.get(holder[name], holder[name])


def _number_given(holder: Document, name: str, *_: Any) -> None:
    if holder.keys() & {"citizen_id", "id_card"}:
        del holder[name]


def _not_online(holder: Document, name: str, whole: Document, _: str) -> None:
    if whole["channel"] != "online":
        del holder[name]


def _single_spaces(holder: Document, name: str, *_: Any) -> None:
    holder[name] = " ".join(holder[name].split())


def _smaller_unit(holder: Document, name: str, *_: Any) -> None:
    if holder.keys() & set(_UNITS[_UNITS.index(name) + 1 :]):
        del holder[name]


def _filler(holder: Document, name: str, _: Document, path: str) -> None:
    if holder[name] == FILLERS[path]:
        del holder[name]


def _always(holder: Document, name: str, *_: Any) -> None:
    del holder[name]


def _over_the_limit(holder: Document, name: str, _: Document, path: str) -> None:
    holder[name] = holder[name][: LIMITS[path]]


def _stood_in(holder: Document, name: str, whole: Document, _: str) -> None:
    if name == "fees":
        as_one = {"kind": "fee", "name": holder["description"], "amount": holder["amount"]}
        if [{"kind": "fee", **row} for row in holder[name]] == [as_one]:
            del holder[name]
        return
    if name == "summary":
        limit, others = 1000, [whole["procedure"].get("name", "")]
    else:
        limit, others = 50, [holder.get("department", ""), "Bộ phận Một cửa"]
    if holder[name][:limit] in {other[:limit] for other in others}:
        del holder[name]


CHANGES: dict[str, Change] = {
    "not in time order": _in_time_order,
    "fractions of a second": _cut_to_seconds,
    "a local code": _local,
    "a personal number is given": _number_given,
    "not online": _not_online,
    "more than single spaces": _single_spaces,
    "a smaller unit is known": _smaller_unit,
    "as the filler": _filler,
    "as what would stand in": _stood_in,
    "over the limit": _over_the_limit,
    "always": _always,
}
"""What each condition of a table's `losses` means, in the order in which they count."""
