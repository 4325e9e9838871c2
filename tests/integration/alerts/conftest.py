"""The small province of the API's tests on each kind of database, with alerts on it and a clock that tests drive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.alerts.work import Alerts
from tests.integration.alerts.receivers import Receiver, receiver
from tests.integration.alerts.scene import Scene
from tests.integration.api.conftest import postgres_template, quick_hashing, sqlite_template, sqlite_world, world
from tests.integration.api.world import World

__all__ = ["postgres_template", "quick_hashing", "sqlite_template", "sqlite_world", "world"]


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    made = Scene(world, Alerts(world.services))
    made.silence_the_others()
    yield made
    made.alerts.stop()
