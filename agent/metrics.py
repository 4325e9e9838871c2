"""Prometheus metrics of the box on loopback; off unless ``metrics_port`` is set. Names carry no personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

LOOPBACK = "127.0.0.1"


def serve(port: int, facts: Callable[[], dict[str, Any]]) -> Callable[[], None]:
    """Start answering on loopback; ``facts`` is asked at each scrape. Returns what stops it.

    Raises ImportError without the optional prometheus-client, OSError when the port is taken.
    """
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.core import GaugeMetricFamily, Metric

    class Box:
        def collect(self) -> Iterator[Metric]:
            known = facts()
            spool = known.get("spool") or {}
            for name, value, text in (
                ("truongnet_agent_spool_bytes", spool.get("bytes"), "Bytes in the spool"),
                ("truongnet_agent_spool_limit_bytes", spool.get("limit"), "Most bytes the spool may take"),
                ("truongnet_agent_spool_batches", spool.get("unacknowledged"), "Batches not acknowledged yet"),
                (
                    "truongnet_agent_last_exchange_seconds",
                    known.get("exchanged"),
                    "Controller time of the last exchange",
                ),
                (
                    "truongnet_agent_clock_skew_seconds",
                    known.get("clock_skew"),
                    "Our wall clock minus the controller's",
                ),
                ("truongnet_agent_joined", float(known.get("joined") == "accepted"), "1 when the province accepted us"),
            ):
                if value is not None:
                    yield GaugeMetricFamily(name, text, value=value)
            up = GaugeMetricFamily("truongnet_agent_target_up", "1 when the target answers", labels=["target"])
            for subject, state in known.get("targets", {}).items():
                up.add_metric([subject.removeprefix("target:")], {"up": 1.0, "down": 0.0}.get(state, float("nan")))
            yield up
            probe = GaugeMetricFamily("truongnet_agent_probe_success", "1 when it last ran well", labels=["probe"])
            for name, last in known.get("probes", {}).items():
                probe.add_metric([name], float(last.get("outcome") == "ok"))
            yield probe

    registry = CollectorRegistry()
    registry.register(Box())
    server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(1.0)

    return stop
