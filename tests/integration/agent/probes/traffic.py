"""A card that carries 8 Mbit/s down and 1 Mbit/s up."""

from __future__ import annotations

from agent.clock import monotonic
from agent.frame import Reading, Target
from agent.wire import Sample


def probe(target: Target, deadline: float) -> Reading:
    now = monotonic()
    counts = {"interface_received_bytes": 1e6 * now, "interface_sent_bytes": 125e3 * now}
    return Reading(
        samples=[Sample(name=name, value=count, labels={"interface": "eth0"}) for name, count in counts.items()]
    )
