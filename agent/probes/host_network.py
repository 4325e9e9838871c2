"""Network cards, and the Wi-Fi that they are in."""

from __future__ import annotations

import re
from typing import Any

from agent.frame import ProbeError, Skip
from agent.probes.host_source import Source, clean, filled, key_values


def cards(source: Source) -> list[dict[str, Any]]:
    """Cards that are hardware; bridges, tunnels and the like have no ``device``."""
    names = [name for name in source.names("sys/class/net") if source.path(f"sys/class/net/{name}/device").exists()]
    return [_card(source, name) for name in names]


def is_wifi(source: Source, name: str) -> bool:
    base = f"sys/class/net/{name}"
    return any(source.path(f"{base}/{sign}").exists() for sign in ("phy80211", "wireless"))


def _card(source: Source, name: str) -> dict[str, Any]:
    base = f"sys/class/net/{name}"
    speed = source.number(f"{base}/speed")
    has_carrier = source.text(f"{base}/carrier") == "1"
    udev = source.udev(f"n{source.text(f'{base}/ifindex')}")
    wifi = is_wifi(source, name)
    return filled(
        {
            "name": name,
            "kind": "wifi" if wifi else "wired",
            "mac": source.text(f"{base}/address"),
            "vendor": udev.get("ID_VENDOR_FROM_DATABASE", ""),
            "model": udev.get("ID_MODEL_FROM_DATABASE", ""),
            "driver": source.link(f"{base}/device/driver"),
            "bus": source.link(f"{base}/device/subsystem"),
            "id": _id(source, base),
            "carrier": "up" if has_carrier else "down",
            # A virtual card says -1; a card without a cable says nothing that is true.
            "speed_mbps": speed if has_carrier and speed and 0 < speed < 2**31 and not wifi else None,
            "duplex": source.text(f"{base}/duplex") if has_carrier and not wifi else "",
        }
    )


def _id(source: Source, base: str) -> str:
    ids = [source.text(f"{base}/device/{part}") for part in ("vendor", "device")]
    if not all(ids):  # a USB card: its ids stand one step up
        ids = [source.text(f"{base}/device/../{part}") for part in ("idVendor", "idProduct")]
    return ":".join(each.removeprefix("0x") for each in ids) if all(ids) else ""


def wifi(source: Source) -> list[dict[str, Any]]:
    """What each Wi-Fi card is connected to. How strong it is moves, and is a sample."""
    found = []
    for name in source.names("sys/class/net"):
        if not is_wifi(source, name):
            continue
        try:
            link = parse_iw_link(source.run(["iw", "dev", name, "link"]))
        except (Skip, ProbeError) as error:
            source.lack_by(f"wifi.{name}", error)
            continue
        source.sample("wifi_signal_dbm", link.pop("signal_dbm", None), interface=name)
        source.sample("wifi_send_bits_per_second", link.pop("send_bps", None), interface=name)
        source.sample("wifi_receive_bits_per_second", link.pop("receive_bps", None), interface=name)
        found.append({"name": name, **link})
    return found


def parse_iw_link(text: str) -> dict[str, Any]:
    """``iw dev wlan0 link``: connected or not, SSID, frequency, signal, bit rates."""
    if not text.lstrip().startswith("Connected to"):
        return {"connected": False}
    values = dict(key_values(text, ":"))
    megahertz = re.match(r"\d+", values.get("freq", ""))
    signal = re.match(r"-?\d+", values.get("signal", ""))
    rates = {
        key: re.match(r"[\d.]+", values.get(name, ""))
        for key, name in (("send_bps", "tx bitrate"), ("receive_bps", "rx bitrate"))
    }
    return filled(
        {
            "connected": True,
            "ssid": _ssid(values.get("SSID", "")),
            "frequency_mhz": int(megahertz[0]) if megahertz else None,
            "signal_dbm": float(signal[0]) if signal else None,
            **{key: float(rate[0]) * 1e6 if rate else None for key, rate in rates.items()},
        }
    )


def _ssid(text: str) -> str:
    """iw writes every byte that is not plain ASCII as ``\\x..``; Vietnamese names are full of them."""
    raw = re.sub(rb"\\x([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    return clean(raw.replace(b"\\\\", b"\\").decode("utf-8", "replace"))
