"""Waiting after failures."""

from __future__ import annotations

import random

from agent.backoff import Backoff


def test_it_doubles_from_a_minute_to_an_hour_with_half_of_it_random() -> None:
    backoff = Backoff(random=random.Random(1))
    for whole in (60, 120, 240, 480, 960, 1920, 3600, 3600, 3600):
        assert whole / 2 <= backoff.failed() <= whole


def test_a_time_that_the_server_named_wins_but_never_beyond_an_hour() -> None:
    backoff = Backoff(random=random.Random(1))
    for _ in range(100):
        assert 7.0 <= backoff.failed(7.0) <= 7.7
        assert 3600.0 <= backoff.failed(1e9) <= 3960.0
        assert 1.0 <= backoff.failed(-5.0) <= 1.1


def test_success_begins_anew() -> None:
    backoff = Backoff(random=random.Random(1))
    for _ in range(10):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() <= 60.0


def test_it_never_overflows() -> None:
    backoff = Backoff(random=random.Random(1), failures=10**6)
    assert backoff.failed() <= 3600.0


def test_two_boxes_do_not_wait_alike() -> None:
    assert len({Backoff().failed() for _ in range(50)}) > 40
