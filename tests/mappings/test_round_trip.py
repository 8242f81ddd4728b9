"""Any valid document goes out as the other side's schema wants it, and comes back whole but for declared losses.

For the portal's two documents there is a second opinion beside: the record as a programmer would write it by hand.
"""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.bench import by_hand
from tests.mappings import documents
from tests.mappings.canonical import CATALOGUE, Document, as_accepted, refusals
from tests.mappings.given import given_to
from tests.mappings.trip import what_comes_back, without_nothing

RECORDED, PROGRESSED = "dossier.recorded.v1", "dossier.progressed.v1"
BY_HAND = {f"national_portal/{RECORDED}": by_hand.dossier, f"national_portal/{PROGRESSED}": by_hand.progress}

any_valid = settings(derandomize=True, max_examples=80, deadline=None)
some_valid = settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@any_valid
@given(documents.recorded())
def test_any_dossier_goes_to_the_portal_as_the_sheet_says_and_comes_back(document: Document) -> None:
    travels(f"national_portal/{RECORDED}", document)


@any_valid
@given(documents.progressed())
def test_any_progress_goes_to_the_portal_as_the_sheet_says_and_comes_back(document: Document) -> None:
    travels(f"national_portal/{PROGRESSED}", document)


@pytest.mark.parametrize("name", [name for name in CATALOGUE.names if name not in BY_HAND])
def test_any_document_goes_as_the_other_side_wants_it_and_comes_back(name: str) -> None:
    table = CATALOGUE.in_force(name)

    @some_valid
    @given(documents.any_document(table.canonical, for_xml=table.xml is not None, always=table.when))
    def run(document: Document) -> None:
        travels(name, document)

    run()


def travels(name: str, document: Document) -> None:
    """Everything that must hold for a valid document, so that each is made up only once."""
    table = CATALOGUE.in_force(name)
    assert refusals(table.canonical, document) == ()
    accepted, handed_in = as_accepted(document), given_to(table)
    record = goes_out(name, accepted, handed_in)
    back = comes_back(name, document, record, handed_in)
    says_the_same_again(name, accepted, back, handed_in)


def goes_out(name: str, document: Document, handed_in: Document) -> Any:
    """What goes over the wire: a record, or text where the other side speaks XML."""
    mapping, before = CATALOGUE.get(name), orjson.dumps(document)
    mapped = mapping.forward(document, handed_in)
    assert orjson.dumps(document) == before
    assert orjson.loads(orjson.dumps(mapped.document)) == mapped.document
    if name in BY_HAND:
        assert mapped.document == BY_HAND[name](document)
    sent = mapped.document if mapped.text is None else mapped.text
    assert mapping.validate(sent) == ()
    return sent


def comes_back(name: str, document: Document, sent: Any, handed_in: Document) -> Document:
    mapping = CATALOGUE.get(name)
    back = mapping.backward(mapping.read(sent) if isinstance(sent, str) else sent)
    assert back.document == what_comes_back(mapping.table, document)
    assert back.given.items() <= handed_in.items()
    return back.document


def says_the_same_again(name: str, document: Document, back: Document, handed_in: Document) -> None:
    """What came back, with what never does, is a valid document that would be sent as the same record.

    Rows that tell nothing aside: they go out, and do not come back.
    """
    mapping = CATALOGUE.get(name)
    whole = with_what_never_comes_back(name, document, back)
    assert refusals(mapping.table.canonical, whole) == ()
    if any(fee.keys() == {"kind"} for fee in fees(document)) and name in BY_HAND:
        return  # a fee that tells the portal nothing does not come back
    again, once = mapping.forward(whole, handed_in), mapping.forward(without_nothing(document), handed_in)
    assert (again.document, again.text) == (once.document, once.text)


def with_what_never_comes_back(name: str, document: Document, back: Document) -> Document:
    """The document that came back, with all that the table declares always lost put in again."""
    whole = copy.deepcopy(back)
    for loss in CATALOGUE.in_force(name).losses:
        for path in loss.paths if loss.when == "always" else ():
            node, origin, *_ = whole, document, None
            *parents, leaf = path.split(".")
            for parent in parents:
                origin = origin.get(parent, {}) if isinstance(origin, dict) else {}
                node = node.setdefault(parent, {}) if origin else {}
            if isinstance(origin, dict) and leaf in origin:
                node[leaf] = origin[leaf]
    return whole


def fees(document: Document) -> list[Document]:
    return [fee for holder in (document, *document.get("supplements", ())) for fee in holder.get("fees", ())]


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1f", "\ufffe", "\uffff"])
@given(text=st.text(max_size=5))
@settings(derandomize=True, max_examples=5, deadline=None)
def test_what_no_xml_can_hold_is_refused_with_its_place_and_not_dropped(character: str, text: str) -> None:
    from mappings import MappingError

    mapping = CATALOGUE.get(f"onestop/{PROGRESSED}")
    step = {"at": "2025-03-10T09:00:00+07:00", "status": "processing", "content": f"a{character}{text}"}
    with pytest.raises(MappingError) as caught:
        mapping.forward({"code": "000.00.16.H46-250310-0001", "steps": [step]})
    assert (caught.value.code, caught.value.pointer) == ("VALUE_SHAPE", "/steps/0/content")
