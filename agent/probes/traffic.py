"""How many bytes the card of the default route carried so far: each 5 s, in the agent's own process.

Two files of the kernel are read and nothing is sent. What the line really carries (agent/traffic.py makes rates of
these counts, and windows of the rates) proves what it can carry without any test. Samples, with label ``interface``:
``interface_received_bytes`` and ``interface_sent_bytes``, since the card came up.

It is this card's traffic: what other machines send past the box is not in it (``wan`` asks the router for that), and
what the box serves to the school's own network is.
"""

from __future__ import annotations

from pathlib import Path

from agent import route
from agent.frame import ProbeError, Reading, Skip, Target
from agent.wire import Sample

COUNTERS = {"interface_received_bytes": "rx_bytes", "interface_sent_bytes": "tx_bytes"}


def probe(target: Target, deadline: float) -> Reading:
    return read()


def read(root: Path = Path("/")) -> Reading:
    """Raises Skip without a default route, ProbeError when the kernel does not count."""
    card = next((gateway.interface for gateway in route.gateways(root)), None)
    if card is None:
        raise Skip("no-route")
    samples = []
    for name, file in COUNTERS.items():
        text = route.read(root / "sys/class/net" / card / "statistics" / file).strip()
        if not text.isdigit():
            raise ProbeError("unreadable", f"{card}: {file}")
        samples.append(Sample(name=name, value=float(text), labels={"interface": card}))
    return Reading(samples=samples)
