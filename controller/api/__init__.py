"""One router a resource."""

from __future__ import annotations

from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Called by ``create_app``. Imported here, so that the agent wire alone costs nothing of the rest."""
    from controller.api.mount import mount

    mount(app)
