"""From an answer to what follows: taken, already there, or the right `DeliveryError`.

Pure: the same reply always gets the same verdict.
"""

from __future__ import annotations

from enum import Enum

from adapters.contract import (
    DeliveryError,
    PermanentError,
    RefusedError,
    TransientError,
    UncertainError,
)
from adapters.national_portal import codes
from adapters.national_portal.catalogue import CATALOGUE
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.wire import Reply, item_replies


class Verdict(Enum):
    """What the portal did with a write."""

    TAKEN = "taken"
    EXISTS = "exists"


class Subject(Enum):
    """What was written; the same words mean different things for each."""

    CREATE = "create"
    UPDATE = "update"
    PROGRESS = "progress"


def judge(reply: Reply, subject: Subject, settings: PortalSettings, *, known_taken: bool = False) -> Verdict:
    """Success is a numeric 0 without "đã tồn tại"; raises the `DeliveryError` for everything else but that.

    `known_taken`: our own ledger says the portal took this dossier before.
    """
    verdict = _judge_one(reply, subject, settings, known_taken)
    for item in item_replies(reply) if settings.read_item_results else ():
        if _judge_one(item, subject, settings, known_taken) is Verdict.EXISTS:
            return Verdict.EXISTS
    if verdict is Verdict.TAKEN and settings.require_success_text and not codes.says_success(reply):
        raise CATALOGUE["NO_SUCCESS_TEXT"].error(UncertainError, answer=reply.raw)
    return verdict


def _judge_one(reply: Reply, subject: Subject, settings: PortalSettings, known_taken: bool) -> Verdict:
    if reply.code is None:
        raise CATALOGUE["NO_ERROR_CODE"].error(UncertainError, answer=reply.raw)
    finding = codes.find(reply)
    if finding is not None:
        if finding.code == codes.EXISTS:
            return Verdict.EXISTS
        raise _failure(finding, reply, subject, settings, known_taken)
    if reply.code != 0:
        raise _unnamed(reply, settings)
    return Verdict.TAKEN


def _failure(
    finding: codes.Finding, reply: Reply, subject: Subject, settings: PortalSettings, known_taken: bool
) -> DeliveryError:
    match finding.code:
        case "MISSING_FIELD" | "TOO_LONG":
            entry = CATALOGUE[finding.code]
            fill = {"field": finding.field or "?"}
            return entry.error(RefusedError, fill=fill, field=finding.field, answer=reply.raw)
        case "AGENCY_UNKNOWN" | "SERVICE_UNKNOWN" | codes.SESSION:
            code = "SESSION_REFUSED" if finding.code == codes.SESSION else finding.code
            return CATALOGUE[code].error(PermanentError, scope="destination", answer=reply.raw)
        case "DOSSIER_UNKNOWN" if subject is Subject.PROGRESS and not known_taken:
            return CATALOGUE["DOSSIER_UNKNOWN"].error(RefusedError, answer=reply.raw)
        case "DOSSIER_UNKNOWN" if subject is not Subject.CREATE:
            # It was there a moment ago, by our ledger or by the portal's own word: likely their replicas disagree.
            tries = settings.unknown_dossier_tries
            return CATALOGUE["DOSSIER_UNKNOWN"].error(TransientError, max_tries=tries, answer=reply.raw)
    # "không tồn tại" about a dossier being created can only mean something it refers to; no source says what.
    return _unnamed(reply, settings)


def _unnamed(reply: Reply, settings: PortalSettings) -> DeliveryError:
    entry = CATALOGUE["unnamed"]
    return entry.error(
        TransientError, fill={"portal_code": reply.code}, max_tries=settings.unnamed_tries, answer=reply.raw
    )
