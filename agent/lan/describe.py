"""What was heard, laid beside the devices that a sweep found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent.frame import Reading
from agent.lan.discover import Heard
from agent.wire import Sample

# Of a private device only this is kept: what kind of thing it is, never what it is called.
NAMELESS = {"mdns": ("services",), "ssdp": ("types",), "lldp": ("roles",), "cdp": ("roles",), "dhcp": ("server",)}
OF_NEIGHBOUR = ("name", "model", "descr", "roles")
NAMES = ("mdns", "netbios", "ssdp", "snmp", "lldp", "cdp")

Device = dict[str, Any]


def describe(found: Reading, heard: Heard) -> Reading:
    """The reading of a sweep with ``heard`` for each device, and ``neighbours`` (the switch port that the box hangs on)
    and ``servers`` (who gives addresses) for the wire; ``missing`` says what could not be found out, and why."""
    devices: list[Device] = [dict(device) for device in found.facts["devices"]]
    by_address = {address: device for device in devices for address in (device["ip"], *device.get("addresses", ()))}
    by_mac = {device["mac"]: device for device in devices}
    for address, told in heard.told.items():
        for protocol, said in told.items():
            _add(by_address.get(address), protocol, said)
    for _address, mac, said in heard.wire.get("said", ()):
        _add(by_mac.get(mac), "mdns", said)
    neighbours: list[dict[str, Any]] = list(heard.wire.get("neighbours", ()))
    for one in neighbours:
        device = by_mac.get(one.get("mac", "")) or by_address.get(one.get("address", ""))
        _add(device, one["by"], {key: one[key] for key in OF_NEIGHBOUR if key in one})
    servers = list(heard.wire.get("servers", ()))
    for one in servers:
        _add(by_address.get(one["server"]), "dhcp", {"server": True})
    facts = {**found.facts, "devices": [_shown(device) for device in devices]}
    if "listen" not in heard.missing:
        facts |= {"neighbours": neighbours, "servers": servers}
    if heard.missing:
        facts["missing"] = heard.missing
    return Reading(samples=[*found.samples, *_samples(devices, heard, len(servers))], facts=facts)


def _add(device: Device | None, protocol: str, said: Mapping[str, Any]) -> None:
    if device is None or not said:
        return
    kept = device.setdefault("heard", {}).setdefault(protocol, {})
    for key, value in said.items():
        if isinstance(value, list) and isinstance(kept.get(key), list):
            kept[key] = sorted({*kept[key], *value})[:32]
        else:
            kept.setdefault(key, value)


def _shown(device: Device) -> Device:
    if not device["private"] or "heard" not in device:
        return device
    nameless = {
        protocol: {key: said[key] for key in NAMELESS[protocol] if key in said}
        for protocol, said in device["heard"].items()
        if protocol in NAMELESS
    }
    heard = {protocol: said for protocol, said in nameless.items() if said}
    return {key: value for key, value in device.items() if key != "heard"} | ({"heard": heard} if heard else {})


def _samples(devices: Iterable[Device], heard: Heard, servers: int) -> list[Sample]:
    named = sum(any("name" in said for said in device.get("heard", {}).values()) for device in devices)
    values = {"lan_named_devices": float(named)}
    if "listen" not in heard.missing:
        values |= {"lan_dhcp_servers": float(servers), "lan_frames_dropped": float(heard.wire.get("dropped", 0))}
    return [Sample(name=name, value=value) for name, value in values.items()]
