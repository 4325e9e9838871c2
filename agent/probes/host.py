"""The hardware and software of this machine, as sections of an inventory that is told once and then by differences.

Each section is always there; what could not be read stands in ``missing``, by section or part, with a reason: an empty
list says "looked, and there is none". What moves by itself (temperatures, charge, free space) is a sample, so that an
inventory changes only when the machine does. Everything is read from /sys, /proc and /etc as any user may; the DMI
table (serial numbers, memory modules) and SMART come from the helper.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agent.clock import monotonic
from agent.frame import Reading, Target
from agent.privileged import ask
from agent.probes import host_core, host_devices, host_disks, host_network, host_power
from agent.probes.host_source import Source, runner

ROOT = Path("/")


def probe(target: Target, deadline: float) -> Reading:
    def verb(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        return ask(name, args, deadline - 1.0)

    source = Source(ROOT, verb, runner(lambda: deadline - monotonic()), os.uname().machine)
    facts = sections(source)
    _file_systems(source)
    return Reading(samples=source.samples, facts=facts)


def sections(source: Source) -> dict[str, Any]:
    raw = host_core.dmi_table(source)
    found: dict[str, Any] = {}

    def add(name: str, read: Callable[[], Any], empty: Any) -> Any:
        """A defect in one section, such as a driver that answers nonsense, must not take the others away."""
        try:
            found[name] = read()
        except Exception as error:  # noqa: BLE001 - the one broad catch: named in ``missing``, not silent
            found[name] = empty
            source.lack(name, "defect", f"{type(error).__name__}: {error}"[:200])
        return found[name]

    add("system", lambda: host_core.system(source, raw), {})
    add("board", lambda: host_core.board(source, raw), {})
    add("cpu", lambda: host_core.cpu(source), {})
    add("memory", lambda: host_core.memory(source, raw), {})
    add("disks", lambda: host_disks.disks(source), [])
    add("network", lambda: host_network.cards(source), [])
    add("wifi", lambda: host_network.wifi(source), [])
    usb = add("usb", lambda: host_devices.usb(source), [])
    add("displays", lambda: host_devices.displays(source), [])
    add("printers", lambda: host_devices.printers(source), [])
    add("power", lambda: host_power.power(source, usb), {})
    add("os", lambda: host_core.os_section(source), {})
    host_power.temperatures(source)
    found["missing"] = source.missing
    return found


def _file_systems(source: Source) -> None:
    """Room on the disk that the system is on."""
    state = os.statvfs(ROOT)
    source.sample("filesystem_free_bytes", state.f_bavail * state.f_frsize, mount="/")
    source.sample("filesystem_bytes", state.f_blocks * state.f_frsize, mount="/")
