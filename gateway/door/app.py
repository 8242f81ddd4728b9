"""The HTTP app from its ports: the same wherever it runs, only the ports differ."""

from __future__ import annotations

from collections.abc import Mapping
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
from gateway.browser import Browser
from gateway.console import Entrance, Parts, console_routes
from gateway.intake.alert_views import AlertViews
from gateway.intake.body import read_body
from gateway.intake.callbacks import Callbacks, listeners
from gateway.intake.catalogue_views import CatalogueViews
from gateway.intake.client_views import ClientViews
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.oidc import provider
from gateway.intake.credentials.ways import credentials_of, limits_of
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
from gateway.intake.signed_in import SignedIn
from gateway.intake.steering_views import SteeringViews
from gateway.intake.stream_views import StreamViews
from gateway.intake.trouble_views import TroubleViews
from gateway.intake.user_views import UserViews
from gateway.ledger.port import Ledger
from gateway.operations.alerts import AlertOperations
from gateway.operations.bodies import BodyOperations
from gateway.operations.clients import ClientOperations
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
from gateway.operations.sessions import Sessions
from gateway.operations.steering import SteeringOperations
from gateway.operations.troubles import Troubles, troubles_of
from gateway.operations.users import UserOperations
from gateway.security.seal import KeyRing
from gateway.settings import Settings
from gateway.telemetry.disk import Disk
from gateway.telemetry.metrics import DoorMetrics
from gateway.telemetry.streaming import Streams
from gateway.telemetry.tracing import Tracing


def door_app(
    *,
    settings: Settings,
    ledger: Ledger,
    ring: KeyRing,
    metrics: DoorMetrics,
    backlog: Backlog,
    catalogue: LiveCatalogue,
    admin_token: str,
    specs: Mapping[str, AdapterSpec],
    waiting: Waits,
    streams: Streams,
    readiness: Readiness,
    takes: bool = True,
    console: bool = True,
    tracing: Tracing | None = None,
) -> web.Application:
    """Everything people and programs reach over HTTP.

    `takes`: messages and callbacks come in here; `console`: people look and steer here.
    """
    now = partial(datetime.now, UTC)
    directory = Directory(settings.clients, ledger)
    router = Router(settings.active_routes, settings.clients)
    short = Disk(settings.data_dir, settings.disk).short
    acceptance = Acceptance(ledger, router, ring, metrics, backlog, short, tracing)
    replies = Replies(ring, router)
    payments = Payments(ledger, replies, settings.payments, document_of)
    hearing = Hearing(ledger, replies, router, payments, catalogue.get)
    refusals = Refusals(ledger, settings.audit.refusal_window)
    sessions = Sessions(ledger, settings.console)
    users = UserOperations(ledger, frozenset(one.name for one in settings.clients))
    browser = Browser(sessions, settings.http.public_url)
    judge = Judge(settings.codes, catalogue.local_procedures)
    destinations = destinations_of(settings)
    troubles = troubles_of(settings, ledger, replies, judge, specs)
    parts = _parts(settings, ledger, ring, catalogue, troubles, readiness, specs, streams, judge, users, directory)
    entrance = Entrance(browser, sessions, users, refusals, provider(settings.console.oidc))
    forms = partial(read_body, stall=settings.http.body_timeout)
    app = build_http(
        acceptance=acceptance,
        ledger=ledger,
        operations=parts.deliveries,
        validator=Validator(
            settings.codes,
            local_procedures=catalogue.local_procedures,
            routed_types=acceptance.routed_types,
        ),
        gate=Gate([credentials_of(settings, directory, admin_token), SignedIn(browser)]),
        refusals=refusals,
        metrics=metrics,
        readiness=readiness,
        settings=settings.http,
        documents=catalogue,
        areas=(
            CatalogueViews(catalogue, parts.mappings, parts.code_lists, judge),
            TroubleViews(parts.troubles, settings.http.max_event_bytes),
            SteeringViews(parts.steering),
            CutoverViews(CutoverOperations(ledger, destinations)),
            AlertViews(ledger, AlertOperations(ledger, settings.alerts, settings.console_url), now),
            ReplayViews(parts.replays),
            ProofViews(ledger, ProofOperations(ledger)),
            StreamViews(streams),
            KeyViews(parts.keys),
            ClientViews(parts.clients, directory),
            UserViews(users, sessions, browser),
            IndicatorViews(ledger, settings.indicators, now),
            ReconciliationViews(ledger, parts.reconciliations),
            PeopleViews(parts.bodies, parts.searching),
        ),
        waiting=waiting,
        callbacks=Callbacks(listeners(settings, specs), hearing, settings, now, refusals),
        extra=console_routes(parts, entrance, forms) if console else (),
        takes=takes,
        limits=limits_of(settings, directory),
        tracing=tracing,
    )
    app.on_shutdown.append(streams.close)
    app.cleanup_ctx.append(lambda _: directory.following())
    return app


def _parts(
    settings: Settings,
    ledger: Ledger,
    ring: KeyRing,
    catalogue: LiveCatalogue,
    troubles: Troubles,
    readiness: Readiness,
    specs: Mapping[str, AdapterSpec],
    streams: Streams,
    judge: Judge,
    users: UserOperations,
    directory: Directory,
) -> Parts:
    """The operations of an installation: the same for the API and the console."""
    return Parts(
        ledger=ledger,
        settings=settings,
        steering=SteeringOperations(ledger, destinations_of(settings)),
        deliveries=DeliveryOperations(ledger),
        troubles=troubles,
        replays=ReplayOperations(ledger, lambda name: settings.destination(name).rate),
        bodies=BodyOperations(ledger, catalogue.get),
        searching=SearchOperations(ledger, lambda: ring.seeking),
        reconciliations=ReconciliationOperations(ledger, reconcilable(settings, specs)),
        mappings=MappingOperations(ledger, catalogue),
        code_lists=CodeListOperations(ledger, catalogue),
        keys=KeyOperations(ledger, ring),
        clients=ClientOperations(ledger, settings.clients),
        learn_clients=directory.refresh,
        users=users,
        catalogue=catalogue,
        judge=judge,
        readiness=readiness,
        streams=streams,
    )
