"""Who is on the school's wire, and what they are: ARP sweeps of the network behind the default route; mDNS, SSDP,
NetBIOS and SNMP asked; LLDP, CDP, DHCP servers and what else the wire says by itself heard.

Settings:

* ``interface`` (default: the one of the default route);
* ``prefix`` (default: the card's own; a network larger than a /22 is swept as the /24 around the box);
* ``rate`` (300 requests a second; 10 for a switch that inspects ARP and closes the port of whoever asks much: the sweep
  then ends by its deadline and says so);
* ``sweeps`` (2, the last one at the end, so that who slept is seen);
* ``discover`` (true; false: sweep only); ``listen`` (35 s: LLDP comes each 30 s by default; CDP each 60 s, so that it
  may need the next run);
* ``snmp_community`` (none: then SNMP is not asked; never guessed, never told further);
* ``dhcp_servers`` (addresses that may give addresses here; default: the gateway, agent/lan/rogue.py).

Vendors are looked up by the controller; whether a MAC is private (locally administered: made up by a phone or a newer
computer, so that no vendor can be known) is said here. A private device is not asked its name, and what it shouts is
not kept: it is most likely somebody's telephone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent import route
from agent.arp import FASTEST, SLOWEST
from agent.clock import monotonic
from agent.frame import ProbeError, Reading, Skip, Target
from agent.privileged import ask
from agent.wire import Sample

LARGEST = 22  # a larger network is not swept whole
AROUND = 24
MAX_ADDRESSES_OF_ONE = 16  # told of a device that answers for many, as a router with proxy ARP does
LOCALLY_ADMINISTERED = 0x02  # of the first byte, IEEE 802
LISTEN, LONGEST = 35.0, 50.0
MOST_SWEEPS = 4
LAST_SWEEP = 3.0  # seconds that are left for it


def is_private(mac: str) -> bool:
    return bool(int(mac[:2], 16) & LOCALLY_ADMINISTERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the settings ask for. Raises ProbeError when they are wrong."""

    rate: dict[str, float]
    sweeps: int
    discovers: bool
    listen: float
    community: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Plan:
        discovers = settings.get("discover", True)
        if not isinstance(discovers, bool):
            raise ProbeError("bad-setting", "discover must be true or false")
        community = settings.get("snmp_community", "")
        if not isinstance(community, str) or len(community.encode()) > 64:
            raise ProbeError("bad-setting", "snmp_community must be a text of at most 64 bytes")  # and is not shown
        return cls(
            rate={"rate": _within(settings, "rate", 0.0, SLOWEST, FASTEST)} if "rate" in settings else {},
            sweeps=int(_within(settings, "sweeps", 2, 1, MOST_SWEEPS)),
            discovers=discovers,
            listen=_within(settings, "listen", LISTEN, 1, LONGEST),
            community=community,
        )


