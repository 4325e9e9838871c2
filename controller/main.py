"""Builds the application from its settings. Nothing happens at import; ``create_app`` opens database and keys."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from controller import api, migrate, pki, web
from controller.api.agent_wire import AgentWire
from controller.background import Background
from controller.beats import Beats
from controller.changes import Changes
from controller.config import Settings
from controller.db import open_engine
from controller.ingest import Ingest
from controller.registry.communes import fill_communes
from controller.services import Services
from controller.version import VERSION


def create_services(settings: Settings, clock: Callable[[], float] = time.time) -> Services:
    """Engine, keys and workers, not started. Raises SchemaError, KeyFileError with texts for a person."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    migrate.prepare(engine)
    keys = pki.open_keys(settings)
    beats = Beats(keys.secret("box-tokens"), settings.beat_every, clock)
    changes = Changes()
    ingest = Ingest(engine=engine, keys=keys, settings=settings, beats=beats, changes=changes, clock=clock)
    return Services(
        settings=settings, engine=engine, keys=keys, beats=beats, ingest=ingest, clock=clock, changes=changes
    )


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> FastAPI:
    """The whole controller as one ASGI application; its threads run from start-up to shutdown."""
    services = create_services(settings, clock)
    background = Background(services)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        fill_communes(services.engine, settings.province_code)
        services.ingest.epoch()
        services.ingest.start()
        background.start()
        try:
            yield
        finally:
            background.stop()
            services.ingest.stop()
            services.beats.flush(services.engine)
            services.engine.dispose()

    app = FastAPI(
        title="TruongNet",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.services = services
    _include(app)
    app.add_middleware(AgentWire, services=services)  # the last one added is the outermost: beats pass nothing else
    return app


def _include(app: FastAPI) -> None:
    """The JSON API and the pages, as far as they are there."""
    api.install(app)
    install = getattr(web, "install", None)
    if install is not None:
        install(app)
