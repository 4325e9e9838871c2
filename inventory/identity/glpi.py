"""Inventories of GLPI agents: their JSON messages, read into sightings. Pure; a stranger may have written the message.

The format is GLPI's (inventory.schema.json of github.com/glpi-project/inventory_format; messages as in lib/GLPI/Agent
of github.com/glpi-project/glpi-agent): ``{"action": "inventory", "deviceid": …, "content": {"hardware": …, "bios": …,
…}}``. Only what tells a machine apart or describes its hardware is read; who is signed in, software, processes,
environment and keys are left where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from inventory.identity.box import items, section, text
from inventory.identity.sighting import Sighting, sight

LAPTOPS = ("laptop", "notebook", "portable", "sub notebook", "convertible", "detachable")
OTHERS: Mapping[str, str] = {"tablet": "tablet", "server": "server", "rack mount chassis": "server", "blade": "server"}
NOT_PRINTERS = ("pdf", "xps", "onenote", "fax", "virtual", "document writer")
MAX_TEXT = 200
TYPES: Mapping[str, str] = {"Computer": "pc", "Printer": "printer", "NetworkEquipment": "switch", "Phone": "phone"}

Action = Literal["contact", "inventory"]


class GlpiError(ValueError):
    """``args[0]`` is a stable code: "not-glpi", "no-device-id", "no-content", "not-for-us", "unknown-type"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    action: Action
    device_id: str
    content: Mapping[str, Any]
    item_type: str = "Computer"
    is_partial: bool = False


def read(document: Any) -> Message:
    """A message from parsed JSON. Raises GlpiError."""
    if not isinstance(document, Mapping):
        raise GlpiError("not-glpi")
    action = text(document, "action") or ("inventory" if text(document, "query").upper() == "INVENTORY" else "")
    if not action and isinstance(document.get("content"), Mapping):
        action = "inventory"
    if action == "netinventory":  # a printer or switch that an agent asked over the network
        action = "inventory"
    if action in ("netdiscovery", "esx", "collect", "deploy", "wakeonlan", "register"):
        raise GlpiError("not-for-us")
    if action not in ("contact", "inventory"):
        raise GlpiError("not-glpi")
    device_id = text(document, "deviceid").strip()[:MAX_TEXT]
    if not device_id:
        raise GlpiError("no-device-id")
    if action == "contact":
        return Message(action="contact", device_id=device_id, content={})
    content = document.get("content")
    if not isinstance(content, Mapping) or not content:
        raise GlpiError("no-content")
    item_type = text(document, "itemtype") or "Computer"
    if item_type not in TYPES:
        raise GlpiError("unknown-type")
    return Message(
        action="inventory", device_id=device_id, content=content, item_type=item_type,
        is_partial=document.get("partial") is True,
    )  # fmt: skip


def tag_of(message: Message) -> str:
    """The tag that the agent was set up with; for us that is the school's code, when it is one."""
    account = section(message.content, "accountinfo")
    return text(account, "keyvalue").strip()[:MAX_TEXT] if text(account, "keyname").upper() == "TAG" else ""


def sightings(message: Message, school: int, at: float) -> list[Sighting]:
    """The machine itself, then printers and displays on it that have a number of their own."""
    if section(message.content, "network_device"):
        return [_network_device(message, school, at)]
    return [_computer(message, school, at), *_printers(message, school, at), *_displays(message, school, at)]


