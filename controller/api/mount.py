"""Puts the JSON API and all that goes with it onto an application whose services are there."""

from __future__ import annotations

import importlib
import importlib.util

from fastapi import APIRouter, FastAPI

from controller import problems
from controller.api import (
    agents,
    alerts,
    audit,
    communes,
    contacts,
    devices,
    events,
    grants,
    health,
    incidents,
    join_codes,
    links,
    login,
    maintenance,
    me,
    measurements,
    measuring,
    monitoring,
    openapi,
    overview,
    providers,
    rejected,
    rooms,
    schools,
    settings,
    tokens,
    users,
    windows,
)
from controller.assets.links import LinkGate
from controller.metrics import Metrics
from controller.middleware import MAX_BODY_BYTES, ETags, Failures, Headers, Observe, Patience
from controller.people.lockout import LoginGate
from controller.services import Services

OTHERS = (
    "controller.api.imports", "controller.api.exports", "controller.api.samples", "controller.api.plan",
    "controller.api.plan_settings", "controller.api.evidence", "controller.api.assets", "controller.api.school_links",
    "controller.api.asset_transfers", "controller.api.surveys",
)  # fmt: skip


def routers() -> list[APIRouter]:
    ours = (
        login, me, tokens, users, grants, overview, communes, schools, rooms, links, contacts, agents, join_codes,
        measurements, measuring, windows, events, devices, rejected, audit, settings, openapi, health, alerts,
        monitoring, incidents, maintenance, providers,
    )  # fmt: skip
    others = [importlib.import_module(name) for name in OTHERS if importlib.util.find_spec(name)]
    return [module.router for module in (*ours, *others)]


def mount(app: FastAPI) -> None:
    services: Services = app.state.services
    app.state.login_gate = LoginGate()
    app.state.link_gate = LinkGate()
    app.state.metrics = Metrics(services)
    problems.install(app)
    for router in routers():
        app.include_router(router, max_body_size=router.max_body_size or MAX_BODY_BYTES)
    # the last one added is the outermost
    app.add_middleware(Failures)
    app.add_middleware(ETags)
    app.add_middleware(Headers, is_tls=not services.settings.is_plain)
    app.add_middleware(Patience)
    app.add_middleware(Observe, metrics=app.state.metrics)
