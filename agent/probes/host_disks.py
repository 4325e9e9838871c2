"""Disks, and how they are: what the kernel shows to everybody, and SMART by the helper."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from agent.frame import ProbeError, Skip
from agent.probes.host_source import Source, clean, filled

NOT_DISKS = re.compile(r"(loop|ram|zram|dm-|md|sr|fd|nbd|drbd|mtd)\d+|mmcblk\d+(boot\d+|rpmb|gp\d+)")
VIRTUAL_NAMES = re.compile(r"(vd|xvd)[a-z]+")
VIRTUAL_MAKERS = ("qemu", "vmware", "vbox", "virtual", "msft", "google")
# ATA attributes that tell of damage, by their raw value; and of wear, by their normalised one (100 is new).
DAMAGE = {5: "reallocated_sectors", 197: "pending_sectors", 198: "uncorrectable_sectors"}
WEAR = (231, 233, 202, 177, 173, 169)
WORN_AT = 0.9  # share of the life that is used


def disks(source: Source) -> list[dict[str, Any]]:
    found = []
    for name in source.names("sys/block"):
        size = source.number(f"sys/block/{name}/size") or 0
        if NOT_DISKS.fullmatch(name) or not size:  # no size: a card reader without a card
            continue
        found.append(_disk(source, name, size * 512))
    return found


def _disk(source: Source, name: str, size: int) -> dict[str, Any]:
    base = f"sys/block/{name}"
    udev = source.udev("b" + source.text(f"{base}/dev"))
    maker = source.text(f"{base}/device/vendor")
    model = source.text(f"{base}/device/model") or source.text(f"{base}/device/name")
    kind = _kind(source, name, maker, model)
    disk = {
        "name": name,
        "kind": kind,
        "vendor": maker if maker not in ("ATA", "0x1af4") and not maker.startswith("0x") else "",
        "model": model or udev.get("ID_MODEL", ""),
        "serial": source.text(f"{base}/device/serial") or udev.get("ID_SERIAL_SHORT", ""),
        "bytes": size,
        "removable": source.text(f"{base}/removable") == "1",
    }
    health, more = _health(source, name, kind)
    return filled({**disk, **{key: value for key, value in more.items() if value and not disk.get(key)}}) | {
        "health": health
    }


def _kind(source: Source, name: str, maker: str, model: str) -> str:
    if name.startswith("nvme"):
        return "nvme"
    if name.startswith("mmcblk"):
        return "sd" if source.text(f"sys/block/{name}/device/type") == "SD" else "emmc"
    if VIRTUAL_NAMES.fullmatch(name) or f"{maker} {model}".lower().startswith(VIRTUAL_MAKERS):
        return "virtual"
    try:
        if "/usb" in str(source.path(f"sys/block/{name}").resolve()):
            return "usb"
    except OSError:
        pass
    return "hdd" if source.text(f"sys/block/{name}/queue/rotational") == "1" else "ssd"


def _health(source: Source, name: str, kind: str) -> tuple[dict[str, Any], dict[str, str]]:
    """How the disk is, and what else its firmware says (serial, firmware)."""
    if kind == "virtual":
        return {"status": "unknown", "reason": "virtual-disk"}, {}
    if kind in ("emmc", "sd"):
        return emmc_health(
            source.text(f"sys/block/{name}/device/life_time"), source.text(f"sys/block/{name}/device/pre_eol_info")
        ), {}
    try:
        report = json.loads(str(source.ask("smart", {"disk": name})["json"]))
    except (Skip, ProbeError) as error:
        source.lack_by(f"disks.{name}.health", error)
        return {"status": "unknown", "reason": error.reason}, {}
    except (ValueError, KeyError, RecursionError):
        source.lack(f"disks.{name}.health", "unreadable", "smartctl")
        return {"status": "unknown", "reason": "unreadable"}, {}
    if not isinstance(report, dict):
        return {"status": "unknown", "reason": "unreadable"}, {}
    source.sample("disk_temperature_celsius", _get(report, "temperature", "current"), disk=name)
    source.sample("disk_power_on_hours", _get(report, "power_on_time", "hours"), disk=name)
    health = smart_health(report)
    if health["status"] == "unknown":
        source.lack(f"disks.{name}.health", health["reason"])
    named = {"serial": "serial_number", "firmware": "firmware_version"}
    return health, {key: clean(str(report.get(name, ""))) for key, name in named.items()}


def emmc_health(life_time: str, pre_eol: str) -> dict[str, Any]:
    """From the two values of JEDEC eMMC 5.0 that the kernel shows: tenths of the life used, and the spare blocks."""
    try:
        used = max(int(word, 16) for word in life_time.split())
    except ValueError:
        return {"status": "unknown", "reason": "no-smart"}
    spare = int(pre_eol, 16) if re.fullmatch(r"0x[0-9a-f]+", pre_eol) else 0
    status = "failing" if used >= 11 or spare == 3 else "worn" if used >= 10 or spare == 2 else "ok"
    return (
        {"status": status, "life_used_ratio": min(used, 10) / 10}
        if used
        else {"status": "unknown", "reason": "no-smart"}
    )


def _get(report: Mapping[str, Any], *names: str) -> float | None:
    value: Any = report
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def smart_health(report: Mapping[str, Any]) -> dict[str, Any]:
    """From smartctl's JSON: "failing" by the disk's own word, "worn" when it has damage or little life left, else "ok".
    "unknown" carries a reason: asleep, no-smart."""
    messages = " ".join(str(each.get("string", "")) for each in (report.get("smartctl") or {}).get("messages") or [])
    passed = (report.get("smart_status") or {}).get("passed")
    if passed is None:
        return {"status": "unknown", "reason": "asleep" if "STANDBY" in messages.upper() else "no-smart"}
    counts = _ata(report) | _nvme(report)
    used = counts.get("life_used_ratio", 0.0)
    damaged = any(value for name, value in counts.items() if name.endswith(("_sectors", "_errors")))
    if not passed or counts.get("critical_warning"):
        status = "failing"
    elif damaged or used >= WORN_AT:
        status = "worn"
    else:
        status = "ok"
    return {"status": status, **counts}


def _ata(report: Mapping[str, Any]) -> dict[str, Any]:
    table = (report.get("ata_smart_attributes") or {}).get("table") or []
    by_id = {each.get("id"): each for each in table if isinstance(each, dict)}
    counts: dict[str, Any] = {}
    for number, name in DAMAGE.items():
        value = _get(by_id.get(number) or {}, "raw", "value")
        if value is not None:
            counts[name] = int(value)
    if report.get("rotation_rate") == 0:  # only an SSD's wear
        left = next(
            (each["value"] for number in WEAR if (each := by_id.get(number)) and 0 < each.get("value", 0) <= 100), None
        )
        if left is not None:
            counts["life_used_ratio"] = round(1 - left / 100, 2)
    failed = sorted(str(each.get("name")) for each in by_id.values() if each.get("when_failed") == "now")
    return counts | ({"failed_attributes": failed} if failed else {})


def _nvme(report: Mapping[str, Any]) -> dict[str, Any]:
    log = report.get("nvme_smart_health_information_log")
    if not isinstance(log, dict):
        return {}
    used = _get(log, "percentage_used")
    return filled(
        {
            "life_used_ratio": used / 100 if used is not None else None,
            "media_errors": _get(log, "media_errors"),
            "critical_warning": _get(log, "critical_warning") or None,
        }
    )
