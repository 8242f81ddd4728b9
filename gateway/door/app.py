"""The HTTP app from its ports: the same wherever it runs, only the ports differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from adapters.contract import AdapterSpec
from gateway.acceptance.accept import Acceptance, Backlog
from gateway.acceptance.canonical import document_of
from gateway.acceptance.hearing import Hearing
from gateway.acceptance.modes import destinations_of
from gateway.acceptance.payments import Payments
from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.acceptance.validation import Validator
from gateway.console import console_routes
from gateway.intake.alert_views import AlertViews
from gateway.intake.auth import Authenticator
from gateway.intake.callbacks import Callbacks, listeners
from gateway.intake.catalogue_views import CatalogueViews
from gateway.intake.cutover_views import CutoverViews
from gateway.intake.drift_views import ReconciliationViews
from gateway.intake.gate import Gate
from gateway.intake.http import Readiness
from gateway.intake.http import build as build_http
from gateway.intake.indicator_views import IndicatorViews
from gateway.intake.key_views import KeyViews
from gateway.intake.people_views import PeopleViews
from gateway.intake.prefer import Waits
from gateway.intake.proof_views import ProofViews
from gateway.intake.refusals import Refusals
from gateway.intake.replay_views import ReplayViews
from gateway.intake.steering_views import SteeringViews
from gateway.intake.trouble_views import TroubleViews
from gateway.ledger.port import Ledger
from gateway.operations.alerts import AlertOperations
from gateway.operations.bodies import BodyOperations
from gateway.operations.code_lists import CodeListOperations
from gateway.operations.cutover import CutoverOperations
from gateway.operations.deliveries import DeliveryOperations
from gateway.operations.drift import ReconciliationOperations, reconcilable
from gateway.operations.judge import Judge
from gateway.operations.keys import KeyOperations
from gateway.operations.live import LiveCatalogue
from gateway.operations.mappings import MappingOperations
from gateway.operations.proof import ProofOperations
from gateway.operations.replays import ReplayOperations
from gateway.operations.searching import SearchOperations
from gateway.operations.steering import SteeringOperations
from gateway.operations.troubles import troubles_of
from gateway.security.seal import KeyRing
from gateway.settings import Settings
from gateway.telemetry.metrics import DoorMetrics


def door_app(
    *,
    settings: Settings,
    ledger: Ledger,
    ring: KeyRing,
    metrics: DoorMetrics,
    backlog: Backlog,
    closed: Callable[[str], float],
    catalogue: LiveCatalogue,
    admin_token: str,
    specs: Mapping[str, AdapterSpec],
    waiting: Waits,
    readiness: Readiness,
    takes: bool = True,
    console: bool = True,
) -> web.Application:
    """Everything people and programs reach over HTTP. `closed`: seconds for which a destination takes nothing.

    `takes`: messages and callbacks come in here; `console`: people look and steer here.
    """
    now = partial(datetime.now, UTC)
    router = Router(settings.active_routes, settings.clients)
    acceptance = Acceptance(ledger, router, ring, metrics, backlog)
    replies = Replies(ring, router)
    payments = Payments(ledger, replies, settings.payments, document_of)
    hearing = Hearing(ledger, replies, router, payments, catalogue.get)
    refusals = Refusals(ledger, settings.audit.refusal_window)
    judge = Judge(settings.codes, catalogue.local_procedures)
    destinations = destinations_of(settings)
    return build_http(
        acceptance=acceptance,
        ledger=ledger,
        operations=DeliveryOperations(ledger),
        validator=Validator(
            settings.codes,
            local_procedures=catalogue.local_procedures,
            routed_types=acceptance.routed_types,
        ),
        gate=Gate([Authenticator(settings.clients, admin_token)]),
        refusals=refusals,
        metrics=metrics,
        readiness=readiness,
        settings=settings.http,
        documents=catalogue,
        areas=(
            CatalogueViews(
                catalogue,
                MappingOperations(ledger, catalogue),
                CodeListOperations(ledger, catalogue),
                judge,
            ),
            TroubleViews(troubles_of(settings, ledger, replies, judge, specs), settings.http.max_event_bytes),
            SteeringViews(SteeringOperations(ledger, destinations)),
            CutoverViews(CutoverOperations(ledger, destinations)),
            AlertViews(ledger, AlertOperations(ledger, settings.alerts, settings.console_url), now),
            ReplayViews(ReplayOperations(ledger, lambda name: settings.destination(name).rate)),
            ProofViews(ledger, ProofOperations(ledger)),
            KeyViews(KeyOperations(ledger, ring)),
            IndicatorViews(ledger, settings.indicators, now),
            ReconciliationViews(ledger, ReconciliationOperations(ledger, reconcilable(settings, specs))),
            PeopleViews(BodyOperations(ledger, catalogue.get), SearchOperations(ledger, lambda: ring.seeking)),
        ),
        waiting=waiting,
        callbacks=Callbacks(listeners(settings, specs), hearing, settings, now, refusals),
        extra=console_routes(ledger=ledger, settings=settings, password=admin_token, breaker_seconds=closed)
        if console
        else (),
        takes=takes,
    )
