"""How long a guesser waits."""

from __future__ import annotations

import pytest

from controller.people.lockout import MAX_KEYS, LoginGate, delay
from controller.problems import Problem


def test_the_delay_grows_and_has_an_end() -> None:
    assert [delay(count) for count in (0, 4, 5, 6, 7, 8)] == [0, 0, 15, 30, 60, 120]
    assert delay(100) == delay(10_000) == 900


def test_success_forgives_the_login_and_not_the_address() -> None:
    gate = LoginGate()
    for number in range(30):
        gate.failed(f"user{number}", "203.0.113.9", 0.0)
    gate.succeeded("user1", "203.0.113.9")
    with pytest.raises(Problem, match="slow-down"):
        gate.check("user99", "203.0.113.9", 1.0)
    gate.check("user1", "203.0.113.10", 1.0)


def test_an_hour_without_failure_is_forgotten() -> None:
    gate = LoginGate()
    for _ in range(6):
        gate.failed("hoa", "203.0.113.9", 0.0)
    gate.failed("hoa", "203.0.113.9", 3_601.0)
    gate.check("hoa", "203.0.113.9", 3_601.0)


def test_memory_is_bounded_and_the_longest_waits_are_kept() -> None:
    gate = LoginGate()
    for _ in range(8):
        gate.failed("victim", "203.0.113.9", 0.0)
    for number in range(MAX_KEYS):
        gate.failed(f"user{number}", f"address{number}", 1.0)
    assert len(gate._attempts) <= MAX_KEYS + 2
    with pytest.raises(Problem, match="slow-down"):
        gate.check("victim", "elsewhere", 2.0)


def test_only_so_many_hash_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.people.lockout.WAIT", 0.01)
    gate = LoginGate()
    with gate.hashing(), gate.hashing(), gate.hashing(), pytest.raises(Problem, match="busy"), gate.hashing():
        pass
    with gate.hashing():
        pass
