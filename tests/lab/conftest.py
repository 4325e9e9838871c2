"""The lab is made once for all of its tests: four schools on lines of known speed, joined one after the other.

Each test leaves it as it found it: every school's box accepted and running, every line whole. ``figure`` prints what
was seen, so that a run says more than "passed".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.lab.lab import Lab

Figure = Callable[..., None]


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab() as made:
        yield made


@pytest.fixture
def figure(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Figure:
    """``figure("joined after", 12.3, "s")`` goes to the terminal, also when the test passes."""

    def show(*words: object) -> None:
        said = " ".join(f"{word:.3g}" if isinstance(word, float) else str(word) for word in words)
        with capsys.disabled():
            print(f"\n    [lab] {request.node.name}: {said}", flush=True)

    return show


@pytest.fixture(scope="session")
def kills() -> int:
    """5, or what TRUONGNET_LAB_KILLS says: `make lab-long` says 50."""
    return int(os.environ.get("TRUONGNET_LAB_KILLS", "5"))
