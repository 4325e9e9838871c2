"""What every part of the running controller is handed: one frozen object, built by ``create_app``, no globals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from controller.beats import Beats
from controller.changes import Changes
from controller.config import Settings
from controller.ingest import Ingest
from controller.pki import Keys
from controller.pulse import Pulse


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    settings: Settings
    engine: Engine
    keys: Keys
    beats: Beats
    ingest: Ingest
    clock: Callable[[], float]  # Unix seconds; tests drive it
    changes: Changes
    pulse: Pulse = field(default_factory=Pulse)
