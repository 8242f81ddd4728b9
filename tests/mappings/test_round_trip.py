"""Any valid canonical dossier goes to the portal as the sheet says, and comes back whole but for declared losses."""

from __future__ import annotations

import orjson
from hypothesis import given, settings

from tests.mappings import by_hand, documents
from tests.mappings.canonical import CATALOGUE, Document, as_accepted, refusals
from tests.mappings.trip import what_comes_back

RECORDED, PROGRESSED = "dossier.recorded.v1", "dossier.progressed.v1"
MAPPINGS = {kind: CATALOGUE.get(f"national_portal/{kind}") for kind in (RECORDED, PROGRESSED)}
BY_HAND = {RECORDED: by_hand.dossier, PROGRESSED: by_hand.progress}

any_valid = settings(derandomize=True, max_examples=80, deadline=None)


@any_valid
@given(documents.recorded())
def test_any_dossier_goes_as_the_sheet_says_and_comes_back_whole_but_for_declared_losses(document: Document) -> None:
    travels(RECORDED, document)


@any_valid
@given(documents.progressed())
def test_any_progress_goes_as_the_sheet_says_and_comes_back_whole_but_for_declared_losses(document: Document) -> None:
    travels(PROGRESSED, document)


def travels(kind: str, document: Document) -> None:
    """Everything that must hold for a valid document, so that each is made up only once."""
    assert refusals(kind, document) == ()
    record = goes_as_written_by_hand(kind, document)
    back = comes_back_whole(kind, document, record)
    says_the_same_again(kind, document, record, back)


def goes_as_written_by_hand(kind: str, document: Document) -> Document:
    before = orjson.dumps(document)
    record = MAPPINGS[kind].forward(document).document
    assert record == BY_HAND[kind](as_accepted(document))
    assert orjson.loads(orjson.dumps(record)) == record
    assert orjson.dumps(document) == before
    return record


def comes_back_whole(kind: str, document: Document, record: Document) -> Document:
    mapping = MAPPINGS[kind]
    back = mapping.backward(record).document
    assert back == what_comes_back(kind, document, mapping.table.losses)
    return back


def says_the_same_again(kind: str, document: Document, record: Document, back: Document) -> None:
    """What came back is a valid document that would be sent as the same record."""
    whole = {**back, "agency": document["agency"]} if kind == RECORDED else back
    assert refusals(kind, whole) == ()
    if not any(fee.keys() == {"kind"} for fee in fees(document)):  # a fee that tells nothing does not come back
        assert MAPPINGS[kind].forward(whole).document == record


def fees(document: Document) -> list[Document]:
    return [fee for holder in (document, *document.get("supplements", ())) for fee in holder.get("fees", ())]
