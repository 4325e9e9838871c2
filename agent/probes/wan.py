"""How many bytes the school's whole line carried so far, by its router: each 30 s, in the agent's own process.

The router is asked by SNMP (the community of the probe ``lan``) or UPnP, agent/lan/wan.py; one that tells nothing is
asked again half an hour later. Samples, with label ``by`` ("snmp", "upnp"): ``wan_received_bytes`` and
``wan_sent_bytes``. agent/traffic.py makes rates of them: unlike those of the box's card they hold what every machine of
the school uses, and nothing that stays inside it.
"""

from __future__ import annotations

from functools import lru_cache

from agent.clock import monotonic
from agent.frame import ProbeError, Reading, Skip, Target
from agent.lan.wan import Counter, find, gateway
from agent.route import Gateway
from agent.wire import Sample

AGAIN = 1_800.0  # seconds for which a router that tells, or does not, is remembered


def probe(target: Target, deadline: float) -> Reading:
    """Raises Skip("no-route"), Skip("no-counter"), ProbeError("unreadable")."""
    router = gateway()
    if router is None:
        raise Skip("no-route")
    counter = _remembered(router, str(target.settings.get("snmp_community") or ""), int(monotonic() // AGAIN))
    if counter is None:
        raise Skip("no-counter")
    try:
        total = counter.read()
    except OSError as error:
        raise ProbeError("unreadable", f"{router.address}: {error}") from None
    labels = {"by": counter.by}
    return Reading(
        samples=[
            Sample(name="wan_received_bytes", value=float(total.received), labels=labels),
            Sample(name="wan_sent_bytes", value=float(total.sent), labels=labels),
        ]
    )


@lru_cache(maxsize=1)
def _remembered(router: Gateway, community: str, _period: int) -> Counter | None:
    return find(router, community)