def _computer(message: Message, school: int, at: float) -> Sighting:
    content = message.content
    bios, hardware, system = (section(content, name) for name in ("bios", "hardware", "operatingsystem"))
    cards = [card for card in items(content, "networks") if card.get("virtualdev") is not True and _is_built_in(card)]
    disks = [disk for disk in items(content, "storages") if _is_disk(disk)]
    is_virtual = text(hardware, "vmsystem") not in ("", "Physical")
    told = {
        "serial": [text(bios, "ssn")],
        "uuid": [text(hardware, "uuid")],
        "board": [text(bios, "msn")],
        "tag": [text(bios, "assettag")],
        "mac": [text(card, "mac") or text(card, "macaddr") for card in cards],
        "disk": [text(disk, "serial") or text(disk, "serialnumber") for disk in disks],
        "memory": [text(module, "serialnumber") for module in items(content, "memories")],
        "glpi": [message.device_id],
        "host": [text(hardware, "name")],
        "model": [text(bios, "smodel") or text(bios, "mmodel")],
    }
    if text(bios, "assettag").upper() == text(bios, "ssn").upper():
        told["tag"] = []  # a maker that writes its number twice says it once
    memory: Any = hardware.get("memory")
    facts = {
        "name": text(hardware, "name")[:MAX_TEXT],
        "vendor": text(bios, "smanufacturer")[:MAX_TEXT] or text(bios, "mmanufacturer")[:MAX_TEXT],
        "model": (text(bios, "smodel") or text(bios, "mmodel"))[:MAX_TEXT],
        "serial": text(bios, "ssn")[:MAX_TEXT],
        "cpu": next((text(cpu, "name")[:MAX_TEXT] for cpu in items(content, "cpus")), ""),
        "memory_bytes": memory * 1024**2 if _is_count(memory) else None,
        "disk_bytes": sum(disk["disksize"] for disk in disks if _is_count(disk.get("disksize"))) * 10**6 or None,
        "os": (text(system, "full_name") or text(system, "name"))[:MAX_TEXT],
        "ip": next((text(card, "ipaddress")[:64] for card in cards if text(card, "ipaddress")), ""),
        "agent": text(content, "versionclient")[:MAX_TEXT],
        "virtual": is_virtual,
    }
    is_full = not message.is_partial and bool(cards)
    kind = TYPES[message.item_type]
    device = _device(text(hardware, "chassis_type").lower()) if kind == "pc" else kind
    return sight("glpi", school, at, told, device=device, is_full=is_full, facts=facts)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**12


def _is_built_in(card: Mapping[str, Any]) -> bool:
    """Bridges, tunnels and the like have addresses of their own making."""
    return text(card, "type").lower() in ("", "ethernet", "wifi", "infiniband") and bool(
        text(card, "mac") or text(card, "macaddr")
    )


def _is_disk(disk: Mapping[str, Any]) -> bool:
    words = " ".join(text(disk, name) for name in ("interface", "type", "description", "model", "name")).lower()
    return "usb" not in words and "removable" not in words and not any(w in words for w in ("cd-rom", "dvd", "sd card"))


def _device(chassis: str) -> str:
    if chassis in LAPTOPS:
        return "laptop"
    return OTHERS.get(chassis, "pc")


def _printers(message: Message, school: int, at: float) -> list[Sighting]:
    found = []
    for printer in items(message.content, "printers"):
        name, driver, serial = (text(printer, key)[:MAX_TEXT] for key in ("name", "driver", "serial"))
        words = f"{name} {driver} {text(printer, 'port')}".lower()
        if serial and not any(word in words for word in NOT_PRINTERS):
            found.append(_part("printer", school, at, serial, driver or name, text(printer, "manufacturer"), message))
    return [one for one in found if one.values.get("serial")]


def _displays(message: Message, school: int, at: float) -> list[Sighting]:
    found = []
    for display in items(message.content, "monitors"):
        serial = text(display, "serial")[:MAX_TEXT]
        model = (text(display, "caption") or text(display, "name") or text(display, "description"))[:MAX_TEXT]
        if serial:
            found.append(_part("display", school, at, serial, model, text(display, "manufacturer"), message))
    return [one for one in found if one.values.get("serial")]


def _part(device: str, school: int, at: float, serial: str, model: str, vendor: str, message: Message) -> Sighting:
    on = text(section(message.content, "hardware"), "name")[:MAX_TEXT]
    facts = {"name": model, "vendor": vendor[:MAX_TEXT], "model": model, "serial": serial, "on": on}
    return sight("glpi", school, at, {"serial": [serial], "model": [model]}, device=device, facts=facts)


def _network_device(message: Message, school: int, at: float) -> Sighting:
    """A printer, switch or telephone that an agent asked over the network."""
    found = section(message.content, "network_device")
    told = {
        "serial": [text(found, "serial")],
        "mac": [text(found, "mac")],
        "host": [text(found, "name")],
        "model": [text(found, "model")],
        "glpi": [message.device_id],
    }
    facts = {name: text(found, name)[:MAX_TEXT] for name in ("name", "model", "serial")}
    facts["vendor"] = text(found, "manufacturer")[:MAX_TEXT]
    return sight("glpi", school, at, told, device=TYPES[message.item_type], facts=facts)
