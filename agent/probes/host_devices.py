"""What is plugged in: USB devices, printers, displays."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from agent.frame import ProbeError, Skip
from agent.probes.host_edid import parse_edid
from agent.probes.host_source import Source, clean, filled

USB = "sys/bus/usb/devices"
HUB = "09"
# Class of a USB interface (usb.org, "Defined Class Codes"); HID says more by its protocol.
CLASSES = {
    "01": "audio", "02": "network", "03": "input", "06": "camera", "07": "printer", "08": "storage", "0a": "network",
    "0b": "card reader", "0d": "security", "0e": "video", "0f": "health", "e0": "wireless",
}  # fmt: skip
HID = {"01": "keyboard", "02": "mouse"}
UPS_MAKERS = ("051d", "0764", "0463", "0665", "06da", "09ae", "050d")  # APC, CyberPower, Eaton, Cypress, Santak, …


def usb(source: Source) -> list[dict[str, Any]]:
    """Devices without hubs. Serial numbers stay out: a stick may be a pupil's."""
    found = []
    for name in source.names(USB):
        base = f"{USB}/{name}"
        vendor_id = source.text(f"{base}/idVendor")
        if ":" in name or not vendor_id or source.text(f"{base}/bDeviceClass") == HUB:
            continue
        product_id = source.text(f"{base}/idProduct")
        found.append(
            filled(
                {
                    "vendor_id": vendor_id,
                    "product_id": product_id,
                    "vendor": source.text(f"{base}/manufacturer"),
                    "product": source.text(f"{base}/product"),
                    "kind": ", ".join(_kinds(source, name)),
                }
            )
        )
    if not source.path(USB).exists():
        source.lack("usb", "no-usb")
    return sorted(found, key=lambda each: (each["vendor_id"], each["product_id"], each.get("product", "")))


def _interfaces(source: Source, name: str) -> list[str]:
    return [f"{USB}/{each}" for each in source.names(USB) if each.startswith(f"{name}:")]


def _kinds(source: Source, name: str) -> list[str]:
    kinds = []
    for interface in _interfaces(source, name):
        number = source.text(f"{interface}/bInterfaceClass")
        kind = CLASSES.get(number, "")
        if number == "03":
            kind = HID.get(source.text(f"{interface}/bInterfaceProtocol"), kind)
        if kind:
            kinds.append(kind)
    return sorted(set(kinds))


def is_ups(device: dict[str, Any]) -> bool:
    return device["vendor_id"] in UPS_MAKERS and device.get("kind", "") in ("", "input")


def printers(source: Source) -> list[dict[str, Any]]:
    """Those on USB, and the queues of CUPS."""
    found = []
    for name in source.names(USB):
        for interface in _interfaces(source, name):
            if source.text(f"{interface}/bInterfaceClass") != "07":
                continue
            told = parse_ieee1284(source.whole(f"{interface}/ieee1284_id"))
            found.append(
                filled(
                    {
                        "connection": "usb",
                        "vendor": told.get("MFG")
                        or told.get("MANUFACTURER")
                        or source.text(f"{USB}/{name}/manufacturer"),
                        "model": told.get("MDL") or told.get("MODEL") or source.text(f"{USB}/{name}/product"),
                    }
                )
            )
    try:
        found += parse_lpstat(source.run(["lpstat", "-v"]))
    except Skip:
        source.lack("printers.queues", "no-cups")
    except ProbeError as error:
        source.lack_by("printers.queues", error)
    return found


def parse_ieee1284(text: str) -> dict[str, str]:
    """``MFG:Canon;MDL:LBP2900;CMD:CAPT;`` (IEEE 1284.4)."""
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip().upper(): clean(value) for name, _, value in pairs if value}


def parse_lpstat(text: str) -> list[dict[str, Any]]:
    """``device for NAME: URI``. Who prints, with what password, and serial numbers stay out."""
    found = []
    for name, uri in re.findall(r"^device for ([^:\n]+): (\S+)", text, re.MULTILINE):
        try:
            parts = urlsplit(uri)
            host = clean(unquote(parts.hostname or ""))
        except ValueError:
            continue
        is_usb = parts.scheme == "usb"
        found.append(
            filled(
                {
                    "name": clean(name),
                    "connection": "queue",
                    "over": parts.scheme,
                    "vendor": host.capitalize() if is_usb else "",
                    "model": clean(unquote(parts.path.strip("/"))) if is_usb else "",
                    "host": "" if is_usb else host,
                }
            )
        )
    return found


def displays(source: Source) -> list[dict[str, Any]]:
    """By the EDID that each connected display gives."""
    connectors = [name for name in source.names("sys/class/drm") if re.match(r"card\d+-", name)]
    if not connectors:
        source.lack("displays", "no-graphics")
        return []
    found = []
    for name in connectors:
        if source.text(f"sys/class/drm/{name}/status") != "connected":
            continue
        connector = name.partition("-")[2]
        told = parse_edid(source.bytes(f"sys/class/drm/{name}/edid"))
        if told is None:
            source.lack(f"displays.{connector}", "no-edid")
        found.append({"connector": connector, **(told or {})})
    return found
