"""``/metrics`` of the measurement server, on loopback alone: how many tests run, and how those before ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

LOOPBACK = "127.0.0.1"


def serve(port: int, running: Callable[[], int], counts: Callable[[], Mapping[str, int]]) -> Callable[[], None]:
    """Start answering; what is returned stops it. ``counts``: "done", "dropped" or "refused:<reason>" -> how many.

    Raises OSError when the port is taken. The library is loaded only by who wants metrics.
    """
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

    class Tests:
        def collect(self) -> Iterator[Metric]:
            yield GaugeMetricFamily("truongnet_measure_tests_running", "Speed tests that run", value=running())
            tests = CounterMetricFamily("truongnet_measure_tests", "Speed tests, by how they ended", labels=["outcome"])
            for outcome, count in sorted({"done": 0, "dropped": 0, "refused": 0, **_outcomes(counts())}.items()):
                tests.add_metric([outcome], count)
            yield tests
            refused = CounterMetricFamily("truongnet_measure_refused", "Refused tests, by reason", labels=["reason"])
            for name, count in sorted(counts().items()):
                if name.startswith("refused:"):
                    refused.add_metric([name.removeprefix("refused:")], count)
            yield refused

    registry = CollectorRegistry()
    registry.register(Tests())
    server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(1.0)

    return stop


def _outcomes(counts: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, count in counts.items():
        outcome = name.partition(":")[0]
        found[outcome] = found.get(outcome, 0) + count
    return found
