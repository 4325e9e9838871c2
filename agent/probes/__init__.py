"""One file a measurement; see docs/add-a-probe.md."""

from __future__ import annotations

from importlib import import_module

from agent.frame import Probe

# name -> (module, seconds between runs, deadline in seconds). A module is imported when its probe first runs, so that
# an idle box does not carry what it does not use.
PROBES: dict[str, tuple[str, float, float]] = {
    "host": ("agent.probes.host", 3600.0, 60.0),
    "reach": ("agent.probes.reach", 30.0, 20.0),
    "traffic": ("agent.probes.traffic", 5.0, 2.0),
    "wan": ("agent.probes.wan", 30.0, 6.0),
    "speed": ("agent.probes.speed", 21600.0, 60.0),
    "second": ("agent.probes.second", 86400.0, 60.0),
    "lan": ("agent.probes.lan", 3600.0, 58.0),
}

MEASURING = ("speed", "second")  # by leave of the province, never by themselves
WITHIN = ("reach", "traffic", "wan")  # so often that a process each time would cost more: in the agent's own


def load(name: str) -> Probe:
    """The probe of that name. KeyError when there is none."""
    module = import_module(PROBES[name][0])
    probe: Probe = module.probe
    return probe
