from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.measure.place import Place, place


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Place]:
    """A measurement server that is alive at the end of the test, too."""
    with place(tmp_path) as made:
        yield made
        last = made.measure()
        assert last.outcome == "ok", (last.reason, last.detail, made.log)
        assert "Traceback" not in made.log
