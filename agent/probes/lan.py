"""Who is on the school's wire: an ARP sweep of the network behind the default route.

Settings: ``interface`` (default: the one of the default route); ``prefix`` (default: the card's own; a network that is
larger than a /22 is swept as the /24 around the box); ``rate`` (500 requests a second; 10 for a switch that inspects
ARP and closes the port of whoever asks much: the sweep then ends by its deadline and says so).

Vendors are looked up by the controller; whether a MAC is private (locally administered: made up by a phone or a newer
computer, so that no vendor can be known) is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent import route
from agent.arp import FASTEST, SLOWEST
from agent.frame import ProbeError, Reading, Skip, Target
from agent.privileged import ask
from agent.wire import Sample

LARGEST = 22  # a larger network is not swept whole
AROUND = 24
MAX_ADDRESSES_OF_ONE = 16  # told of a device that answers for many, as a router with proxy ARP does
LOCALLY_ADMINISTERED = 0x02  # of the first byte, IEEE 802


def is_private(mac: str) -> bool:
    return bool(int(mac[:2], 16) & LOCALLY_ADMINISTERED)


def probe(target: Target, deadline: float) -> Reading:
    gateways = [gateway for gateway in route.gateways() if ":" not in gateway.address]
    interface = str(target.settings.get("interface") or (gateways[0].interface if gateways else ""))
    if not interface:
        raise Skip("no-route")
    own = route.ipv4(interface)
    if own is None:
        raise Skip("no-address", interface)
    prefix = max(_prefix(target.settings), own[1])
    if prefix < LARGEST:
        prefix = AROUND
    wanted = {"interface": interface, "prefix": prefix} | _rate(target.settings)
    answer = ask("arp-sweep", wanted, deadline)
    return reading(answer, interface, own[1], {each.address for each in gateways})


def _rate(settings: Mapping[str, Any]) -> dict[str, float]:
    if "rate" not in settings:
        return {}
    rate = settings["rate"]
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not SLOWEST <= rate <= FASTEST:
        raise ProbeError("bad-setting", f"rate must be from {SLOWEST:g} to {FASTEST:g}")
    return {"rate": float(rate)}


def _prefix(settings: Mapping[str, Any]) -> int:
    try:
        return int(settings.get("prefix") or 0)
    except (TypeError, ValueError):
        raise ProbeError("bad-setting", "prefix must be a whole number") from None


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
    conflicts = {address: macs for address, macs in found.items() if len(macs) > 1}
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
