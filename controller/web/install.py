"""Puts the pages onto an application whose services and JSON API are there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from controller.middleware import MAX_BODY_BYTES
from controller.services import Services
from controller.web import pages
from controller.web.assets import Assets
from controller.web.html_problem import html_problem
from controller.web.render import Web

MIN_GZIP_BYTES = 1_000


def routers() -> Iterator[APIRouter]:
    """``router`` of every module in ``pages``; a new page is one new file."""
    for found in sorted(pkgutil.iter_modules(pages.__path__), key=lambda module: module.name):
        yield importlib.import_module(f"{pages.__name__}.{found.name}").router


def install(app: FastAPI) -> None:
    services: Services = app.state.services
    assets = Assets()
    app.state.web = Web(services, assets)
    app.state.html_problem = html_problem
    app.mount("/static", assets.app(), name="static")
    for router in routers():
        app.include_router(router, max_body_size=router.max_body_size or MAX_BODY_BYTES)
    app.add_middleware(GZipMiddleware, minimum_size=MIN_GZIP_BYTES, compresslevel=6)
