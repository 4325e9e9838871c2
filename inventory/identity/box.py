"""A sighting of a school's box from its own inventory (``agent/probes/host.py``). A box made it: no shape is
trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.identity.sighting import Sighting, sight


def section(data: Any, name: str) -> Mapping[str, Any]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def items(data: Any, name: str) -> list[Mapping[str, Any]]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return [one for one in found[:64] if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name)
    return found if isinstance(found, str) else ""


def sight_box(sections: Any, agent: str, school: int, at: float) -> Sighting:
    system, board, os = section(sections, "system"), section(sections, "board"), section(sections, "os")
    disks = [disk for disk in items(sections, "disks") if not disk.get("removable") and disk.get("kind") != "usb"]
    cards = [card for card in items(sections, "network") if text(card, "bus") != "usb"]
    product = text(system, "product") or text(board, "product")
    told = {
        "serial": [text(system, "serial")],
        "uuid": [text(system, "uuid")],
        "board": [text(board, "serial")],
        "mac": [text(card, "mac") for card in cards],
        "disk": [text(disk, "serial") for disk in disks],
        "memory": [text(module, "serial") for module in items(section(sections, "memory"), "modules")],
        "key": [agent],
        "host": [text(os, "hostname")],
        "model": [product],
    }
    facts = {
        "name": text(os, "hostname"),
        "vendor": text(system, "vendor") or text(board, "vendor"),
        "model": product,
        "serial": text(system, "serial"),
        "cpu": text(section(sections, "cpu"), "model"),
        "memory_bytes": section(sections, "memory").get("total_bytes"),
        "disk_bytes": sum(int(disk["bytes"]) for disk in disks if isinstance(disk.get("bytes"), int)) or None,
        "os": text(os, "name"),
    }
    return sight("box", school, at, told, device="box", is_full=True, facts=facts)
