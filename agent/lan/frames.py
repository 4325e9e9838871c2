"""LLDP, CDP and DHCP frames as plain data, dissected by scapy. Imported only by agent/lan/child.py: it costs 75 MB.

Pure functions on bytes: whatever a frame holds, they return bounded plain data or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

logging.getLogger("scapy").setLevel(logging.CRITICAL)

from scapy.config import conf  # noqa: E402 - what it logs at import would be taken for our own complaint
from scapy.contrib import cdp, lldp  # noqa: E402
from scapy.layers.dhcp import BOOTP, DHCP  # noqa: E402
from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.l2 import Dot3, Ether  # noqa: E402
from scapy.packet import Packet  # noqa: E402

from agent.lan.text import clean  # noqa: E402

conf.contribs["LLDP"].strict_mode_disable()  # a switch that forgets a part is heard all the same
conf.debug_dissector = False

MAX_LAYERS = 64
MAX_ADDRESSES = 4
MAX_OPTIONS = 64
DHCP_TYPES = {2: "offer", 5: "ack", 6: "nak"}
# What LLDP and CDP call it, and what we do.
LLDP_ROLES = {
    "mac_bridge": "bridge",
    "router": "router",
    "wlan_access_point": "ap",
    "telephone": "phone",
    "repeater": "repeater",
    "station_only": "station",
}
CDP_ROLES = {0x01: "router", 0x02: "bridge", 0x08: "bridge", 0x10: "station", 0x40: "repeater", 0x80: "phone"}
Told = dict[str, Any]


def _safely(read: Callable[[bytes], Told], frame: bytes) -> Told | None:
    try:
        told = read(frame[:2_048])
    except Exception:  # noqa: BLE001 - the one broad catch: a dissector meets what strangers send, and may raise anything
        return None
    return {key: value for key, value in told.items() if value not in ("", None, [])} or None


def parse_lldp(frame: bytes) -> Told | None:
    """``{"by": "lldp", "mac", "chassis", "port", "port_name", "name", "descr", "address", "roles", "vlan"}``."""
    return _safely(_lldp, frame)


def parse_cdp(frame: bytes) -> Told | None:
    """As of LLDP, with ``"by": "cdp"`` and ``"model"``."""
    return _safely(_cdp, frame)


def parse_dhcp(frame: bytes) -> Told | None:
    """Of an answer of a server: ``{"kind", "server", "mac", "routers", "dns"}``; no client is named."""
    return _safely(_dhcp, frame)


def _layers(packet: Packet) -> Iterator[Packet]:
    for _ in range(MAX_LAYERS):
        if not packet:
            return
        yield packet
        packet = packet.payload


def _lldp(frame: bytes) -> Told:
    whole = Ether(frame)
    told: Told = {}
    for layer in _layers(whole.payload):
        if isinstance(layer, lldp.LLDPDUChassisID):
            told["chassis"] = _identity(layer.id)
        elif isinstance(layer, lldp.LLDPDUPortID):
            told["port"] = _identity(layer.id)
        elif isinstance(layer, lldp.LLDPDUPortDescription):
            told["port_name"] = clean(layer.description)
        elif isinstance(layer, lldp.LLDPDUSystemName):
            told["name"] = clean(layer.system_name)
        elif isinstance(layer, lldp.LLDPDUSystemDescription):
            told["descr"] = clean(layer.description, 128)
        elif isinstance(layer, lldp.LLDPDUSystemCapabilities):
            told["roles"] = [ours for theirs, ours in LLDP_ROLES.items() if getattr(layer, f"{theirs}_enabled")]
        elif isinstance(layer, lldp.LLDPDUManagementAddress):
            told.setdefault("address", _address(layer.management_address, layer.management_address_subtype))
        elif isinstance(layer, lldp.LLDPDUGenericOrganisationSpecific) and _is_vlan(layer):
            told["vlan"] = int.from_bytes(layer.data, "big") or None
    named = any(told.get(key) for key in ("chassis", "name", "port"))
    return {"by": "lldp", "mac": str(whole.src), **told} if named else {}


def _is_vlan(layer: Packet) -> bool:
    """The port's VLAN, as IEEE 802.1 has it."""
    return (layer.org_code, layer.subtype) == (0x0080C2, 1) and len(layer.data) == 2


def _identity(value: Any) -> str:
    """A chassis or port is named by an address, a text, or bytes that are neither."""
    if isinstance(value, bytes):
        if len(value) > 0 and not value.isascii():
            return value[:20].hex(":")
        return clean(value)
    return clean(str(value))


def _address(value: Any, kind: int) -> str:
    raw = value if isinstance(value, bytes) else b""
    return str(ip_address(raw)) if (kind, len(raw)) in ((1, 4), (2, 16)) else ""


def _cdp(frame: bytes) -> Told:
    whole = Dot3(frame)
    told: Told = {}
    header = whole.getlayer(cdp.CDPv2_HDR)
    for message in (header.msg if header is not None else [])[:MAX_LAYERS]:
        if isinstance(message, cdp.CDPMsgDeviceID):
            told["name"] = clean(message.val)
        elif isinstance(message, cdp.CDPMsgPortID):
            told["port"] = clean(message.iface)
        elif isinstance(message, cdp.CDPMsgPlatform):
            told["model"] = clean(message.val)
        elif isinstance(message, cdp.CDPMsgSoftwareVersion):
            told["descr"] = clean(message.val, 128)
        elif isinstance(message, cdp.CDPMsgCapabilities):
            told["roles"] = list(dict.fromkeys(ours for bit, ours in CDP_ROLES.items() if int(message.cap) & bit))
        elif isinstance(message, cdp.CDPMsgNativeVLAN):
            told["vlan"] = int(message.vlan) or None
        elif isinstance(message, cdp.CDPMsgAddr) and message.addr:
            told.setdefault("address", clean(str(getattr(message.addr[0], "addr", ""))))
    return {"by": "cdp", "mac": str(whole.src), **told} if told.get("name") or told.get("port") else {}


def _dhcp(frame: bytes) -> Told:
    whole = Ether(frame)
    answer, head = whole.getlayer(BOOTP), whole.getlayer(IP)
    options = whole.getlayer(DHCP)
    if answer is None or head is None or options is None or answer.op != 2:
        return {}
    said: dict[str, list[Any]] = {}
    for option in options.options[:MAX_OPTIONS]:
        if isinstance(option, tuple) and len(option) > 1:
            said.setdefault(str(option[0]), list(option[1:]))
    kind = DHCP_TYPES.get(said.get("message-type", [0])[0], "")
    server = _addresses(said.get("server_id", []))
    return {
        "kind": kind,
        "server": server[0] if server else str(head.src),
        "mac": str(whole.src),
        "routers": _addresses(said.get("router", [])),
        "dns": _addresses(said.get("name_server", [])),
    } if kind else {}  # fmt: skip


def _addresses(values: list[Any]) -> list[str]:
    found = []
    for value in values[:MAX_ADDRESSES]:
        try:
            found.append(str(ip_address(value)))
        except ValueError:
            continue
    return found
