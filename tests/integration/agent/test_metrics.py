"""The box's own metrics."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.metrics import serve

FACTS = {
    "joined": "accepted",
    "exchanged": 1_763_978_400.0,
    "clock_skew": -3.5,
    "targets": {"target:gateway": "up", "target:domestic:vnix": "down", "target:dns": "unknown"},
    "probes": {"host": {"outcome": "ok"}, "lan": {"outcome": "skipped"}},
    "spool": {"bytes": 10, "limit": 100, "unacknowledged": 2},
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_metrics_are_answered_on_loopback_and_say_what_the_board_says() -> None:
    port = free_port()
    stop = serve(port, lambda: FACTS)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    finally:
        stop()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["truongnet_agent_target_up", "gateway"] == 1.0
    assert found["truongnet_agent_target_up", "domestic:vnix"] == 0.0
    assert found["truongnet_agent_probe_success", "lan"] == 0.0
    assert found["truongnet_agent_clock_skew_seconds",] == -3.5
    assert found["truongnet_agent_joined",] == 1.0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)


def test_before_anything_is_known_metrics_are_answered_too() -> None:
    port = free_port()
    stop = serve(port, dict)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert b"truongnet_agent_joined 0.0" in answer.read()
    finally:
        stop()
