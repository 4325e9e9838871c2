"""Who is on a wire, by several runs: there is who was seen in one of the last few. Pure.

What leaves the school: devices with an address that their maker gave, and whatever serves others (a gateway, a DHCP
server, a switch, a printer). Of the rest, mostly telephones with made-up addresses, only the number. Should somebody
change addresses all the time, newcomers are told only when they are seen a second time, and the number that waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RUNS = 4  # seen in one of so many runs: there
REMEMBERED = 24  # runs for which a device is kept that is not told any more
SAYS = 168  # runs (a week of hours) for which is remembered what a device said
LONGEST_AGO = 7 * 86_400.0  # the clock may have jumped
STRANGERS = 16  # newcomers of the last REMEMBERED runs that never came again: from so many on, newcomers wait
MAX_KEPT = 1_024
THINGS = frozenset({"_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_scanner._tcp"})

Device = dict[str, Any]
Kept = dict[str, dict[str, Any]]  # MAC -> {"device", "first", "last", "runs", "wall", "heard": {protocol: [run, said]}}


def is_told(device: Mapping[str, Any]) -> bool:
    """Whether the device itself may be named outside, and not only counted."""
    if not device.get("private") or device.get("role"):
        return True
    heard = device.get("heard", {})
    return bool(heard.keys() & {"lldp", "cdp", "dhcp"}) or bool(THINGS & set(heard.get("mdns", {}).get("services", ())))


def merge(kept: Kept, devices: Iterable[Device], run: int, now: float) -> tuple[Kept, list[Device], int]:
    """What to keep, who is there, and how many newcomers wait. ``run``: the number of this run, from 1; ``now``: by
    the box's own clock, whatever it shows."""
    after = {mac: dict(one) for mac, one in kept.items() if run - one["last"] < max(REMEMBERED, RUNS)}
    for device in devices:
        if is_told(device) and (device["mac"] in after or len(after) < MAX_KEPT):
            after[device["mac"]] = _seen(after.get(device["mac"]), device, run, now)
    strangers = sum(one["runs"] == 1 and one["last"] < run and one["first"] > 1 for one in after.values())
    there = [one for one in after.values() if run - one["last"] < RUNS]
    waiting = [one for one in there if one["runs"] == 1 and one["first"] > 1] if strangers >= STRANGERS else []
    told = [_told(one, run, now) for one in there if one not in waiting]
    return after, sorted(told, key=_place), len(waiting)


def _seen(one: dict[str, Any] | None, device: Device, run: int, now: float) -> dict[str, Any]:
    heard = dict(one["heard"]) if one else {}
    heard |= {protocol: [run, said] for protocol, said in device.get("heard", {}).items()}
    bare = {key: value for key, value in device.items() if key != "heard"}
    first, runs = (one["first"], one["runs"]) if one else (run, 0)
    return {"device": bare, "first": first, "last": run, "runs": runs + 1, "wall": now, "heard": heard}


def _told(one: Mapping[str, Any], run: int, now: float) -> Device:
    """``seen_ago``: seconds since it was seen, absent for this run."""
    told = dict(one["device"])
    if heard := {protocol: said for protocol, (at, said) in one["heard"].items() if run - at < SAYS}:
        told["heard"] = heard
    if run > one["last"]:
        told["seen_ago"] = round(min(max(now - one["wall"], 0.0), LONGEST_AGO))
    return told


def _place(device: Device) -> tuple[list[int], str]:
    parts = str(device.get("ip", "")).split(".")
    return [int(part) for part in parts if part.isdigit()], device["mac"]