def _within(settings: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ProbeError("bad-setting", f"{name} must be from {low:g} to {high:g}")
    return float(value)


def _prefix(settings: Mapping[str, Any]) -> int:
    try:
        return int(settings.get("prefix") or 0)
    except (TypeError, ValueError):
        raise ProbeError("bad-setting", "prefix must be a whole number") from None


def probe(target: Target, deadline: float) -> Reading:
    gateways = [gateway for gateway in route.gateways() if ":" not in gateway.address]
    interface = str(target.settings.get("interface") or (gateways[0].interface if gateways else ""))
    if not interface:
        raise Skip("no-route")
    own = route.ipv4(interface)
    if own is None:
        raise Skip("no-address", interface)
    plan = Plan.of(target.settings)
    prefix = max(_prefix(target.settings), own[1])
    if prefix < LARGEST:
        prefix = AROUND
    wanted = {"interface": interface, "prefix": prefix} | plan.rate
    beyond = {each.address for each in gateways}

    def sweep(until: float) -> dict[str, Any]:
        return ask("arp-sweep", wanted, until)

    if not plan.discovers:
        answer = sweep(deadline)
        for _ in range(plan.sweeps - 1):
            answer = joined(answer, sweep(deadline))
        return reading(answer, interface, own[1], beyond)
    return _discovered(plan, interface, own, beyond, sweep, deadline)


def _discovered(
    plan: Plan,
    interface: str,
    own: tuple[str, int],
    gateways: set[str],
    sweep: Callable[[float], dict[str, Any]],
    deadline: float,
) -> Reading:
    from agent.lan import discover
    from agent.lan.describe import describe

    heard = discover.Heard()
    spare = discover.AFTER + LAST_SWEEP
    listening = discover.Listening(interface, max(1.0, min(plan.listen, deadline - monotonic() - spare)), deadline)
    listening.start()
    answer = sweep(deadline - spare)
    first = reading(answer, interface, own[1], gateways)
    addresses = [each["ip"] for each in first.facts["devices"] if not each["private"] or each.get("role")]

    def near(address: str) -> bool:
        return route.network(address, own[1]) == route.network(own[0], own[1])

    discover.ask_devices(own[0], near, addresses, plan.community, deadline - spare, heard)
    for number in range(plan.sweeps - 1):
        if number == plan.sweeps - 2:
            listening.result(heard)  # the last sweep is as late as may be
        answer = joined(answer, sweep(deadline))
    listening.result(heard)
    answer = joined(answer, {"found": [each for each in heard.wire.get("speakers", []) if near(each[0])]})
    found = describe(reading(answer, interface, own[1], gateways), heard)
    found.facts["gateways"] = sorted(gateways)
    return found


def joined(answer: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two looks at one wire: who was seen in either."""
    found = {address: set(macs) for address, macs in answer["found"]}
    doubled = {*answer.get("doubled", ()), *(each for look in (answer, other) for each in _doubled(look))}
    for address, macs in other["found"]:
        if address != answer["address"]:
            found.setdefault(address, set()).update(macs)
    return {
        **answer,
        "sent": answer.get("sent", 0) + other.get("sent", 0),
        "seconds": round(answer["seconds"] + other.get("seconds", 0.0), 3),
        "complete": answer["complete"] and other.get("complete", True),
        "found": [[address, sorted(macs)] for address, macs in found.items()],
        "doubled": sorted(doubled),
    }


def _doubled(look: Mapping[str, Any]) -> list[str]:
    """Addresses for which two answered in the same look: who merely followed another is no conflict."""
    return [address for address, macs in look["found"] if len(macs) > 1]


def reading(answer: Mapping[str, Any], interface: str, own_prefix: int, gateways: set[str]) -> Reading:
    """From what the sweep found: one device a MAC."""
    found = {str(address): [str(mac) for mac in macs] for address, macs in answer["found"]}
    devices = _devices(found, gateways)
    private = sum(device["private"] for device in devices)
    facts: dict[str, Any] = {
        "interface": interface,
        "address": answer["address"],
        "network": route.network(answer["address"], answer["prefix"]),
        "devices": devices,
    }
    doubled = answer["doubled"] if "doubled" in answer else _doubled(answer)
    conflicts = {address: found[address] for address in doubled if address in found}
    if conflicts:
        facts["conflicts"] = conflicts  # two devices with one address: a common trouble in schools
    if answer["prefix"] > own_prefix:
        facts["part_of"] = f"/{own_prefix}"
    if not answer["complete"]:
        facts["incomplete"] = "deadline"
    values = {
        "lan_devices": len(devices),
        "lan_private_macs": private,
        "lan_addresses_asked": answer["asked"],
        "lan_address_conflicts": len(conflicts),
        "lan_sweep_seconds": answer["seconds"],
    }
    return Reading(samples=[Sample(name=name, value=float(value)) for name, value in values.items()], facts=facts)


def _devices(found: Mapping[str, list[str]], gateways: set[str]) -> list[dict[str, Any]]:
    by_mac: dict[str, list[str]] = {}
    for address, macs in found.items():
        for mac in macs:
            by_mac.setdefault(mac, []).append(address)
    devices = []
    for mac, addresses in by_mac.items():
        addresses.sort(key=lambda address: (address not in gateways, [int(part) for part in address.split(".")]))
        device: dict[str, Any] = {"mac": mac, "ip": addresses[0], "private": is_private(mac)}
        if addresses[0] in gateways:
            device["role"] = "gateway"
        if len(addresses) > 1:
            device["addresses"] = addresses[:MAX_ADDRESSES_OF_ONE]
            device["addresses_count"] = len(addresses)
        devices.append(device)
    return sorted(devices, key=lambda device: [int(part) for part in device["ip"].split(".")])
